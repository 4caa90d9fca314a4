"""A picture to draw on in unit coordinates. Thin, fast, anti-aliased; OpenCV does the filling."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import cast

import cv2
import numpy as np
from numpy.typing import ArrayLike, NDArray

#: Fixed-point bits that OpenCV takes for sub-pixel positions.
_SHIFT = 4
_ONE = 1 << _SHIFT
#: Farthest fixed-point coordinate handed to OpenCV, whose fillers overflow beyond 2^31.
_FAR = 1 << 22
#: RGB in 0..255.
Colour = tuple[int, int, int]
#: A circle of radius 1 as a polygon.
_RING = np.column_stack([f(np.linspace(0, 2 * np.pi, 16, endpoint=False)) for f in (np.cos, np.sin)])


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

    def then(self, matrix: NDArray[np.float64]) -> View:
        """This view followed by a (2, 3) affine map of pixels."""
        linear = matrix[:, :2]
        return View(np.column_stack([linear @ self.matrix[:, :2], linear @ self.matrix[:, 2] + matrix[:, 2]]))

    @property
    def scale(self) -> float:
        """Pixels per unit length, the geometric mean of both axes."""
        (a, b), (c, d) = self.matrix[:, :2].tolist()
        return float(abs(a * d - b * c) ** 0.5)

    def __call__(self, points: ArrayLike) -> NDArray[np.float64]:
        """(N, 2) unit points to (N, 2) pixels."""
        p = np.asarray(points, dtype=np.float64).reshape(-1, 2)
        return p @ self.matrix[:, :2].T + self.matrix[:, 2]


class Canvas:
    """Draws into an RGB image through a view.

    Args:
        image: (H, W, 3) uint8, drawn on in place.
        view: where unit coordinates fall.
        tint: (3, 3) applied to every RGB colour of :meth:`polygon`, :meth:`line`, :meth:`lines`, :meth:`circle`
            and :meth:`ellipse`, or None. A scene gives an act another palette this way; light is not tinted.
    """

    def __init__(self, image: NDArray[np.uint8], view: View, tint: NDArray[np.float64] | None = None) -> None:
        self.image = image
        self.view = view
        self._tint = tint
        self._scale = view.scale
        self._linear = np.ascontiguousarray(view.matrix[:, :2].T * _ONE)
        self._offset = view.matrix[:, 2] * _ONE
        self._shades: dict[Colour, Colour] = {}

    def _fixed(self, points: ArrayLike) -> NDArray[np.int32]:
        p = np.asarray(points, dtype=np.float64).reshape(-1, 2) @ self._linear + self._offset
        fixed: NDArray[np.int32] = np.clip(np.rint(p), -_FAR, _FAR).astype(np.int32)
        return fixed

    def shade(self, colour: Colour) -> Colour:
        """``colour`` as this canvas paints it: whole RGB in 0..255, tinted."""
        known = self._shades.get(colour)
        if known is None:
            # A texture's fourth channel, its alpha, has no hue.
            rgb, rest = np.asarray(colour[:3], dtype=np.float64), colour[3:]
            rgb = rgb if self._tint is None else self._tint @ rgb
            mixed = (*np.clip(np.rint(rgb), 0, 255).astype(int).tolist(), *rest)
            known = self._shades[colour] = cast(Colour, mixed)
        return known

    def polygon(self, points: ArrayLike, colour: Colour) -> None:
        """Fill a polygon of (N, 2) unit points."""
        cv2.fillPoly(self.image, [self._fixed(points)], self.shade(colour), cv2.LINE_AA, _SHIFT)

    def line(self, points: ArrayLike, width: float, colour: Colour) -> None:
        """Stroke through (N, 2) unit points, ``width`` in units, at least one pixel."""
        thickness = max(1, round(width * self._scale))
        cv2.polylines(self.image, [self._fixed(points)], False, self.shade(colour), thickness, cv2.LINE_AA, _SHIFT)

    def lines(self, segments: ArrayLike, width: float, colour: Colour) -> None:
        """Stroke S separate runs of one width and colour at once: (S, P, 2) unit points."""
        runs = np.asarray(segments, dtype=np.float64)
        if runs.size:
            fixed = list(self._fixed(runs).reshape(runs.shape))
            thickness = max(1, round(width * self._scale))
            cv2.polylines(self.image, fixed, False, self.shade(colour), thickness, cv2.LINE_AA, _SHIFT)

    def limb(self, points: ArrayLike, widths: Sequence[float], colour: Colour) -> None:
        """Fill a limb through P unit points that is ``widths[i]`` units wide at point i, with round ends.

        Args:
            points: (P, 2), P >= 2.
            widths: P widths.
        """
        p = np.asarray(points, dtype=np.float64)
        half = 0.5 * np.asarray(widths, dtype=np.float64)
        run = np.diff(p, axis=0)
        normal = np.column_stack([-run[:, 1], run[:, 0]]) / np.maximum(np.hypot(run[:, 0], run[:, 1]), 1e-9)[:, None]
        for i, n in enumerate(normal):
            a, b, wa, wb = p[i], p[i + 1], half[i] * n, half[i + 1] * n
            self.polygon(np.stack([a + wa, b + wb, b - wb, a - wa]), colour)
        for point, radius in zip(p, half, strict=True):
            self.circle(point, float(radius), colour)

    def circle(self, centre: ArrayLike, radius: float, colour: Colour) -> None:
        """Fill a circle; ``radius`` in units."""
        x, y = self._fixed(centre)[0].tolist()
        size = max(_ONE // 2, min(round(radius * self._scale * _ONE), _FAR))
        cv2.circle(self.image, (x, y), size, self.shade(colour), -1, cv2.LINE_AA, _SHIFT)

    def ellipse(self, centre: ArrayLike, radii: tuple[float, float], colour: Colour, *, angle_rad: float = 0.0) -> None:
        """Fill an ellipse of two radii in units, turned by ``angle_rad`` (positive from x towards y)."""
        points = _RING * radii
        if angle_rad:
            c, s = np.cos(angle_rad), np.sin(angle_rad)
            points = points @ np.array([[c, s], [-s, c]])
        self.polygon(points + np.asarray(centre, dtype=np.float64), colour)

    def glow(self, centre: ArrayLike, radius: float, colour: Colour, strength: float) -> None:
        """Add soft light around a point: Gaussian of ``radius`` units, ``strength`` in [0, 1] at its centre."""
        x, y = self.view(centre)[0]
        sigma = max(radius * self._scale, 0.5)
        height, width = self.image.shape[:2]
        x0, x1 = (int(np.clip(v, 0, width)) for v in (x - 3 * sigma, x + 3 * sigma + 1))
        y0, y1 = (int(np.clip(v, 0, height)) for v in (y - 3 * sigma, y + 3 * sigma + 1))
        if x0 >= x1 or y0 >= y1:
            return
        gx = np.exp(-0.5 * ((np.arange(x0, x1) - x) / sigma) ** 2).astype(np.float32)
        gy = (strength * np.exp(-0.5 * ((np.arange(y0, y1) - y) / sigma) ** 2)).astype(np.float32)
        light = (gy[:, None] * gx[None, :])[..., None] * np.asarray(colour, dtype=np.float32)
        patch = self.image[y0:y1, x0:x1]
        np.copyto(patch, cv2.add(np.ascontiguousarray(patch), light, dtype=cv2.CV_8U).reshape(patch.shape))

    def flash(self, colour: Colour, strength: float) -> None:
        """Blend the whole picture towards a colour; ``strength`` in [0, 1]."""
        if strength > 0:
            mixed = self.image * (1.0 - strength) + np.asarray(colour, dtype=np.float64) * strength
            np.copyto(self.image, mixed.astype(np.uint8))
