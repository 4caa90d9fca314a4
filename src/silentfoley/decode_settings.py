"""How curves become cues: numbers that are stored with the weights, and tuned on validation clips."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields, replace
from math import isfinite
from typing import Any, cast

from silentfoley.errors import SilentFoleyError
from silentfoley.labels import TEXTURES
from silentfoley.strides import StrideModel

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
