"""A picture to draw on in unit coordinates. Thin, fast, anti-aliased; OpenCV does the filling."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import hypot
from typing import cast

import cv2
import numpy as np
from numpy.typing import ArrayLike, NDArray

#: Fixed-point bits that OpenCV takes for sub-pixel positions.
_SHIFT = 4
_ONE = 1 << _SHIFT
#: RGB in 0..255.
Colour = tuple[int, int, int]
#: (N, 2) unit points: an array, or points one by one, each an array or a pair.
Points = ArrayLike | Sequence[ArrayLike]
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

    def __call__(self, points: Points) -> NDArray[np.float64]:
        """(N, 2) unit points to (N, 2) pixels."""
        p = np.asarray(points, dtype=np.float64).reshape(-1, 2)
        return p @ self.matrix[:, :2].T + self.matrix[:, 2]


class Tint:
    """Another palette: RGB colours through a matrix.

    Args:
        matrix: (3, 3).
    """

    def __init__(self, matrix: NDArray[np.float64]) -> None:
        self.matrix = matrix
        self._known: dict[Colour, Colour] = {}

    def __call__(self, colour: Colour) -> Colour:
        """``colour`` in this palette: whole RGB in 0..255. A fourth channel, a texture's alpha, stays as it is."""
        known = self._known.get(colour)
        if known is None:
            rgb = np.clip(np.rint(self.matrix @ np.asarray(colour[:3], dtype=np.float64)), 0, 255)
            known = self._known[colour] = cast(Colour, (*rgb.astype(int).tolist(), *colour[3:]))
        return known


class Canvas:
    """Draws into an RGB image through a view.

    Args:
        image: (H, W, 3) uint8, drawn on in place.
        view: where unit coordinates fall.
        tint: palette for the colours of shapes and lines, or None to paint them as they are. A scene gives an act
            another palette this way; light (:meth:`glow`, :meth:`flash`) is not tinted.
    """

    def __init__(self, image: NDArray[np.uint8], view: View, tint: Tint | None = None) -> None:
        self.image = image
        self.view = view
        self._tint = tint
        self._scale = view.scale
        self._linear = np.ascontiguousarray(view.matrix[:, :2].T * _ONE)
        self._offset = view.matrix[:, 2] * _ONE

    def _fixed(self, points: Points) -> NDArray[np.int32]:
        p = np.asarray(points, dtype=np.float64).reshape(-1, 2) @ self._linear
        p += self._offset
        return np.rint(p, out=p).astype(np.int32)

    @property
    def tint(self) -> NDArray[np.float64] | None:
        """(3, 3) matrix of the palette, or None."""
        return None if self._tint is None else self._tint.matrix

    def shade(self, colour: Colour) -> Colour:
        """``colour`` as this canvas paints it."""
        return colour if self._tint is None else self._tint(colour)

    def polygon(self, points: Points, colour: Colour) -> None:
        """Fill a polygon of (N, 2) unit points."""
        cv2.fillPoly(self.image, [self._fixed(points)], self.shade(colour), cv2.LINE_AA, _SHIFT)

    def line(self, points: Points, width: float, colour: Colour) -> None:
        """Stroke through (N, 2) unit points, ``width`` in units, at least one pixel."""
        thickness = max(1, round(width * self._scale))
        cv2.polylines(self.image, [self._fixed(points)], False, self.shade(colour), thickness, cv2.LINE_AA, _SHIFT)

    def lines(self, segments: Points, width: float, colour: Colour) -> None:
        """Stroke S separate runs of one width and colour at once: (S, P, 2) unit points."""
        runs = np.asarray(segments, dtype=np.float64)
        if runs.size:
            fixed = list(self._fixed(runs).reshape(runs.shape))
            thickness = max(1, round(width * self._scale))
            cv2.polylines(self.image, fixed, False, self.shade(colour), thickness, cv2.LINE_AA, _SHIFT)

    def limb(self, points: Points, widths: Sequence[float], colour: Colour) -> None:
        """Fill a limb through P unit points that is ``widths[i]`` units wide at point i, with round ends.

        Args:
            points: (P, 2), P >= 2.
            widths: P widths.
        """
        pixels = self._fixed(points).tolist()
        half = [max(0.5 * _ONE, 0.5 * width * self._scale * _ONE) for width in widths]
        shade = self.shade(colour)
        # Plain numbers: for so few points they are several times faster than arrays.
        for (x0, y0), (x1, y1), r0, r1 in zip(pixels[:-1], pixels[1:], half[:-1], half[1:], strict=True):
            run = max(hypot(x1 - x0, y1 - y0), 1e-9)
            nx, ny = (y0 - y1) / run, (x1 - x0) / run
            quad = np.array(
                [
                    (round(x0 + r0 * nx), round(y0 + r0 * ny)),
                    (round(x1 + r1 * nx), round(y1 + r1 * ny)),
                    (round(x1 - r1 * nx), round(y1 - r1 * ny)),
                    (round(x0 - r0 * nx), round(y0 - r0 * ny)),
                ],
                dtype=np.int32,
            )
            cv2.fillConvexPoly(self.image, quad, shade, cv2.LINE_AA, _SHIFT)
        for (x, y), radius in zip(pixels, half, strict=True):
            cv2.circle(self.image, (x, y), round(radius), shade, -1, cv2.LINE_AA, _SHIFT)

    def circle(self, centre: ArrayLike, radius: float, colour: Colour) -> None:
        """Fill a circle; ``radius`` in units."""
        x, y = self._fixed(centre)[0].tolist()
        size = max(_ONE // 2, round(radius * self._scale * _ONE))
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
