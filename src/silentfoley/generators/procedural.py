"""The stage's synthesiser as a cue generator: nothing is learned."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from silentfoley.cues import CueSheet
from silentfoley.generators.streaming import Part, StreamedGenerator, part_of
from silentfoley.labels import LABELS, check_label
from silentfoley.stage.sound import CuePerformer
from silentfoley.timegrid import SAMPLE_RATE_HZ


class ProceduralGenerator(StreamedGenerator):
    """Synthesises every cue by the recipe of its class.

    A cue's draws hang on the seed and its id alone: move one cue, and its sound moves by as many samples while all
    others stay as they are but for the limiter. Stems are stereo if a cue of the sheet is panned, else mono.
    """

    labels: tuple[str, ...] = LABELS
    sample_rate_hz: int = SAMPLE_RATE_HZ

    def parts(self, sheet: CueSheet, seed: int) -> Iterator[Part]:
        """See :meth:`StreamedGenerator.parts`."""
        performer = CuePerformer(sheet.duration_s, self.sample_rate_hz, seed, None)
        for cue in sheet:
            check_label(cue.label, self.labels)
            # Without takes a sound begins at its onset.
            yield part_of(cue, self.sample_rate_hz, partial(performer.pieces, cue))
