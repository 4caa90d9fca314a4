"""shape_v1: does the generated sound have the shape of the true one, whatever its level?"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

from silentfoley.evaluation.clip_features import SOUND_RATE_HZ, ClipFeatures, Pair
from silentfoley.evaluation.protocol import SOUND_ALONE, Better, Expectation, Measure, Protocol
from silentfoley.metrics.envelope_error import HOP_S, WINDOW_S
from silentfoley.metrics.hits import FRAME_STEPS, WINDOW_STEPS
from silentfoley.metrics.shape import SHAPE_MEASURES, clip_shape
from silentfoley.metrics.spectral_distance import FLOOR_DB, WINDOWS
from silentfoley.signal.cochleagram import COMPRESSION, ENVELOPE_RATE_HZ, HIGH_HZ, LOW_HZ, N_BANDS

_SELF = "a sound is no longer nearest to itself: lengths or levels are handled differently on the two sides"
_MISSING = "leaving every hit out pays here"
_ORDER = (Expectation("truth", "shuffled", _SELF), Expectation("truth", "silence", _MISSING))
#: Nothing is expected of silence here: an L1 distance may rank it above sound in the wrong places.
_ABOVE_SHUFFLED = (Expectation("truth", "shuffled", _SELF),)
_BALANCED = (Expectation("truth", "", "the true sound differs in level from itself", value=0.0),)

_COLUMNS: dict[str, tuple[str, Better, str, tuple[Expectation, ...]]] = {
    "log_spectral_distance_db": (
        "RMS difference of the spectrograms, three resolutions", "lower", "dB", _ORDER,
    ),
    "envelope_error": (
        "E-L1: mean difference of the RMS envelopes, in units of the clip's RMS", "lower", "", _ABOVE_SHUFFLED,
    ),
    "loudness_error": (
        "difference of loudness at true events (Owens), compressed units", "lower", "", _ORDER,
    ),
    "loudness_r": ("correlation of loudness over true events", "higher", "", _ORDER),
    "centroid_error": ("difference of spectral centroid at true events (Owens)", "lower", "bands", _ORDER),
    "centroid_r": ("correlation of centroid over true events", "higher", "", _ORDER),
    "level_difference_db": (
        "RMS of the generated sound over the true one's; all else is judged without it", "zero", "dB", _BALANCED,
    ),
}  # fmt: skip


class ShapeV1(Protocol):
    """Multi-resolution log-spectral distance, E-L1, and Owens' loudness and centroid at true events."""

    name: ClassVar[str] = "shape_v1"
    version: ClassVar[int] = 1
    needs = ("sound", "events")
    level_rule: ClassVar[str] = "each sound in units of its RMS over the clip; silence stays silence"
    controls: ClassVar[tuple[str, ...]] = ("truth", "shuffled", "random", "metronome", "silence")
    not_made: ClassVar[Mapping[str, str]] = {"truth_redetected": SOUND_ALONE}

    def settings(self) -> dict[str, Any]:
        """Rates, windows and the level and length rule."""
        return {
            "sample_rate_hz": SOUND_RATE_HZ,
            "level": self.level_rule,
            "length": "the reference's: cut, or padded with silence",
            "spectral_windows": list(WINDOWS),
            "spectral_floor_db": FLOOR_DB,
            "envelope_window_s": WINDOW_S,
            "envelope_hop_s": HOP_S,
            "hit_window_s": WINDOW_STEPS / ENVELOPE_RATE_HZ,
            "hit_frame_s": FRAME_STEPS / ENVELOPE_RATE_HZ,
            "bands": [N_BANDS, LOW_HZ, HIGH_HZ, COMPRESSION],
        }

    def measures(self) -> tuple[Measure, ...]:
        """Distances, then the four at events, then the level itself."""
        return tuple(
            Measure(
                name, what, better, unit,
                parts=SHAPE_MEASURES[name].parts, combine=SHAPE_MEASURES[name].combine, expects=expects,
            )
            for name, (what, better, unit, expects) in _COLUMNS.items()
        )  # fmt: skip

    def per_clip(self, reference: ClipFeatures, generated: ClipFeatures, seed: int) -> dict[str, float]:
        """See :func:`~silentfoley.metrics.shape.clip_shape`."""
        duration_s = reference.duration_s
        true, made = reference.sound(duration_s), generated.sound(duration_s)
        return clip_shape(true, made, reference.events_s(duration_s), SOUND_RATE_HZ)

    def remarks(self, pairs: Sequence[Pair]) -> list[str]:
        """How many hits the event measures rest on, where they are few."""
        n = sum(p.reference.events_s(p.duration_s).size for p in pairs)
        return [] if n >= 30 else [f"loudness and centroid rest on {n} true events: too few to tell systems apart"]
