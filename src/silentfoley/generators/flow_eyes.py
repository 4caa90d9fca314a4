"""What a perception says of one texture cue, on columns that count from the cue's start."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from silentfoley.cues import Cue
from silentfoley.decode import amplitude
from silentfoley.generators.rasterise import envelope_at
from silentfoley.labels import TEXTURES
from silentfoley.perception import Perception
from silentfoley.signal.envelope import STRENGTH_RANGE_DB

Floats = NDArray[np.float32]
#: Columns of a course per second: slower than a level is heard to move, and a clip of the stage is a hundred of them.
COURSE_HZ = 25.0
#: Strength is told as it is and over so many seconds around, as far as it lies below the cue's strongest.
AROUND_S = (0.0, 0.3, 1.2)
#: Age and rest of a cue that count as 1, s; and how near a clip's end a cue is cut by it.
LONG_S, EDGE_S = 1.0, 0.1
#: Numbers per column: strength, the same below the strongest three times, onset, place three times, class, age, rest,
#: whether the cue begins and whether it ends within the clip.
N_SEEN = 1 + len(AROUND_S) + 1 + 3 + 1 + 4
#: Which of them has a left and a right.
PLACE = 2 + len(AROUND_S)
#: A drawn envelope differs from the eyes' by so much somewhere. Sheets on disk are rounded.
OWN_ENVELOPE = 0.05


def left_to_the_eyes(cue: Cue, perception: Perception) -> bool:
    """Whether the course of a cue is the eyes' to say.

    It is for a texture that they know of and saw anything of, as long as nobody has said otherwise: the cue has no
    envelope, or one that repeats the perception as decoding does.
    """
    if cue.label not in TEXTURES or cue.label not in perception.labels:
        return False
    duration_s = _duration_s(cue, perception)
    within_s = cue.start_s + np.linspace(0, duration_s, 1 + max(1, round(duration_s * COURSE_HZ)))
    if not _curve(perception, within_s, perception.strength).any():
        return False
    if cue.envelope is None or cue.duration_s is None:
        return True
    return bool(np.abs(_decoded(cue, perception) - envelope_at(cue, _points_s(cue))).max() <= OWN_ENVELOPE)


def _points_s(cue: Cue) -> NDArray[np.float64]:
    """Where a cue's envelope stands, s after its start."""
    return np.linspace(0, cue.duration_s or 0.0, len(cue.envelope or ()))


def _decoded(cue: Cue, perception: Perception) -> NDArray[np.float64]:
    """The envelope that decoding gives such a cue: strength as amplitude, the highest of the cue's columns being 1."""
    times_s = perception.grid.column_times_s()
    inside = (times_s >= cue.start_s - 1e-6) & (times_s <= cue.start_s + (cue.duration_s or 0.0) + 1e-6)
    if not inside.any():
        return np.zeros(len(cue.envelope or ()))
    course = amplitude(perception.strength[inside], STRENGTH_RANGE_DB)
    return np.interp(cue.start_s + _points_s(cue), times_s[inside], course / max(float(course.max()), 1e-9))


def seen_columns(cue: Cue, perception: Perception) -> Floats:
    """(T, :data:`N_SEEN`) of a cue from its start until it or the perception ends, one column at least.

    A curve is on straight lines between the perception's columns. Beyond the perception's ends it stands still: a
    perception that is shorter than the sheet goes on with what it saw last, of a longer one the rest is not looked at.
    """
    duration_s = _duration_s(cue, perception)
    since_s = np.arange(1 + max(0, int(np.ceil(duration_s * COURSE_HZ - 1e-6)))) / COURSE_HZ
    times_s = cue.start_s + since_s
    strength = _curve(perception, times_s, perception.strength)
    smooth = [_smoothed(strength, round(s * COURSE_HZ)) for s in AROUND_S]
    top = max(float(smooth[1].max()), 1e-3)
    place = np.zeros(len(times_s))
    if perception.position.size:
        place = _curve(perception, times_s, perception.position)
    steady = np.ones(len(times_s))
    clip_s = float(perception.grid.duration_s)
    ends_inside = cue.start_s + duration_s < clip_s - EDGE_S
    rows = [
        strength,
        *((curve - top) for curve in smooth),
        _curve(perception, times_s, perception.onset),
        place,
        np.abs(place),
        steady * bool(perception.position.size),
        steady * float(perception.class_probabilities[perception.labels.index(cue.label)]),
        np.clip(since_s / LONG_S, 0, 1),
        np.clip((duration_s - since_s) / LONG_S, 0, 1),
        steady * (cue.start_s > EDGE_S),
        steady * ends_inside,
    ]
    return np.stack(rows, axis=1).astype(np.float32)


def _duration_s(cue: Cue, perception: Perception) -> float:
    """A cue without an end rings until the perception's."""
    if cue.duration_s is not None:
        return cue.duration_s
    return max(float(perception.grid.duration_s) - cue.start_s, 0.0)


def _curve(perception: Perception, times_s: NDArray[np.float64], values: Floats) -> NDArray[np.float64]:
    return np.asarray(np.interp(times_s, perception.grid.column_times_s(), values.astype(np.float64)))


def _smoothed(curve: NDArray[np.float64], width: int) -> NDArray[np.float64]:
    """Means over ``width`` columns around each, the ends standing still."""
    half = width // 2
    if half == 0:
        return curve
    padded = np.pad(curve, half, mode="edge")
    return np.convolve(padded, np.full(2 * half + 1, 1 / (2 * half + 1)), mode="valid")
