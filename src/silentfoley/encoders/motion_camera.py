"""Motion of the camera, so that what is left is motion in the scene."""

from __future__ import annotations

from functools import cache

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]

_ITERATIONS = 4


@cache
def _design(height: int, width: int) -> Floats:
    """(H * W, 3) constant, x and y of each cell, in heights from the centre."""
    y, x = np.mgrid[0:height, 0:width]
    x, y = (x.ravel() - (width - 1) / 2) / height, (y.ravel() - (height - 1) / 2) / height
    return np.stack([np.ones(height * width), x, y], axis=1).astype(np.float32)


def remove_camera(velocity: Floats) -> tuple[Floats, Floats]:
    """Split each field into a robust affine part, the camera, and the rest, the scene.

    The affine field (pan, tilt, zoom, roll, shear) is fitted by iterated least squares with Cauchy
    weights: a cell that moves on its own, farther than the median residual, loses its say.

    Args:
        velocity: (P, H, W, 2) mean velocity of each cell.

    Returns:
        (P, H, W, 2) velocity relative to the camera, and (P, 2) the camera's own at the centre.
    """
    pairs, height, width, _ = velocity.shape
    design = _design(height, width)
    field = velocity.reshape(pairs, height * width, 2)
    weight = np.ones((pairs, height * width), dtype=np.float32)
    for _ in range(_ITERATIONS):
        weighted = weight[:, :, None] * design
        gram = weighted.transpose(0, 2, 1) @ design + 1e-6 * np.eye(3, dtype=np.float32)
        fit = np.linalg.solve(gram, weighted.transpose(0, 2, 1) @ field)
        rest = field - design @ fit
        distance = np.linalg.norm(rest, axis=2)
        spread = np.median(distance, axis=1, keepdims=True) + 1e-6
        weight = 1 / (1 + (distance / spread) ** 2)
    return rest.reshape(velocity.shape).astype(np.float32), fit[:, 0].astype(np.float32)
