"""Where in the picture things move: to the left or to the right, at any time."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from silentfoley.encoders.motion_flow import COLUMNS, PairMotion

Floats = NDArray[np.float32]
Doubles = NDArray[np.float64]

#: The fastest so many of the cells of a picture say where. Our choice: what strikes is small.
_CELLS = 8
#: Half-width of the time that says where, s: something that lands has moved until then and may move no more.
AROUND_S = 0.12
#: Speed, in picture heights a second, at which motion counts half: flow of a still picture is never quite nothing.
_STILL_SPEED = 0.1
#: A cell moves only as far as it changes by more than so many times the median of all cells: grain changes them all
#: alike, and where a wall is plain, flow makes motion of it.
_NOISE = 1.5


@dataclass
class PlaceMeter:
    """Remembers three numbers for each pair of frames: when, how much moved, and where."""

    _times: list[Doubles] = field(default_factory=list)
    _energies: list[Doubles] = field(default_factory=list)
    _moments: list[Doubles] = field(default_factory=list)

    def add(self, motion: PairMotion) -> None:
        """Take the next pairs."""
        speed = np.hypot(motion.velocity[..., 0], motion.velocity[..., 1]).reshape(len(motion), -1).astype(np.float64)
        change = motion.change.reshape(len(motion), -1).astype(np.float64)
        usual = _NOISE * np.median(change, axis=1, keepdims=True)
        energies = speed**2 * np.maximum(1 - usual / np.maximum(change, 1e-9), 0)
        fastest = np.argpartition(energies, -_CELLS, axis=1)[:, -_CELLS:]
        energy = np.take_along_axis(energies, fastest, axis=1)
        x = (2 * (fastest % COLUMNS) + 1) / COLUMNS - 1
        self._times.append((motion.start_s + motion.end_s) / 2)
        self._energies.append(energy.sum(axis=1))
        self._moments.append((energy * x).sum(axis=1))

    def at(self, times_s: Doubles) -> Floats:
        """(T,) mean place of what moves within :data:`AROUND_S` of each of the (T,) times, by energy.

        -1 at the left edge of the picture, 1 at the right; 0 where nothing moves.
        """
        if not self._times:
            return np.zeros(len(times_s), dtype=np.float32)
        pairs, energies, moments = (np.concatenate(x) for x in (self._times, self._energies, self._moments))
        first, last = (np.searchsorted(pairs, times_s + by) for by in (-AROUND_S, AROUND_S))
        energy, moment = (np.concatenate([[0.0], np.cumsum(x)]) for x in (energies, moments))
        still = (last - first) * _CELLS * _STILL_SPEED**2
        around = energy[last] - energy[first] + still
        place = (moment[last] - moment[first]) / np.where(last > first, around, 1.0)
        return np.asarray(np.clip(place, -1, 1), dtype=np.float32)
