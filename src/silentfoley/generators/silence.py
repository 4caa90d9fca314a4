"""Control row: no sound at all."""

from __future__ import annotations

from silentfoley.cues import CueSheet
from silentfoley.generators.base import CueGenerator
from silentfoley.generators.mixdown import Stems
from silentfoley.labels import LABELS, check_label
from silentfoley.timegrid import SAMPLE_RATE_HZ
from silentfoley.waveform import Waveform


class Silence(CueGenerator):
    """Zeros of the right length and channels, for every label of the sheet.

    Args:
        sample_rate_hz: rate of what it returns.
    """

    def __init__(self, sample_rate_hz: int = SAMPLE_RATE_HZ) -> None:
        self.labels = LABELS
        self.sample_rate_hz = sample_rate_hz

    def stems(self, sheet: CueSheet, *, seed: int = 0) -> dict[str, Waveform]:
        """Silent stems. See :meth:`CueGenerator.stems`."""
        for label in sheet.labels:
            check_label(label, self.labels)
        return Stems(sheet, self.sample_rate_hz).finish()
