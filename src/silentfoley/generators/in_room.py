"""Any generator in a room."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from silentfoley.cues import CueSheet
from silentfoley.generators.base import CueGenerator, StemBlock
from silentfoley.generators.rooms import Room
from silentfoley.generators.streaming import MakesSounds, Part, StreamedGenerator, no_sounds, placed


class InRoom(StreamedGenerator):
    """Performs what another generator would, in a room: stereo, each cue with the reverberation of its distance.

    Reverberation comes from all around: pan moves the direct sound alone. It rings past its cue, never past the clip.

    Args:
        generator: makes the sounds.
        room: where they are heard.

    Raises:
        SilentFoleyError: if the generator makes no sound per cue.
    """

    def __init__(self, generator: CueGenerator, room: Room) -> None:
        if not isinstance(generator, MakesSounds):
            raise no_sounds(generator)
        self._generator: CueGenerator = generator
        self._sounds = generator.sounds
        self.room = room
        self.labels, self.sample_rate_hz = generator.labels, generator.sample_rate_hz

    def variants(self, label: str) -> tuple[str, ...]:
        """Those of the other generator."""
        return self._generator.variants(label)

    def parts(self, sheet: CueSheet, seed: int) -> Iterable[Part]:
        """The other generator's. See :meth:`StreamedGenerator.parts`."""
        return self._sounds(sheet, seed)

    def unlimited(self, sheet: CueSheet, seed: int, block_samples: int) -> Iterator[StemBlock]:
        """See :meth:`StreamedGenerator.unlimited`."""
        return placed(list(self.parts(sheet, seed)), sheet, self.sample_rate_hz, block_samples, self.room)
