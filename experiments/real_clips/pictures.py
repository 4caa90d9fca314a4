"""Frames of the real clips at low size and their motion features, kept in a cache folder outside the repository."""

from __future__ import annotations

from pathlib import Path

import decord
import numpy as np
from judge import CACHE

from silentfoley.encoders.motion import MotionFeatures
from silentfoley.timegrid import TimeGrid


def frames(path: Path, height: int = 90, width: int = 160) -> tuple[np.ndarray, np.ndarray]:
    """(F, H, W, 3) uint8 RGB and (F,) start times in seconds."""
    kept = CACHE / f"{path.stem}_{height}x{width}.npz"
    if not kept.exists():
        CACHE.mkdir(parents=True, exist_ok=True)
        reader = decord.VideoReader(str(path), ctx=decord.cpu(0), width=width, height=height, num_threads=1)
        pictures = reader.get_batch(range(len(reader))).asnumpy()
        np.savez(kept, frames=pictures, times=reader.get_frame_timestamp(range(len(reader)))[:, 0].astype(np.float64))
    with np.load(kept) as data:
        return data["frames"], data["times"]


def motion(path: Path, grid: TimeGrid) -> np.ndarray:
    """(T, 28) motion features of a clip. Clear the cache folder when the features change without a new version."""
    kept = CACHE / f"{path.stem}_motion_v{MotionFeatures().settings()['version']}.npy"
    if not kept.exists():
        features = MotionFeatures()(*frames(path), grid)
        np.save(kept, features)
    return np.load(kept)
