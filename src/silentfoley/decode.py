"""From a Perception to a CueSheet: one pure function whose settings are stored with the weights.

All of it is ours; AutoFoley has no cues. Hits become cues at the peaks of the onset curve, textures
become long cues wherever the strength curve says that something sounds.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from silentfoley.cues import Cue, CueSheet
from silentfoley.decode_settings import STRIDING, DecodeSettings
from silentfoley.labels import LABELS, check_label
from silentfoley.perception import Floats, Perception
from silentfoley.strides import landings_s


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
