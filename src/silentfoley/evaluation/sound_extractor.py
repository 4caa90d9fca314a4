"""The sound itself, small enough to keep: measures to come need no decoding."""

from __future__ import annotations

from typing import Any

import numpy as np

from silentfoley.evaluation.clip_features import SOUND_RATE_HZ
from silentfoley.evaluation.extractor import Extractor, Group, OpenClip


class SoundExtractor(Extractor):
    """``sound.mono`` at :data:`SOUND_RATE_HZ`, level as found.

    Stored in half precision: rounding lies 66 dB below each sample, under what any measure here resolves.
    """

    name = "sound"
    version = 1

    def settings(self) -> dict[str, Any]:
        """Rate, downmix, resampler, level rule."""
        return {
            "sample_rate_hz": SOUND_RATE_HZ,
            "downmix": "mean of channels",
            "resampler": "soxr HQ",
            "level": "as found",
            "stored": "float16",
        }

    def extract(self, clip: OpenClip) -> Group:
        """Mono sound and what the file was."""
        waveform = clip.waveform
        peak = float(np.abs(waveform.samples).max(initial=0.0))
        notes = {
            "sample_rate_hz": waveform.sample_rate_hz,
            "n_channels": waveform.n_channels,
            "duration_s": waveform.duration_s,
            "peak": round(peak, 6),
        }
        return Group({"mono": clip.mono_at(SOUND_RATE_HZ).astype(np.float16)}, notes)
