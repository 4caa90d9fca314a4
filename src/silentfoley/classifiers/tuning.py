"""Choosing decode thresholds on validation clips, to be stored with the weights. Ours."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import product
from typing import Any, cast

import numpy as np

from silentfoley.cues import CueSheet
from silentfoley.decode import decode
from silentfoley.decode_settings import OF_LABEL, STRIDING, DecodeSettings
from silentfoley.errors import SilentFoleyError
from silentfoley.metrics.events import score_events
from silentfoley.metrics.matching import match_events
from silentfoley.perception import Perception
from silentfoley.strides import StrideModel

#: Values tried for each setting; the cheap ones to get wrong come last.
GRID: Mapping[str, tuple[float, ...]] = {
    "threshold": (0.1, 0.15, 0.2, 0.25, 0.3, 0.35, 0.4, 0.5, 0.6, 0.7, 0.8),
    "clip_threshold": (0.0, 0.3, 0.4, 0.45, 0.5, 0.55, 0.6, 0.65, 0.7, 0.75, 0.8, 0.9),
    "relative_threshold": (0.0, 0.15, 0.3, 0.45, 0.6),
    "min_gap_s": (0.04, 0.06, 0.08, 0.12, 0.16),
    "prominence": (0.02, 0.05, 0.1, 0.2),
}
#: What is tuned for each label apart, and the values tried. None of it can wake a clip that is silent by the rest:
#: prominences below everybody's are passed over.
LABEL_GRID: Mapping[str, tuple[float, ...]] = {
    "min_gap_s": (0.04, 0.06, 0.08, 0.1, 0.12, 0.16, 0.2, 0.25, 0.3),
    "relative_threshold": (0.0, 0.15, 0.3, 0.45, 0.6),
    "prominence": (0.02, 0.05, 0.1, 0.2),
}
#: A label's own value has to gain so much F1 on its clips, and they need so many hits: there are few.
LEAST_GAIN, LEAST_HITS = 0.01, 20
#: What may be expected of the onset curve of a horse; of those that do as well the first is taken.
STRIDE_MODELS: tuple[StrideModel, ...] = tuple(
    StrideModel(floor=floor, top=top) for floor, top in product((0.1, 0.2, 0.05), (0.6, 0.75, 0.4))
)
#: Levels tried between a texture and its decoy.
TEXTURE_LEVELS: tuple[float, ...] = tuple(round(0.05 * i, 2) for i in range(1, 19))


@dataclass(frozen=True)
class TimedClip:
    """A clip whose hits are known.

    Attributes:
        seen: what the network says.
        truth: true cues; empty for a clip known to be silent.
        label: true class; timing is scored as if it were known.
    """

    seen: Perception
    truth: CueSheet
    label: str


def timing_f1(clips: Sequence[TimedClip], settings: DecodeSettings, tolerance_s: float) -> float:
    """Mean over clips of the event F1; a silent clip left silent counts 1."""
    scores = [
        score_events(c.truth.starts_s(), decode(c.seen, settings, c.label).starts_s(), tolerance_s).f1 for c in clips
    ]
    return float(np.mean(scores))


def tune_decode(
    clips: Sequence[TimedClip],
    settings: DecodeSettings | None = None,
    tolerance_s: float = 0.05,
    grid: Mapping[str, Sequence[float]] = GRID,
    rounds: int = 2,
) -> DecodeSettings:
    """Settings of the best F1, by coordinate ascent, then the bias that centres matched hits; then textures' level.

    At last every label's hits may have a gap, a relative threshold, a prominence and a bias of their own, and those of
    a horse may be explained as strides. What ``settings`` say of single labels and of strides is forgotten.

    Clips of texture classes do not count for the F1. A setting changes only for a better score, so a tie keeps
    what was there.

    Args:
        clips: validation clips, never those a result is reported on.
        settings: where to start; the defaults if None.
        tolerance_s: of the F1.
        grid: values to try, by setting.
        rounds: passes over the grid.

    Raises:
        SilentFoleyError: if no clip is of a hits class.
    """
    best = replace(settings or DecodeSettings(), by_label={}, strides=None)
    hits = [clip for clip in clips if clip.label not in best.textures]
    if not hits:
        raise SilentFoleyError("tune_decode", "no clip of a class with hits", "pass validation clips of such classes")
    best_f1 = timing_f1(hits, best, tolerance_s)
    for _ in range(rounds):
        for name, values in grid.items():
            tried, f1 = _best_value(hits, best, name, sorted(values), tolerance_s)
            if f1 > best_f1:
                best, best_f1 = tried, f1
    best = centred(hits, best, tolerance_s)
    best = replace(best, by_label=tune_labels(hits, best, tolerance_s))
    best = tune_strides(hits, best, tolerance_s)
    return tune_textures(clips, best)


def _best_value(
    clips: Sequence[TimedClip], settings: DecodeSettings, name: str, values: Sequence[float], tolerance_s: float
) -> tuple[DecodeSettings, float]:
    """The settings with the best of the values for one of them, and their F1."""
    candidates = [replace(settings, **cast("dict[str, Any]", {name: value})) for value in values]
    scores = [timing_f1(clips, candidate, tolerance_s) for candidate in candidates]
    return candidates[_middle_of_best(scores)], max(scores)


def _middle_of_best(scores: Sequence[float]) -> int:
    """Which of several values to take: at the edge of the best ones the next clip would fall off."""
    ties = np.flatnonzero(np.array(scores) == max(scores))
    return int(ties[len(ties) // 2])


def centred(clips: Sequence[TimedClip], settings: DecodeSettings, tolerance_s: float) -> DecodeSettings:
    """The settings with the bias that puts the median error of matched hits to 0, unless that costs F1."""
    moved = replace(settings, bias_s=settings.bias_s - median_error_s(clips, settings, tolerance_s))
    better = timing_f1(clips, moved, tolerance_s) >= timing_f1(clips, settings, tolerance_s)
    return moved if better else settings


def tune_labels(
    clips: Sequence[TimedClip], settings: DecodeSettings, tolerance_s: float
) -> dict[str, dict[str, float]]:
    """What each label's hits should have otherwise than ``settings``, as :attr:`DecodeSettings.by_label` has it."""
    found = {}
    for label in sorted({clip.label for clip in clips}):
        own = [clip for clip in clips if clip.label == label]
        if sum(len(clip.truth) for clip in own) < LEAST_HITS:
            continue
        best, best_f1 = settings, timing_f1(own, settings, tolerance_s)
        for name, values in LABEL_GRID.items():
            allowed = [v for v in values if name != "prominence" or v > settings.prominence]
            if not allowed:
                continue
            tried, f1 = _best_value(own, best, name, allowed, tolerance_s)
            if f1 >= best_f1 + LEAST_GAIN:
                best, best_f1 = tried, f1
        best = centred(own, best, tolerance_s)
        changed = {n: getattr(best, n) for n in OF_LABEL if getattr(best, n) != getattr(settings, n)}
        if changed:
            found[label] = changed
    return found


