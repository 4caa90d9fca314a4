"""The same scenes at several frame rates, and how far interpolated columns lie from the truth drawn at the columns."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import cv2
import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import maximum_filter1d, minimum_filter1d

from silentfoley.encoders.backbone import FrameBackbone
from silentfoley.encoders.interpolation import (
    BlendFrames,
    FlowFrames,
    FrameInterpolation,
    PreviousFrames,
    RepeatFrames,
    dis_flow,
    grey,
)
from silentfoley.encoders.space_time import space_time_images
from silentfoley.stage.clip import ClipSpec, draw_scene, render_frames
from silentfoley.timegrid import TimeGrid, frame_times_s

#: ``none``: what a player shows, the last frame there is.
WAYS: Mapping[str, FrameInterpolation] = {
    "none": PreviousFrames(),
    "repeat": RepeatFrames(),
    "blend": BlendFrames(),
    "flow": FlowFrames(),
}
RATES_FPS = (10, 15, 25, 50)
#: Grey levels by which a pixel must change within 40 ms to count as moving.
MOVING = 12


@dataclass(frozen=True)
class Scenes:
    """One scene without noise, drawn at every rate.

    Attributes:
        label: the act that sounds.
        frames: (F, H, W, 3) by rate.
        speed: mean motion of what moves, in picture widths a second.
    """

    label: str
    frames: dict[int, NDArray[np.uint8]]
    speed: float


def drawn(seed: int, duration_s: float, size: int = 112) -> Scenes:
    """A scene at all rates. Noise, blur and shake are left out: they would be no two times the same, or hide it."""
    frames, label = {}, ""
    for fps in RATES_FPS:
        spec = ClipSpec(duration_s=duration_s, fps=fps, height=size, width=size, silent=False)
        scene = draw_scene(spec, seed)
        still = {"noise_sigma": 0.0, "shutter": 0.0, "jpeg_quality": 100.0, "light_drift": 0.0, "shake": 0.0}
        frames[fps] = render_frames(replace(scene, factors={**scene.factors, **still}))
        label = scene.label
    return Scenes(label, frames, speed_of(frames[max(RATES_FPS)], max(RATES_FPS)))


def speed_of(frames: NDArray[np.uint8], fps: int) -> float:
    """Mean length of the optical flow of moving pixels, in picture widths a second; every fifth frame."""
    luma, lengths = grey(frames), []
    for a, b in zip(luma[:-1:5], luma[1::5], strict=False):
        moving = cv2.absdiff(a, b) > MOVING
        if moving.any():
            lengths.append(np.linalg.norm(dis_flow(a, b)[moving], axis=-1).mean())
    return float(np.mean(lengths)) * fps / frames.shape[2] if lengths else 0.0


def moving_mask(truth: NDArray[np.uint8]) -> NDArray[np.bool_]:
    """(T, H, W): pixels that change within two columns to either side, in the truth."""
    luma = grey(truth).astype(np.int16)
    return np.asarray(maximum_filter1d(luma, 5, axis=0) - minimum_filter1d(luma, 5, axis=0) > MOVING)


def picture_error(made: NDArray[np.uint8], truth: NDArray[np.uint8], mask: NDArray[np.bool_]) -> float:
    """Mean absolute difference over moving pixels, in grey levels; NaN where nothing moves."""
    difference = cv2.absdiff(grey(made).reshape(-1), grey(truth).reshape(-1)).reshape(mask.shape)
    return float(difference[mask].mean()) if mask.any() else float("nan")


def feature_error(made: NDArray[np.float32], truth: NDArray[np.float32]) -> float:
    """Distance of two (T, D) features, as a share of how far the true ones stray from their mean over the clip."""
    spread = float(np.sqrt(((truth - truth.mean(axis=0)) ** 2).sum(axis=1)).mean())
    return float(np.sqrt(((made - truth) ** 2).sum(axis=1)).mean()) / spread if spread > 0 else float("nan")


def columns(scenes: Scenes, fps: int, way: FrameInterpolation, grid: TimeGrid) -> NDArray[np.uint8]:
    """(T, H, W, 3) pictures at the columns."""
    frames = scenes.frames[fps]
    return way(frames, frame_times_s(len(frames), fps), grid)


def space_time(backbone: FrameBackbone, pictures: NDArray[np.uint8], every: int) -> NDArray[np.float32]:
    """(T', D) features of every so-manieth column's space-time image."""
    return backbone.features(space_time_images(pictures)[::every])
