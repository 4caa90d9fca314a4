"""condfoley_legacy: onset count, accuracy and AP as the published script computes them, faults included."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from silentfoley.evaluation.clip_features import ClipFeatures, Pair
from silentfoley.evaluation.protocol import SOUND_ALONE, Expectation, Measure, Protocol
from silentfoley.metrics.condfoley import DURATION_S, RATE_HZ, TOLERANCE_S, WARNING, legacy_score
from silentfoley.signal.flux import FluxSettings, flux_curve, pick_flux_peaks

#: The script's detector: librosa's defaults but for ``delta``.
DETECTOR = FluxSettings(RATE_HZ, delta=0.3)
_SILENCE_WINS = (
    "known fault of this measure: a missed event counts as found at the lowest threshold, so silence scores 1"
)
_SILENCE = "silence found events"
_SHUFFLED = "the sound of another clip is timed as well as the clip's own"


class CondFoleyLegacy(Protocol):
    """The onset measures of CondFoleyGen, for standing beside published figures. Sound alone is read, no cues."""

    name: ClassVar[str] = "condfoley_legacy"
    version: ClassVar[int] = 1
    needs = ("sound",)
    controls: ClassVar[tuple[str, ...]] = ("truth", "shuffled", "random", "metronome", "silence")
    not_made: ClassVar[Mapping[str, str]] = {"truth_redetected": SOUND_ALONE}
    warning: ClassVar[str] = WARNING

    def settings(self) -> dict[str, Any]:
        """Detector, tolerance, and the length rule."""
        return {
            "detector": DETECTOR.to_dict(),
            "tolerance_s": TOLERANCE_S,
            "length": f"the first {DURATION_S:g} s; shorter clips, on which the script stops, whole",
            "level": "as found",
            "stops": "clips on which the script stops with an error are left out and counted",
        }

    def measures(self) -> tuple[Measure, ...]:
        """The script's three figures, and how often it stops."""
        shuffled = Expectation("truth", "shuffled", _SHUFFLED)
        return (
            Measure(
                "onset_ap", "average precision as published", "higher", parts=("onset_ap",),
                expects=(shuffled, Expectation("truth", "silence", _SILENCE_WINS)),
            ),
            Measure(
                "onset_accuracy", "matched over true onsets (a recall)", "higher", parts=("onset_accuracy",),
                expects=(shuffled, Expectation("truth", "silence", _SILENCE)),
            ),
            Measure(
                "onset_count_accuracy", "clips with as many onsets as the truth", "higher",
                parts=("onset_count_accuracy",), expects=(shuffled,),
            ),
            Measure("script_stops", "share of clips the script stops on", "lower", parts=("script_stops",),
                    no_order="the script may stop on any row, the truth included"),
        )  # fmt: skip

    def per_clip(self, reference: ClipFeatures, generated: ClipFeatures, seed: int) -> dict[str, float]:
        """The three values; NaN where the script stops."""
        length_s = min(DURATION_S, reference.duration_s)
        made = generated.sound(length_s)
        score = legacy_score(onset_samples(reference.sound(length_s)), onset_samples(made), made)
        return {
            "onset_ap": score.average_precision,
            "onset_accuracy": score.accuracy,
            "onset_count_accuracy": float("nan") if score.stops else float(score.count_right),
            "script_stops": float(bool(score.stops)),
        }

    def remarks(self, pairs: Sequence[Pair]) -> list[str]:
        """Clips of another length than the script's."""
        short = [p.id for p in pairs if p.duration_s < DURATION_S]
        return [f"{len(short)} clips are shorter than {DURATION_S:g} s: the script would stop on them"] if short else []


def onset_samples(mono: NDArray[np.float32]) -> NDArray[np.int64]:
    """(E,) onsets of (N,) sound at 22 050 Hz in samples, as the script's detector gives them."""
    return pick_flux_peaks(flux_curve(mono, DETECTOR), DETECTOR) * DETECTOR.hop_samples
