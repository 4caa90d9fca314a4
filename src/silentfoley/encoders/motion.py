"""Motion features: what strikes, stops, starts, turns and flashes, one row per column of the grid.

Our own design, made to carry over from drawings to real pictures: flow on small grey pictures, the
camera's affine motion removed, order statistics over a field of cells instead of places, speeds in
units of the clip's own fast motion, light in units of its contrast.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
from einops import rearrange
from numpy.typing import NDArray

from silentfoley.encoders.base import FeatureExtractor
from silentfoley.encoders.motion_flow import COLUMNS, HEIGHT, ROWS, WIDTH, FlowMeter, PairMotion
from silentfoley.encoders.motion_place import PlaceMeter
from silentfoley.signal.smoothing import gaussian, highest_beside
from silentfoley.timegrid import TimeGrid

Floats = NDArray[np.float32]

#: Names of the features that belong to the time *between* two frames.
PAIR_FEATURES = (
    "speed_top", "speed_mean", "up_top", "down_top", "side_top",
    "change_top", "change_mean", "brighten_top", "darken_top", "brightness",
    "camera_speed", "unlikeness", "position_x", "position_y",
)  # fmt: skip
#: Names of the features that belong to the frame two pairs share: jumps of velocity.
JUMP_FEATURES = (
    "jump", "strike", "dip", "swerve", "landing", "launch", "stop", "start", "reversal", "camera_jump",
)  # fmt: skip
#: Names of the features that tell how much more a pair changed than the pair before it.
RISE_FEATURES = ("burst", "flash")
#: The same value at all columns of a clip.
CLIP_FEATURES = ("log_speed", "frame_interval_s")
MOTION_FEATURES = PAIR_FEATURES + JUMP_FEATURES + RISE_FEATURES + CLIP_FEATURES

_TOP_SHARE = 0.05
_IN_LIGHT = frozenset(("change_top", "change_mean", "brighten_top", "darken_top", "brightness", "burst", "flash"))
_UNITLESS = frozenset(("unlikeness", "position_x", "position_y"))
#: Slowest speed taken for motion, in picture heights a second, and least contrast in grey levels.
_SPEED_FLOOR, _CONTRAST_FLOOR = 0.05, 8.0
#: Repeated frames leave gaps; from this many usual steps on, nothing moved in between.
_STILL_STEPS = 2.5


def top(cells: Floats) -> Floats:
    """(P, ROWS, COLUMNS) -> (P,) mean of the highest twentieth of the cells: a small thing moving counts."""
    flat = rearrange(cells, "p h w -> p (h w)")
    highest = max(1, round(_TOP_SHARE * flat.shape[1]))
    return np.asarray(np.partition(flat, -highest, axis=1)[:, -highest:].mean(axis=1), dtype=np.float32)


def _positive(values: Floats) -> Floats:
    return np.maximum(values, np.float32(0))


def _beside(cells: Floats) -> Floats:
    """Largest of each cell and its neighbours: what only moved on to the next cell is not new."""
    return highest_beside(cells)


def pair_features(motion: PairMotion) -> Floats:
    """(P, 14) the :data:`PAIR_FEATURES`, in physical units."""
    right, down = motion.velocity[..., 0], motion.velocity[..., 1]
    speed = np.hypot(right, down)
    columns = (
        top(speed), speed.mean((1, 2)), top(_positive(-down)), top(_positive(down)), top(np.abs(right)),
        top(motion.change), motion.change.mean((1, 2)),
        top(_positive(motion.light)), top(_positive(-motion.light)), motion.light.mean((1, 2)),
        np.hypot(motion.camera[:, 0], motion.camera[:, 1]), motion.unlikeness, *_centre(speed),
    )  # fmt: skip
    return np.stack(columns, axis=1).astype(np.float32)


def _centre(speed: Floats) -> tuple[Floats, Floats]:
    """(P,) each: x (-1 left to 1 right) and y (-1 top to 1 bottom) of the motion; 0 where nothing moves."""
    energy = speed**2
    total = energy.sum((1, 2)) + ROWS * COLUMNS * 1e-4 * _SPEED_FLOOR**2
    x, y = ((2 * np.arange(n) + 1) / n - 1 for n in (COLUMNS, ROWS))
    return (energy.sum(1) @ x) / total, (energy.sum(2) @ y) / total


def jump_features(motion: PairMotion) -> Floats:
    """(P - 1, 10) the :data:`JUMP_FEATURES` at the frames between pairs, in physical units.

    A jump is a difference of velocities, not divided by time: an impact changes the velocity by the
    same amount at any frame rate, smooth motion changes it less the higher the rate.
    A *strike* is a jump upwards, narrower than about 63 degrees either side: what fell or was
    swung down stops, bounces or is thrown up. Gravity and arms make most sounds that way.
    """
    before, after = motion.velocity[:-1], motion.velocity[1:]
    jump = after - before
    across, up = np.abs(jump[..., 0]), -jump[..., 1]
    speed = np.hypot(motion.velocity[..., 0], motion.velocity[..., 1])
    against = -(before * after).sum(-1)
    columns = (
        top(np.hypot(jump[..., 0], jump[..., 1])),
        top(_positive(up - 0.5 * across)), top(_positive(-up - 0.5 * across)), top(_positive(across - np.abs(up))),
        top(_positive(np.minimum(before[..., 1], up))), top(_positive(np.minimum(-after[..., 1], up))),
        top(_positive(speed[:-1] - _beside(speed)[1:])), top(_positive(speed[1:] - _beside(speed)[:-1])),
        np.sqrt(top(_positive(against))), np.linalg.norm(np.diff(motion.camera, axis=0), axis=1),
    )  # fmt: skip
    return (np.stack(columns, axis=1) * _uncut(motion)).astype(np.float32)


def rise_features(motion: PairMotion) -> Floats:
    """(P - 1, 2) the :data:`RISE_FEATURES` of all pairs but the first, in grey levels."""
    brighter = _positive(motion.light)
    columns = (
        top(_positive(motion.change[1:] - _beside(motion.change)[:-1])),
        top(_positive(brighter[1:] - _beside(brighter)[:-1])),
    )
    return (np.stack(columns, axis=1) * _uncut(motion)).astype(np.float32)


def _uncut(motion: PairMotion) -> NDArray[np.bool_]:
    """(P - 1, 1) whether neither of two pairs in a row goes across a cut."""
    return np.asarray(~(motion.is_cut[1:] | motion.is_cut[:-1]))[:, None]


@dataclass
class MotionReader:
    """Collects the features of a clip window by window, in little memory.

    ``add`` windows in order, then ask for ``features`` on a grid.
    """

    _meter: FlowMeter = field(default_factory=FlowMeter)
    _last: PairMotion | None = None
    _pairs: list[Floats] = field(default_factory=list)
    _jumps: list[Floats] = field(default_factory=list)
    _rises: list[Floats] = field(default_factory=list)
    _times: list[NDArray[np.float64]] = field(default_factory=list)
    _contrast: list[Floats] = field(default_factory=list)
    _places: PlaceMeter = field(default_factory=PlaceMeter)

    def add(self, frames: NDArray[np.uint8], times_s: NDArray[np.float64]) -> None:
        """Take the next (F, H, W, 3) RGB, or (F, 90, 160) grey, frames with their (F,) times in seconds."""
        new = self._meter.add(frames, times_s)
        if not len(new):
            return
        self._pairs.append(pair_features(new))
        self._times.append(np.stack([new.start_s, new.end_s], axis=1))
        self._contrast.append(new.contrast)
        self._places.add(new)
        joined = new if self._last is None else _join(self._last, new)
        self._jumps.append(jump_features(joined))
        self._rises.append(rise_features(joined))
        self._last = _tail(new)

    def position(self, grid: TimeGrid) -> Floats:
        """(T,) where things move, -1 left to 1 right, on the columns of ``grid``; see :meth:`PlaceMeter.at`."""
        return self._places.at(grid.column_times_s())

    def features(self, grid: TimeGrid) -> Floats:
        """(T, 28) :data:`MOTION_FEATURES` on the columns of ``grid``; all 0 for a clip without pairs.

        What a pair shows sits at the middle of its two frames, a jump at the frame its two pairs
        share: an impact between frames is seen within half a frame of it, early as often as late.
        Columns in between are interpolated linearly.
        """
        if not self._pairs:
            return np.zeros((grid.n_columns, len(MOTION_FEATURES)), dtype=np.float32)
        pairs, times, columns = np.concatenate(self._pairs), np.concatenate(self._times), grid.column_times_s()
        middle_s, shared_s = times.mean(axis=1), times[:-1, 1]
        sampled = (
            _sample(columns, middle_s, pairs),
            _sample(columns, shared_s, np.concatenate(self._jumps)),
            _sample(columns, middle_s[1:], np.concatenate(self._rises)),
        )
        scale = max(float(np.percentile(pairs[:, 0], 95)), _SPEED_FLOOR)
        contrast = max(float(np.median(np.concatenate(self._contrast))), _CONTRAST_FLOOR)
        names = PAIR_FEATURES + JUMP_FEATURES + RISE_FEATURES
        units = [1.0 if n in _UNITLESS else contrast if n in _IN_LIGHT else scale for n in names]
        clip = np.broadcast_to([np.log10(scale), float(np.median(np.diff(times)))], (grid.n_columns, 2))
        return np.concatenate([np.concatenate(sampled, axis=1) / units, clip], axis=1).astype(np.float32)


def _sample(query_s: NDArray[np.float64], times_s: NDArray[np.float64], values: Floats) -> NDArray[np.float64]:
    """(T, N) values at the query times: linear between neighbours, 0 beyond and in longer, still, stretches."""
    if not times_s.size:
        return np.zeros((query_s.size, values.shape[1]))
    gaps = np.diff(times_s)
    step = float(np.median(gaps)) if gaps.size else 0.0
    still = np.flatnonzero(gaps > _STILL_STEPS * step)
    times = np.concatenate([times_s, times_s[still] + step, times_s[still + 1] - step])
    known = np.concatenate([values, np.zeros((2 * still.size, values.shape[1]), dtype=np.float32)])
    order = np.argsort(times, kind="stable")
    return np.stack([np.interp(query_s, times[order], v, left=0.0, right=0.0) for v in known[order].T], axis=1)


def _tail(motion: PairMotion) -> PairMotion:
    return PairMotion(**{n: v[-1:] for n, v in vars(motion).items()})


def _join(first: PairMotion, second: PairMotion) -> PairMotion:
    return PairMotion(**{n: np.concatenate([v, getattr(second, n)]) for n, v in vars(first).items()})


class MotionFeatures(FeatureExtractor):
    """(T, 28) :data:`MOTION_FEATURES`. Deterministic; nothing is trained or downloaded."""

    name = "motion"
    frame_size = (HEIGHT, WIDTH)

    def settings(self) -> dict[str, Any]:
        """Version of the features and their names."""
        return {"version": 1, "features": list(MOTION_FEATURES)}

    def __call__(self, frames: NDArray[np.uint8], times_s: NDArray[np.float64], grid: TimeGrid) -> Floats:
        """See :class:`~silentfoley.encoders.base.FeatureExtractor`. For long clips use :class:`MotionReader`."""
        reader = MotionReader()
        reader.add(frames, times_s)
        return reader.features(grid)


def feature(features: Floats, name: str) -> Floats:
    """(T,) one of the :data:`MOTION_FEATURES` by name."""
    return np.asarray(features[:, MOTION_FEATURES.index(name)], dtype=np.float32)


#: Light counts half as much as a strike; width of the smoothing in seconds.
FLASH_WEIGHT, SMOOTH_S = 0.5, 0.02


def motion_onsets(features: Floats, grid: TimeGrid) -> Floats:
    """Onset curve without training: strikes, and half as much new light, in units of the whole clip.

    Each is in units of twice its root mean square: few strong events make a high peak over a low
    floor, and so do many.

    Args:
        features: (T, 28) of :class:`MotionFeatures`.
        grid: the clip's clock.

    Returns:
        (T,) in [0, 1): ``r / (1 + r)`` of the curve in its units. Peaks that stand out by r = 0.5
        (a third) are worth a cue.
    """
    curve = in_units(feature(features, "strike")) + FLASH_WEIGHT * in_units(feature(features, "flash"))
    curve = gaussian(curve, SMOOTH_S * float(grid.column_rate_hz)).astype(np.float32)
    ratio = in_units(curve)
    return np.asarray(ratio / (1 + ratio), dtype=np.float32)


def in_units(curve: Floats) -> Floats:
    """(T,) in units of twice its root mean square; all 0 stays so."""
    height = 2 * float(np.sqrt(np.mean(np.square(curve))))
    return curve / np.float32(height) if height > 0 else np.zeros_like(curve)
