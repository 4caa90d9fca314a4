"""What a room adds to the cues that sound in it, block by block."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from silentfoley.cues import Cue
from silentfoley.generators.acoustics import room_response, rounded_distance_m
from silentfoley.generators.convolution import Convolver
from silentfoley.generators.rooms import Room

Floats = NDArray[np.float32]


class Reverberation:
    """Collects what sounds in a block, each label and distance on its own, and adds what the room makes of it.

    However many cues there are, only so many convolutions are done as labels at different distances are heard.

    Args:
        room: reverberates.
        sample_rate_hz: of the sound.
    """

    def __init__(self, room: Room, sample_rate_hz: int) -> None:
        self._room, self._rate_hz = room, sample_rate_hz
        self._sent: dict[tuple[str, float], list[tuple[int, Floats]]] = {}
        self._convolvers: dict[tuple[str, float], Convolver] = {}

    def send(self, cue: Cue, at: int, samples: Floats) -> None:
        """Take (n,) samples of a cue as they are at its own place, without pan or loss of level.

        Args:
            cue: says label and distance.
            at: where in the block they begin.
            samples: not changed until :meth:`add_to`.
        """
        key = cue.label, rounded_distance_m(self._room, cue.distance_m)
        if key not in self._convolvers:
            self._convolvers[key] = Convolver(room_response(self._room, key[1], self._rate_hz))
        self._sent.setdefault(key, []).append((at, samples))

    def add_to(self, block: Mapping[str, Floats]) -> None:
        """Add to the (2, n) stems of a block what is heard of the room during it."""
        for (label, distance_m), convolver in self._convolvers.items():
            dry = np.zeros(block[label].shape[1], dtype=np.float32)
            for at, samples in self._sent.get((label, distance_m), ()):
                dry[at : at + len(samples)] += samples
            block[label][:] += convolver(dry)
        self._sent.clear()
