"""Control row: no sound at all."""

from __future__ import annotations

from silentfoley.cues import CueSheet
from silentfoley.generators.streaming import Part, StreamedGenerator
from silentfoley.labels import LABELS, check_label
from silentfoley.timegrid import SAMPLE_RATE_HZ


class Silence(StreamedGenerator):
    """Zeros of the right length and channels, for every label of the sheet.

    Args:
        sample_rate_hz: rate of what it returns.
    """

    def __init__(self, sample_rate_hz: int = SAMPLE_RATE_HZ) -> None:
        self.labels = LABELS
        self.sample_rate_hz = sample_rate_hz

    def parts(self, sheet: CueSheet, seed: int) -> tuple[Part, ...]:
        """None. See :meth:`StreamedGenerator.parts`."""
        for label in sheet.labels:
            check_label(label, self.labels)
        return ()
