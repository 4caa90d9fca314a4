"""From a Perception to a CueSheet: one pure function whose settings are stored with the weights.

All of it is ours; AutoFoley has no cues. Hits become cues at the peaks of the onset curve, textures
become long cues wherever the strength curve says that something sounds.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, field, fields, replace
from math import isfinite
from typing import Any, cast

import numpy as np
from numpy.typing import NDArray

from silentfoley.cues import Cue, CueSheet
from silentfoley.errors import SilentFoleyError
from silentfoley.labels import LABELS, TEXTURES, check_label
from silentfoley.perception import Floats, Perception
from silentfoley.strides import StrideModel, landings_s

_UNIT = (
    "threshold",
    "relative_threshold",
    "clip_threshold",
    "prominence",
    "texture_threshold",
    "texture_relative_threshold",
    "min_class_confidence",
    "pan_width",
)
#: What may differ from act to act: hoofs follow each other faster than blows, and a wire trembles after its thunder.
OF_LABEL = ("threshold", "relative_threshold", "clip_threshold", "prominence", "min_gap_s", "bias_s")
#: Whose hits may be explained as strides.
STRIDING = "horse"


@dataclass(frozen=True)
class DecodeSettings:
    """How curves become cues. Every default is ours; training tunes them on its validation clips.

    Attributes:
        threshold: least onset probability of a hit, in [0, 1].
        relative_threshold: least onset probability of a hit as a share of the clip's highest, in [0, 1].
        clip_threshold: least highest onset probability of a clip: below it the clip has no hits at all, in [0, 1].
            A clip with one hit that is sure may well have weaker ones; a clip with none that is sure has none.
        prominence: how far the curve must fall on both sides of a hit, in [0, 1].
        min_gap_s: hits nearer than this to a higher one are dropped, >= 0.
        bias_s: constant added to every hit, for a network that is late (negative) or early (positive).
        strength_range_db: decibels that the strength curve spans from 0 to 1, > 0; that of
            :func:`silentfoley.signal.envelope.strength_curve`.
        strength_window_s: a hit's strength is the highest of the strength curve from the hit to so much later, >= 0.
        texture_threshold: least strength of a texture, in [0, 1].
        texture_relative_threshold: the same as a share of the clip's highest, in [0, 1].
        texture_min_s: shorter stretches of a texture are dropped, >= 0.
        texture_gap_s: pauses of a texture shorter than this are bridged, >= 0.
        envelope_step_s: largest step between points of a texture's envelope, > 0.
        min_class_confidence: a likeliest class below this probability gives way to ``fallback_label``, in [0, 1].
        fallback_label: neutral hits.
        textures: labels decoded as textures.
        steady: textures whose loudness does not follow what moves: each stretch is one level, the root mean square of
            its course, without an envelope. A waterfall is as loud whatever its foam does.
        pan_width: pan of a cue at the picture's edge, in [0, 1].
        by_label: what is set otherwise for hits of a label: label to names among :data:`OF_LABEL` to values.
        strides: how hits of :data:`STRIDING` are explained as landings of a horse's hoofs in one of its gaits, in place
            of one by one; None for every peak by itself. A clip without a peak has no landing either.
    """

    threshold: float = 0.3
    relative_threshold: float = 0.25
    clip_threshold: float = 0.0
    prominence: float = 0.08
    min_gap_s: float = 0.06
    bias_s: float = 0.0
    strength_range_db: float = 50.0
    strength_window_s: float = 0.1
    texture_threshold: float = 0.15
    texture_relative_threshold: float = 0.15
    texture_min_s: float = 0.2
    texture_gap_s: float = 0.3
    envelope_step_s: float = 0.1
    min_class_confidence: float = 0.0
    fallback_label: str = "impact"
    textures: tuple[str, ...] = tuple(sorted(TEXTURES))
    steady: tuple[str, ...] = ()
    pan_width: float = 0.7
    by_label: Mapping[str, Mapping[str, float]] = field(default_factory=dict, hash=False)
    strides: StrideModel | None = None

    def __post_init__(self) -> None:
        for name in ("textures", "steady"):
            if isinstance(getattr(self, name), str):
                raise SilentFoleyError(f"DecodeSettings {name}", "is a text", "give a list of labels")
            object.__setattr__(self, name, tuple(getattr(self, name)))
        for own in fields(self):
            if own.name not in ("textures", "steady", "fallback_label", "by_label", "strides"):
                self._check_number(own.name)
        self._check_labels()
        if not isinstance(self.strides, StrideModel | None):
            raise SilentFoleyError("DecodeSettings strides", f"{self.strides!r} is no StrideModel", "use one, or None")
        if not all(isinstance(name, str) for name in (*self.textures, *self.steady, self.fallback_label)):
            raise SilentFoleyError("DecodeSettings", "a label is not text", "name sound classes")
        if strange := sorted(set(self.steady) - set(self.textures)):
            raise SilentFoleyError(
                "DecodeSettings steady", f"{strange[0]!r} is no texture", f"use {', '.join(self.textures) or 'none'}"
            )

    def _check_number(self, name: str) -> None:
        value = getattr(self, name)
        low = -float("inf") if name == "bias_s" else 0.0
        high = 1.0 if name in _UNIT else float("inf")
        number = isinstance(value, int | float) and not isinstance(value, bool) and isfinite(value)
        if not number or not low <= value <= high or (name in ("envelope_step_s", "strength_range_db") and value == 0):
            raise SilentFoleyError(
                f"DecodeSettings {name}", f"{value!r} is out of range", f"use a number in [{low:g}, {high:g}]"
            )

    def _check_labels(self) -> None:
        if not isinstance(self.by_label, Mapping) or not all(isinstance(v, Mapping) for v in self.by_label.values()):
            raise SilentFoleyError("DecodeSettings by_label", "is no table", "give label to setting to value")
        object.__setattr__(self, "by_label", {label: dict(values) for label, values in self.by_label.items()})
        for label, values in self.by_label.items():
            if unknown := sorted(set(values) - set(OF_LABEL)):
                raise SilentFoleyError(
                    f"DecodeSettings by_label {label!r}", f"cannot set {unknown[0]!r}", f"use {', '.join(OF_LABEL)}"
                )
            # Checked by the same rules as everybody's.
            self._with(values)

    def of_label(self, label: str) -> DecodeSettings:
        """What holds for the hits of a label."""
        values = self.by_label.get(label)
        return self._with(values) if values else self

    def _with(self, values: Mapping[str, float]) -> DecodeSettings:
        return replace(self, **cast("dict[str, Any]", {**values, "by_label": {}}))

    def to_dict(self) -> dict[str, Any]:
        """JSON values; :meth:`from_dict` gives the same settings back."""
        return {**asdict(self), "textures": list(self.textures), "steady": list(self.steady)}

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> DecodeSettings:
        """Settings from JSON values; missing ones take their default.

        Raises:
            SilentFoleyError: for an unknown name or a value out of range.
        """
        unknown = sorted(set(values) - {f.name for f in fields(cls)})
        if unknown:
            raise SilentFoleyError("DecodeSettings", f"unknown setting {unknown[0]!r}", "use this release's names")
        strides = values.get("strides")
        return cls(**{**values, "strides": None if strides is None else StrideModel.from_dict(strides)})


def decode(perception: Perception, settings: DecodeSettings | None = None, label: str | None = None) -> CueSheet:
    """The cues a network's curves stand for. Pure: the same arguments give an equal sheet.

    Args:
        perception: what the network says.
        settings: thresholds; the defaults if None.
        label: use this class whatever the network says.

    Returns:
        A sheet as long as the clip; empty where nothing passes the thresholds.

    Raises:
        LabelError: for a ``label`` that neither the network nor silentfoley knows.
    """
    settings = settings or DecodeSettings()
    name, confidence = _choose(perception, settings, label)
    make = _texture_cues if name in settings.textures else _hit_cues
    cues = make(perception, settings.of_label(name), name, confidence)
    return CueSheet(tuple(cues), float(perception.grid.duration_s))


def _choose(perception: Perception, settings: DecodeSettings, label: str | None) -> tuple[str, float]:
    """The label to use and how sure we are of it; a label that was told to us is sure."""
    if label is not None:
        return check_label(label, dict.fromkeys((*perception.labels, *LABELS))), 1.0
    ((best, probability),) = perception.top(1)
    if probability < settings.min_class_confidence:
        # That things strike is all the fallback claims, so the onset alone says how sure it is.
        return settings.fallback_label, 1.0
    return best, min(probability, 1.0)


def find_peaks(curve: Floats, threshold: float, prominence: float) -> NDArray[np.float64]:
    """Positions of the peaks of a curve, in fractions of a column, in time order.

    A single highest column is refined by the parabola through it and its neighbours; a plateau counts
    as one peak at its middle. Outside the clip the curve counts as zero, so a peak may lie on the edge.

    Args:
        curve: (T,) values in [0, 1].
        threshold: least height.
        prominence: least fall to both sides before the curve rises above the peak.
    """
    padded = np.concatenate([[0.0], np.asarray(curve, dtype=np.float64), [0.0]])
    starts = np.flatnonzero(np.diff(padded, prepend=np.nan) != 0)
    ends = np.append(starts[1:], padded.size) - 1
    values = padded[starts]
    if values.size < 3:
        return np.zeros(0, dtype=np.float64)
    above = np.concatenate([[False], (values[1:-1] > values[:-2]) & (values[1:-1] > values[2:]), [False]])
    found = [
        _refine(padded, int(starts[i]), int(ends[i])) - 1.0
        for i in np.flatnonzero(above & (values >= threshold))
        if _prominence(values, int(i)) >= prominence
    ]
    return np.array(found, dtype=np.float64)


def _prominence(values: NDArray[np.float64], peak: int) -> float:
    """Height above the higher of the two lowest points passed before the curve exceeds the peak."""
    higher = values > values[peak]
    left = np.flatnonzero(higher[:peak])
    right = np.flatnonzero(higher[peak + 1 :])
    from_left = values[(left[-1] if left.size else 0) : peak].min()
    from_right = values[peak + 1 : peak + 2 + (right[0] if right.size else values.size)].min()
    return float(values[peak] - max(from_left, from_right))


def _refine(padded: NDArray[np.float64], start: int, end: int) -> float:
    if start != end or start == 1 or end == padded.size - 2:
        # Beside a plateau or the clip's edge there is no neighbour that tells where the top is.
        return (start + end) / 2
    before, top, after = padded[start - 1 : start + 2]
    return float(start + 0.5 * (before - after) / (before - 2 * top + after))


def _thin(positions: NDArray[np.float64], heights: NDArray[np.float64], gap: float) -> NDArray[np.int64]:
    """Indices kept, in time order, when a peak nearer than ``gap`` columns to a higher kept one goes."""
    kept: list[int] = []
    for i in np.argsort(-heights, kind="stable"):
        # A billionth of a column: two peaks exactly one gap apart both stay whatever the rounding.
        if all(abs(positions[i] - positions[j]) >= gap - 1e-9 for j in kept):
            kept.append(int(i))
    return np.array(sorted(kept), dtype=np.int64)


def _hit_cues(perception: Perception, settings: DecodeSettings, label: str, confidence: float) -> Iterator[Cue]:
    rate_hz = float(perception.grid.column_rate_hz)
    onset = perception.onset
    highest = float(onset.max())
    if highest < settings.clip_threshold:
        return
    threshold = max(settings.threshold, settings.relative_threshold * highest)
    positions = find_peaks(onset, threshold, settings.prominence)
    positions = positions[_thin(positions, _heights(onset, positions), settings.min_gap_s * rate_hz)]
    if settings.strides is not None and label == STRIDING and positions.size:
        # Peaks say whether the horse is heard at all; its hoofs land as near to each other as their gait has them.
        positions = landings_s(onset, rate_hz, settings.strides) * rate_hz
    # The last column may lie at the very end, where no cue may start: the sample before it is the limit.
    last_s = (perception.grid.n_samples - 1) / perception.grid.sample_rate_hz
    for position, height in zip(positions, _heights(onset, positions), strict=True):
        # A tenth of a millisecond and a thousandth are finer than the curves tell, and a person may edit them.
        start_s = float(np.clip(position / rate_hz + settings.bias_s, 0.0, last_s))
        yield Cue(
            start_s=round(start_s, 4) if start_s < last_s - 1e-4 else start_s,
            label=label,
            strength=round(_hit_strength(perception, settings, position), 3),
            variant=perception.variant_of(label),
            pan=_pan(perception, settings, position, position),
            confidence=round(float(confidence * height), 4),
        )


def _heights(onset: Floats, positions: NDArray[np.float64]) -> NDArray[np.float64]:
    """(N,) of the curve at the columns nearest to (N,) positions."""
    nearest = np.minimum(np.rint(positions).astype(np.int64), onset.size - 1)
    return onset[nearest].astype(np.float64)


def _hit_strength(perception: Perception, settings: DecodeSettings, position: float) -> float:
    first = int(np.floor(position))
    width = int(np.ceil(settings.strength_window_s * float(perception.grid.column_rate_hz)))
    return float(amplitude(perception.strength[first : first + width + 1].max(), settings.strength_range_db))


def amplitude(strength: NDArray[np.floating] | np.floating, range_db: float) -> NDArray[np.float64]:
    """The strength curve is linear in dB, a cue's strength in amplitude: full at 1, nothing at 0.

    Args:
        strength: (...) in [0, 1], as a Perception has it.
        range_db: from full strength to none, > 0.
    """
    level_db = (np.asarray(strength, dtype=np.float64) - 1.0) * range_db
    return np.where(np.asarray(strength) > 0, 10.0 ** (level_db / 20), 0.0)


def _texture_cues(perception: Perception, settings: DecodeSettings, label: str, confidence: float) -> Iterator[Cue]:
    times_s = perception.grid.column_times_s()
    strength = perception.strength
    level = max(settings.texture_threshold, settings.texture_relative_threshold * float(strength.max()))
    # A level of zero means whatever sounds at all, never silence.
    active = (strength >= level) & (strength > 0)
    duration_s = float(perception.grid.duration_s)
    hop_s = 1.0 / float(perception.grid.column_rate_hz)
    for first, last in _stretches(active, settings.texture_gap_s / hop_s):
        # A column speaks for half a hop on each side of its centre.
        start_s = max(float(times_s[first]) - hop_s / 2, 0.0)
        end_s = min(float(times_s[last]) + hop_s / 2, duration_s)
        # One texture all through a clip shorter than the minimum is no flicker: it stays.
        if end_s - start_s < min(settings.texture_min_s, duration_s) - 1e-9:
            continue
        course = amplitude(strength[first : last + 1], settings.strength_range_db)
        n_points = 1 + max(1, int(np.ceil((end_s - start_s) / settings.envelope_step_s)))
        points = np.interp(np.linspace(start_s, end_s, n_points), times_s[first : last + 1], course)
        peak = float(np.sqrt(np.mean(course**2)) if label in settings.steady else course.max())
        yield Cue(
            start_s=start_s,
            label=label,
            strength=max(round(peak, 4), 1e-4),
            duration_s=end_s - start_s,
            variant=perception.variant_of(label),
            pan=_pan(perception, settings, first, last),
            confidence=round(confidence, 4),
            envelope=None if label in settings.steady else tuple(round(float(v), 4) for v in points / peak),
        )


def _stretches(active: NDArray[np.bool_], gap: float) -> list[tuple[int, int]]:
    """First and last column of each active stretch, those less than ``gap`` columns apart joined."""
    edges = np.flatnonzero(np.diff(np.concatenate([[False], active, [False]]).astype(np.int8)))
    joined: list[tuple[int, int]] = []
    for first, end in edges.reshape(-1, 2).tolist():
        if joined and first - joined[-1][1] - 1 < gap:
            joined[-1] = (joined[-1][0], end - 1)
        else:
            joined.append((first, end - 1))
    return joined


def _pan(perception: Perception, settings: DecodeSettings, first: float, last: float) -> float:
    if perception.position.size == 0:
        return 0.0
    place = float(perception.position[round(first) : round(last) + 1].mean())
    return round(float(np.clip(settings.pan_width * place, -1.0, 1.0)), 3)
