"""The stage's synthesiser as a cue generator: nothing is learned."""

from __future__ import annotations

from silentfoley.cues import CueSheet
from silentfoley.generators.base import CueGenerator
from silentfoley.generators.mixdown import Stems
from silentfoley.labels import LABELS
from silentfoley.stage.sound import CuePerformer
from silentfoley.timegrid import SAMPLE_RATE_HZ
from silentfoley.waveform import Waveform


class ProceduralGenerator(CueGenerator):
    """Synthesises every cue by the recipe of its class.

    A cue's draws hang on the seed and its id alone: move one cue, and its sound moves by as many samples while all
    others stay as they are but for the limiter. Stems are stereo if a cue of the sheet is panned, else mono.
    """

    labels: tuple[str, ...] = LABELS
    sample_rate_hz: int = SAMPLE_RATE_HZ

    def stems(self, sheet: CueSheet, *, seed: int = 0) -> dict[str, Waveform]:
        """One waveform per label, (1, N) or (2, N). See :meth:`CueGenerator.stems`."""
        stems = Stems(sheet, self.sample_rate_hz)
        performer = CuePerformer(sheet.duration_s, self.sample_rate_hz, seed, None)
        for cue in sheet:
            stems.add(cue, *performer.sound(cue))
        return stems.finish()
