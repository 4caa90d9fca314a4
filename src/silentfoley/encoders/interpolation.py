"""Frames of any rate, resampled to the times of the columns.

AutoFoley gives its Frame-Sequence Network interpolated frames between the real ones [V-abs]; with which
algorithm or tool is not known. The three here are therefore our choice: ``RepeatFrames`` is what Owens et al.
do instead (each frame stands for several columns [V-blog]), ``BlendFrames`` mixes two frames,
``FlowFrames`` moves the picture along its optical flow.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from silentfoley.errors import DataError
from silentfoley.timegrid import Bracket, TimeGrid

Pictures = NDArray[np.uint8]
Floats = NDArray[np.float32]

#: (H, W) grey of two frames in, (H, W, 2) displacement x, y in pixels from the first to the second out.
Flow = Callable[[Pictures, Pictures], Floats]


class FrameInterpolation(ABC):
    """Makes one picture per query time from the two frames around it."""

    def __call__(self, frames: Pictures, times_s: NDArray[np.float64], grid: TimeGrid) -> Pictures:
        """Pictures at the grid's columns.

        Args:
            frames: (F, H, W, 3) colour or (F, H, W) grey, uint8, F >= 1.
            times_s: (F,) presentation times in seconds, in order.
            grid: the clip's clock.

        Returns:
            (T, H, W, 3) or (T, H, W) uint8 with T = ``grid.n_columns``. Before the first and after the last
            frame the picture stands still.

        Raises:
            DataError: if the frames are not uint8 pictures, one for each time.
            GridError: if times go backwards.
        """
        check_frames(frames, times_s)
        return self.at(frames, grid.bracket_frames(times_s))

    @abstractmethod
    def at(self, frames: Pictures, where: Bracket) -> Pictures:
        """(T, H, W[, 3]) pictures at places already located between frames (a part of a clip, for instance)."""

    def settings(self) -> dict[str, Any]:
        """What changes the result, as JSON values."""
        return {"interpolation": type(self).__name__}


class RepeatFrames(FrameInterpolation):
    """The nearest frame stands for the column; the earlier one at a tie. After Owens et al. [V-blog]."""

    def at(self, frames: Pictures, where: Bracket) -> Pictures:
        """(T, H, W[, 3]) copies of frames."""
        return frames[where.nearest()]


class PreviousFrames(FrameInterpolation):
    """The last frame shown at or before the column: what a player shows, nothing from the future."""

    def at(self, frames: Pictures, where: Bracket) -> Pictures:
        """(T, H, W[, 3]) copies of frames."""
        # bracket() clips to the last frame with weight 1 only when a column falls on it from the left.
        return frames[np.where(where.weight >= 1.0, where.right, where.left)]


class BlendFrames(FrameInterpolation):
    """``(1 - w) * left + w * right``, rounded: still things stay sharp, moving things show twice."""

    def at(self, frames: Pictures, where: Bracket) -> Pictures:
        """(T, H, W[, 3]) mixtures of two frames."""
        out = np.empty((len(where.left), *frames.shape[1:]), dtype=np.uint8)
        for i, (left, right, weight) in enumerate(zip(where.left, where.right, where.weight, strict=True)):
            out[i] = frames[left] if weight == 0 else _mix(frames[left], frames[right], float(weight))
        return out


class FlowFrames(FrameInterpolation):
    """Motion-compensated: both frames are warped along the optical flow to the time between them.

    Our choice, after the interpolation scheme of the Middlebury flow benchmark (Baker et al. 2011): flow of
    both directions is carried to the time between, where the faster motion wins a contested pixel; each frame
    is sampled back along it. A frame counts for a pixel as far as its own flow agrees there, so ground that
    one frame hides is taken from the other. Motion by more than the size of the moving thing is beyond the flow,
    and there the result is no better than a blend.

    Args:
        flow: how displacement is estimated; its name is part of the settings.
    """

    def __init__(self, flow: Flow | None = None) -> None:
        self.flow: Flow = dis_flow if flow is None else flow

    def settings(self) -> dict[str, Any]:
        """What changes the result, as JSON values."""
        return super().settings() | {"flow": getattr(self.flow, "__name__", type(self.flow).__name__)}

    def at(self, frames: Pictures, where: Bracket) -> Pictures:
        """(T, H, W[, 3]) pictures; flow is estimated once per pair of frames."""
        out = np.empty((len(where.left), *frames.shape[1:]), dtype=np.uint8)
        pair, forth, back = (-1, -1), None, None
        for i, (left, right, weight) in enumerate(zip(where.left, where.right, where.weight, strict=True)):
            if weight == 0 or weight == 1:
                out[i] = frames[right if weight else left]
                continue
            if pair != (left, right) or forth is None or back is None:
                pair = (left, right)
                a, b = grey(frames[left]), grey(frames[right])
                forth, back = self.flow(a, b), self.flow(b, a)
            out[i] = warp_between(frames[left], frames[right], forth, back, float(weight))
        return out


def check_frames(frames: Pictures, times_s: NDArray[np.float64]) -> None:
    """Raise DataError unless ``frames`` are uint8 pictures, as many as ``times_s``."""
    if frames.dtype != np.uint8 or frames.ndim not in (3, 4) or (frames.ndim == 4 and frames.shape[-1] != 3):
        raise DataError(
            "frames", f"{frames.dtype} of shape {frames.shape}", "pass (F, H, W, 3) colour or (F, H, W) grey as uint8"
        )
    if len(frames) == 0 or len(frames) != len(times_s):
        raise DataError("frames", f"{len(frames)} frames with {len(times_s)} times", "pass one time for each frame")


def grey(pictures: Pictures) -> Pictures:
    """(..., H, W, 3) RGB to (..., H, W) luma of ITU-R BT.601, rounded; grey pictures pass through.

    A trailing axis of 3 is read as colour.
    """
    if pictures.ndim < 3 or pictures.shape[-1] != 3:
        return pictures
    stacked = np.ascontiguousarray(pictures).reshape(-1, pictures.shape[-2], 3)
    return np.asarray(cv2.cvtColor(stacked, cv2.COLOR_RGB2GRAY), dtype=np.uint8).reshape(pictures.shape[:-1])


def dis_flow(first: Pictures, second: Pictures) -> Floats:
    """Dense inverse search flow (Kroeger et al. 2016), OpenCV's medium preset.

    Args:
        first, second: (H, W) grey. Pictures under 16 pixels a side are outside the method: no motion is returned.

    Returns:
        (H, W, 2) displacement x, y in pixels.
    """
    if min(first.shape) < 16:
        return np.zeros((*first.shape, 2), dtype=np.float32)
    estimator = cv2.DISOpticalFlow.create(cv2.DISOPTICAL_FLOW_PRESET_MEDIUM)
    estimator.setFinestScale(0)
    threads = cv2.getNumThreads()
    cv2.setNumThreads(1)  # it searches in one stripe per thread: the result would depend on the machine
    try:
        return np.asarray(estimator.calc(first, second, None), dtype=np.float32)  # type: ignore[call-overload]
    finally:
        cv2.setNumThreads(threads)


def farneback_flow(first: Pictures, second: Pictures) -> Floats:
    """Polynomial expansion flow (Farnebäck 2003): for motion of a few pixels.

    Args:
        first, second: (H, W) grey.

    Returns:
        (H, W, 2) displacement x, y in pixels.
    """
    flow = cv2.calcOpticalFlowFarneback(first, second, None, 0.5, 3, 9, 5, 5, 1.1, 0)  # type: ignore[call-overload]
    return np.asarray(flow, dtype=np.float32)


def warp_between(first: Pictures, second: Pictures, forth: Floats, back: Floats, weight: float) -> Pictures:
    """The picture at ``weight`` of the way from ``first`` to ``second``.

    Args:
        first, second: (H, W[, 3]) uint8.
        forth, back: (H, W, 2) flow from first to second and from second to first, pixels.
        weight: in (0, 1).

    Returns:
        (H, W[, 3]) uint8.
    """
    motion = _flow_at(forth, back, weight)
    y, x = np.indices(motion.shape[:2], dtype=np.float32)
    from_first = x - weight * motion[..., 0], y - weight * motion[..., 1]
    from_second = x + (1 - weight) * motion[..., 0], y + (1 - weight) * motion[..., 1]
    trust_first = (1 - weight) * _agreement(forth, motion, from_first)
    trust_second = weight * _agreement(-back, motion, from_second)
    total = trust_first + trust_second
    share = np.where(total > 1e-6, trust_second / np.maximum(total, 1e-6), weight)
    if first.ndim == 3:
        share = share[..., None]
    mixed = (1 - share) * _sample(first, from_first) + share * _sample(second, from_second)
    return np.asarray(np.rint(mixed), dtype=np.uint8)


def _mix(first: Pictures, second: Pictures, weight: float) -> Pictures:
    mixed = first.astype(np.float32)
    mixed += np.float32(weight) * (second.astype(np.float32) - mixed)
    return np.asarray(np.rint(mixed), dtype=np.uint8)


def _flow_at(forth: Floats, back: Floats, weight: float) -> Floats:
    """(H, W, 2) flow from first to second frame, of the things that are at each pixel at ``weight``."""
    height, width = forth.shape[:2]
    y, x = np.indices((height, width), dtype=np.float32)
    motions = np.concatenate([forth.reshape(-1, 2), -back.reshape(-1, 2)])
    carried = np.concatenate([weight * forth.reshape(-1, 2), (1 - weight) * back.reshape(-1, 2)])
    start = np.tile(np.stack([x, y], axis=-1).reshape(-1, 2), (2, 1))
    target = np.rint(start + carried).astype(np.int64)
    inside = ((target >= 0) & (target < (width, height))).all(axis=1)
    motions, target = motions[inside], target[inside]
    # The last writer of a pixel wins, so slow things write first: what moves is mostly in front.
    order = np.argsort((motions**2).sum(axis=1), kind="stable")
    out = np.zeros((height * width, 2), dtype=np.float32)
    out[target[order, 1] * width + target[order, 0]] = motions[order]
    return out.reshape(height, width, 2)


def _agreement(flow: Floats, motion: Floats, at: tuple[Floats, Floats]) -> Floats:
    """(H, W) in (0, 1]: 1 where ``flow``, sampled at ``at``, is ``motion``; falls off over about a pixel."""
    difference = ((_sample(flow, at) - motion) ** 2).sum(axis=-1)
    return np.asarray(np.exp(-difference / 2.0), dtype=np.float32)


def _sample(picture: NDArray[Any], at: tuple[Floats, Floats]) -> Floats:
    """Bilinear values of ``picture`` at float positions; the border continues outwards."""
    sampled = cv2.remap(
        np.asarray(picture, dtype=np.float32), at[0], at[1], cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE
    )
    return np.asarray(sampled, dtype=np.float32)
