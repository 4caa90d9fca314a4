"""A picture to draw on in unit coordinates. Thin, fast, anti-aliased; OpenCV does the filling."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import ArrayLike, NDArray

#: Fixed-point bits that OpenCV takes for sub-pixel positions.
_SHIFT = 4
_ONE = 1 << _SHIFT
#: RGB in 0..255.
Colour = tuple[int, int, int]


@dataclass(frozen=True)
class View:
    """Affine map from the unit box to pixels: ``pixel = matrix @ (x, y, 1)``.

    Attributes:
        matrix: (2, 3).
    """

    matrix: NDArray[np.float64]

    @classmethod
    def box(cls, left: float, top: float, width: float, height: float, *, mirror: bool = False) -> View:
        """The unit box placed at pixels, optionally mirrored left to right."""
        if mirror:
            return cls(np.array([[-width, 0.0, left + width], [0.0, height, top]]))
        return cls(np.array([[width, 0.0, left], [0.0, height, top]]))

    @property
    def scale(self) -> float:
        """Pixels per unit length, the geometric mean of both axes."""
        return float(np.sqrt(abs(np.linalg.det(self.matrix[:, :2]))))

    def __call__(self, points: ArrayLike) -> NDArray[np.float64]:
        """(N, 2) unit points to (N, 2) pixels."""
        p = np.asarray(points, dtype=np.float64).reshape(-1, 2)
        return p @ self.matrix[:, :2].T + self.matrix[:, 2]


class Canvas:
    """Draws into an RGB image through a view.

    Args:
        image: (H, W, 3) uint8, drawn on in place.
        view: where unit coordinates fall.
    """

    def __init__(self, image: NDArray[np.uint8], view: View) -> None:
        self.image = image
        self.view = view

    def _fixed(self, points: ArrayLike) -> NDArray[np.int32]:
        return np.round(self.view(points) * _ONE).astype(np.int32)

    def polygon(self, points: ArrayLike, colour: Colour) -> None:
        """Fill a polygon of (N, 2) unit points."""
        cv2.fillPoly(self.image, [self._fixed(points).reshape(-1, 1, 2)], colour, cv2.LINE_AA, _SHIFT)

    def line(self, points: ArrayLike, width: float, colour: Colour) -> None:
        """Stroke through (N, 2) unit points, ``width`` in units, at least one pixel."""
        thickness = max(1, round(width * self.view.scale))
        cv2.polylines(
            self.image, [self._fixed(points).reshape(-1, 1, 2)], False, colour, thickness, cv2.LINE_AA, _SHIFT
        )

    def circle(self, centre: ArrayLike, radius: float, colour: Colour) -> None:
        """Fill a circle; ``radius`` in units."""
        x, y = (int(v) for v in self._fixed(centre)[0])
        cv2.circle(self.image, (x, y), max(1, round(radius * self.view.scale * _ONE)), colour, -1, cv2.LINE_AA, _SHIFT)

    def glow(self, centre: ArrayLike, radius: float, colour: Colour, strength: float) -> None:
        """Add soft light around a point: Gaussian of ``radius`` units, ``strength`` in [0, 1] at its centre."""
        x, y = self.view(centre)[0]
        sigma = max(radius * self.view.scale, 0.5)
        height, width = self.image.shape[:2]
        x0, x1 = (int(np.clip(v, 0, width)) for v in (x - 3 * sigma, x + 3 * sigma + 1))
        y0, y1 = (int(np.clip(v, 0, height)) for v in (y - 3 * sigma, y + 3 * sigma + 1))
        if x0 >= x1 or y0 >= y1:
            return
        gx = np.exp(-0.5 * ((np.arange(x0, x1) - x) / sigma) ** 2)
        gy = np.exp(-0.5 * ((np.arange(y0, y1) - y) / sigma) ** 2)
        light = (strength * gy[:, None] * gx[None, :])[..., None] * np.asarray(colour, dtype=np.float64)
        patch = self.image[y0:y1, x0:x1]
        np.copyto(patch, np.clip(patch + light, 0, 255).astype(np.uint8))

    def flash(self, colour: Colour, strength: float) -> None:
        """Blend the whole picture towards a colour; ``strength`` in [0, 1]."""
        if strength > 0:
            mixed = self.image * (1.0 - strength) + np.asarray(colour, dtype=np.float64) * strength
            np.copyto(self.image, mixed.astype(np.uint8))
