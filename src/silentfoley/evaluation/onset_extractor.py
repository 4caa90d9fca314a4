"""Events of a sound by a named detector: the stand-in for annotation, and the ear that judges generated sound."""

from __future__ import annotations

from typing import Any

import numpy as np

from silentfoley.evaluation.clip_features import SOUND_RATE_HZ
from silentfoley.evaluation.extractor import Extractor, Group, OpenClip
from silentfoley.signal.flux import FluxSettings, flux_onsets_s, peak_near

#: The detector of the probes on real clips: median flux, sparse and sure.
FLUX = FluxSettings(SOUND_RATE_HZ, hop_samples=256, aggregate="median", delta=0.2, wait_columns=4)
DETECTOR = "flux_median_v1"
#: An onset counts if the sound within this reach exceeds this share of the clip's peak.
GATE, GATE_REACH_S = 0.1, 0.15
#: A clip that stays below this is silent whatever its codec left in it. Ours: -60 dBFS.
SILENCE_PEAK = 1e-3
#: Strength of an onset is the peak this near to it.
STRENGTH_REACH_S = 0.05


class OnsetExtractor(Extractor):
    """``onsets.start_s`` and ``onsets.strength`` (peak near the onset as a share of the clip's)."""

    name = "onsets"
    version = 1

    def settings(self) -> dict[str, Any]:
        """The detector with all it depends on."""
        return {
            "detector": DETECTOR,
            **FLUX.to_dict(),
            "gate": GATE,
            "gate_reach_s": GATE_REACH_S,
            "silence_peak": SILENCE_PEAK,
            "strength_reach_s": STRENGTH_REACH_S,
            "resampler": "soxr HQ",
        }

    def extract(self, clip: OpenClip) -> Group:
        """Onsets of the clip's sound."""
        mono = clip.mono_at(SOUND_RATE_HZ)
        peak = float(np.abs(mono).max(initial=0.0))
        start_s = flux_onsets_s(mono, FLUX) if peak >= SILENCE_PEAK else np.zeros(0)
        start_s = start_s[peak_near(mono, SOUND_RATE_HZ, start_s, GATE_REACH_S) > GATE * peak]
        strength = peak_near(mono, SOUND_RATE_HZ, start_s, STRENGTH_REACH_S) / (peak or 1.0)
        return Group({"start_s": start_s, "strength": strength}, {"detector": DETECTOR})
