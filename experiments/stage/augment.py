"""Small changes of view and light that leave what is done, and when, as it is."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray


def random_view(rng: np.random.Generator, side: int) -> NDArray[np.float64]:
    """(2, 3) map of a square picture: turned by up to 6 degrees, sheared, scaled, and moved by up to a sixteenth."""
    angle, shear = rng.uniform(-0.1, 0.1, 2)
    scale, squeeze = np.exp(rng.uniform(-0.12, 0.12, 2))
    turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    pose = scale * turn @ np.array([[squeeze, shear], [0.0, 1 / squeeze]])
    middle = np.full(2, (side - 1) / 2)
    moved = middle - pose @ middle + rng.uniform(-side / 16, side / 16, 2)
    return np.column_stack([pose, moved])


def reframe(windows: NDArray[np.uint8], rng: np.random.Generator) -> NDArray[np.uint8]:
    """(M, T, H, W) pictures, all seen in the same other view."""
    view = random_view(rng, windows.shape[-1])
    size = (windows.shape[3], windows.shape[2])
    flat = [
        cv2.warpAffine(np.ascontiguousarray(p), view, size, flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
        for p in windows.reshape(-1, *windows.shape[2:])
    ]
    return np.stack(flat).reshape(windows.shape)


def relight(rng: np.random.Generator) -> tuple[float, float]:
    """Gain and offset of a picture's values, which lie in [0, 1]: another contrast about the middle, and brightness."""
    gain = float(rng.uniform(0.65, 1.3))
    return gain, 0.5 - 0.5 * gain + float(rng.uniform(-0.1, 0.1))
