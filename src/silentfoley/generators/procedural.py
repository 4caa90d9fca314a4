"""Performs a cue sheet with the stage's synthesiser: no weights, no recordings, all classes."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from silentfoley.cues import Cue, CueSheet
from silentfoley.generators.base import CueGenerator
from silentfoley.labels import LABELS, check_label
from silentfoley.stage.sound import limit, perform_cue
from silentfoley.timegrid import SAMPLE_RATE_HZ
from silentfoley.waveform import Waveform


class ProceduralGenerator(CueGenerator):
    """Synthesises every cue by the recipe of its class.

    A cue's draws hang on the seed and its id alone: move one cue, and its sound moves by as many samples while all
    others stay bit for bit. Peaks above 0.7 of the mix are bent towards 0.9, sample by sample, in all stems alike.
    Stems are stereo if a cue of the sheet is panned, else mono. Distance lowers the level as 1 / distance.
    """

    labels: tuple[str, ...] = LABELS
    sample_rate_hz: int = SAMPLE_RATE_HZ

    def stems(self, sheet: CueSheet, *, seed: int = 0) -> dict[str, Waveform]:
        """One waveform per label, (1, N) or (2, N). See :meth:`CueGenerator.stems`."""
        n = round(sheet.duration_s * self.sample_rate_hz)
        channels = 2 if any(cue.pan for cue in sheet) else 1
        raw = {check_label(label, self.labels): np.zeros((channels, n), dtype=np.float32) for label in sheet.labels}
        for cue in sheet:
            sound = perform_cue(cue, sheet.duration_s, sample_rate_hz=self.sample_rate_hz, seed=seed)
            raw[cue.label] += _balance(cue, channels) * sound
        total = np.zeros((channels, n), dtype=np.float32)
        for stem in raw.values():
            total += stem
        # The same gain for all stems keeps their sum equal to the limited mix.
        gain = np.where(total == 0, 1, limit(total) / np.where(total == 0, 1, total)).astype(np.float32)
        return {label: Waveform(stem * gain, self.sample_rate_hz) for label, stem in raw.items()}


def _balance(cue: Cue, channels: int) -> NDArray[np.float32]:
    """(C, 1) gains; a centred cue sounds the same in mono and in stereo."""
    if channels == 1:
        return np.ones((1, 1), dtype=np.float32)
    return np.array([[min(1.0, 1.0 - cue.pan)], [min(1.0, 1.0 + cue.pan)]], dtype=np.float32)