def tune_strides(clips: Sequence[TimedClip], settings: DecodeSettings, tolerance_s: float) -> DecodeSettings:
    """The settings with the strides that time horses best, if they do better than peaks one by one."""
    horses = [clip for clip in clips if clip.label == STRIDING]
    if sum(len(clip.truth) for clip in horses) < LEAST_HITS:
        return settings
    own = settings.of_label(STRIDING)
    candidates = [replace(own, strides=model) for model in STRIDE_MODELS]
    scores = [timing_f1(horses, candidate, tolerance_s) for candidate in candidates]
    if max(scores) < timing_f1(horses, own, tolerance_s) + LEAST_GAIN:
        return settings
    # Landings of whole strides are late or early otherwise than peaks are.
    best = centred(horses, candidates[scores.index(max(scores))], tolerance_s)
    by_label = dict(settings.by_label)
    if best.bias_s != own.bias_s:
        by_label[STRIDING] = {**by_label.get(STRIDING, {}), "bias_s": best.bias_s}
    return replace(settings, strides=best.strides, by_label=by_label)


def tune_textures(clips: Sequence[TimedClip], settings: DecodeSettings) -> DecodeSettings:
    """The level that tells textures that sound from decoys of them best, both kinds weighing the same.

    Without clips of both kinds the settings stay as they are.
    """
    textures = [clip for clip in clips if clip.label in settings.textures]
    sounds = np.array([len(clip.truth) > 0 for clip in textures], dtype=np.bool_)
    if sounds.size == 0 or sounds.all() or not sounds.any():
        return settings

    def told_apart(level: float) -> float:
        tried = replace(settings, texture_threshold=level)
        heard = np.array([len(decode(clip.seen, tried, clip.label)) > 0 for clip in textures])
        return float(heard[sounds].mean() + (~heard[~sounds]).mean())

    levels = sorted({settings.texture_threshold, *TEXTURE_LEVELS})
    scores = [told_apart(level) for level in levels]
    if max(scores) <= told_apart(settings.texture_threshold):
        return settings
    return replace(settings, texture_threshold=levels[_middle_of_best(scores)])


def median_error_s(clips: Sequence[TimedClip], settings: DecodeSettings, tolerance_s: float) -> float:
    """Median of cue minus truth over matched hits, 0 if none match; positive where cues are late."""
    errors = [
        match_events(c.truth.starts_s(), decode(c.seen, settings, c.label).starts_s(), tolerance_s).error_s
        for c in clips
    ]
    joined = np.concatenate(errors)
    return float(np.median(joined)) if joined.size else 0.0
