"""Cheap soft paint for acts: many strokes in one call, see-through layers, tileable noise, pasted textures.

Everything draws through a `Canvas` in unit coordinates and costs tens of microseconds at 112 px.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import cast

import cv2
import numpy as np
from numpy.typing import ArrayLike, NDArray

from silentfoley.stage.canvas import Canvas, Colour

Pixels = NDArray[np.uint8]
Floats = NDArray[np.float64]
_SHIFT = 4
_ONE = 1 << _SHIFT


def to_fixed(canvas: Canvas, points: ArrayLike) -> NDArray[np.int32]:
    """(..., 2) unit points to fixed-point pixels of the same shape."""
    p = np.asarray(points, dtype=np.float64)
    if p.size == 0:
        return np.zeros(p.shape, np.int32)
    pixels = cv2.transform(p.reshape(-1, 1, 2), canvas.view.matrix * _ONE)
    return np.rint(pixels).astype(np.int32).reshape(p.shape)


def xy(x: Floats | float, y: Floats | float) -> Floats:
    """Points (..., 2) from coordinates that broadcast together."""
    out = np.empty((*np.broadcast(x, y).shape, 2))
    out[..., 0], out[..., 1] = x, y
    return out


def strokes(canvas: Canvas, lines: ArrayLike, width: float, colour: Colour, *, closed: bool = False) -> None:
    """Stroke (N, P, 2) polylines in one call; ``width`` in units, at least one pixel."""
    fixed = to_fixed(canvas, lines)
    if fixed.size:
        thickness = max(1, round(width * canvas.view.scale))
        cv2.polylines(canvas.image, list(fixed), closed, canvas.shade(colour), thickness, cv2.LINE_AA, _SHIFT)


def shape(canvas: Canvas, parts: list[ArrayLike], colour: Colour) -> None:
    """Fill several polygons that do not overlap (overlaps would cancel), each (N, 2) unit points."""
    fixed = [to_fixed(canvas, part).reshape(-1, 1, 2) for part in parts]
    if fixed:
        cv2.fillPoly(canvas.image, fixed, canvas.shade(colour), cv2.LINE_AA, _SHIFT)


def discs(canvas: Canvas, centres: ArrayLike, radii: ArrayLike, colours: Sequence[tuple[int, ...]]) -> None:
    """Fill N discs; (N, 2) unit centres, (N,) unit radii, N colours."""
    sizes = np.maximum(np.rint(np.asarray(radii) * canvas.view.scale * _ONE), 1).astype(int).tolist()
    for centre, radius, colour in zip(to_fixed(canvas, centres).tolist(), sizes, colours, strict=True):
        cv2.circle(canvas.image, centre, radius, canvas.shade(cast(Colour, colour)), -1, cv2.LINE_AA, _SHIFT)


def layer(canvas: Canvas) -> Canvas:
    """An empty (H, W) coverage mask with the canvas's view; draw levels ``(0..255, 0, 0)`` on it, then `blend`."""
    return Canvas(np.zeros(canvas.image.shape[:2], np.uint8), canvas.view)


def untinted(canvas: Canvas) -> Canvas:
    """The same picture and view without the palette: what glows has its own colour."""
    return canvas if canvas.tint is None else Canvas(canvas.image, canvas.view)


def blend(canvas: Canvas, coverage: Pixels, colour: Colour) -> None:
    """Mix the picture towards a colour by an (H, W) coverage of 0..255."""
    left, top, width, height = cv2.boundingRect(coverage)
    if width:
        part = coverage[top : top + height, left : left + width]
        paint = cv2.merge([cv2.convertScaleAbs(part, alpha=c / 255.0) for c in canvas.shade(colour)])
        _over(canvas.image[top : top + height, left : left + width], cast(Pixels, paint), part)


def tone(canvas: Canvas, gain: float, tint: Colour = (0, 0, 0)) -> None:
    """Scale the whole picture by ``gain`` and add a tint: overcast light, or a mild flash."""
    scaled = cv2.convertScaleAbs(canvas.image, alpha=gain)
    np.copyto(canvas.image, cv2.add(scaled, np.array([*tint, 0.0])))


def light(canvas: Canvas, centre: ArrayLike, radius: float, colour: Colour, strength: float) -> None:
    """Add a soft round light, Gaussian of ``radius`` units; like `Canvas.glow`, several times faster."""
    sigma = max(radius * canvas.view.scale, 0.5)
    x, y = canvas.view(centre)[0]
    height, width = canvas.image.shape[:2]
    x0, x1 = (int(v) for v in np.clip((x - 3.0 * sigma, x + 3.0 * sigma + 1), 0, width))
    y0, y1 = (int(v) for v in np.clip((y - 3.0 * sigma, y + 3.0 * sigma + 1), 0, height))
    if x0 >= x1 or y0 >= y1 or strength <= 0:
        return
    gx = np.exp(-0.5 * ((np.arange(x0, x1) - x) / sigma) ** 2)
    gy = np.exp(-0.5 * ((np.arange(y0, y1) - y) / sigma) ** 2)
    spot = (255.0 * min(strength, 1.0) * gy[:, None] * gx).astype(np.uint8)
    patch = canvas.image[y0:y1, x0:x1]
    glow = cv2.merge([cv2.convertScaleAbs(spot, alpha=c / 255.0) for c in colour])
    patch[...] = cv2.add(patch, glow)


def puffs(canvas: Canvas, centres: ArrayLike, radii: ArrayLike, strengths: ArrayLike, colour: Colour) -> None:
    """Soft blobs of smoke, dust or mist: (N, 2) unit centres, (N,) unit radii, (N,) strengths in [0, 1]."""
    levels = np.clip(np.asarray(strengths, dtype=np.float64), 0.0, 1.0)
    seen = np.flatnonzero(levels > 0.02)
    if seen.size == 0:
        return
    order = seen[np.argsort(levels[seen], kind="stable")]
    mask = layer(canvas)
    colours = [(int(255 * v), 0, 0) for v in levels[order]]
    discs(mask, np.asarray(centres).reshape(-1, 2)[order], np.asarray(radii)[order], colours)
    size = 2 * max(1, round(0.02 * canvas.view.scale)) + 1
    left, top, width, height = cv2.boundingRect(mask.image)
    if width:
        rows = slice(max(top - size, 0), top + height + size)
        columns = slice(max(left - size, 0), left + width + size)
        part = mask.image[rows, columns]
        soft = cv2.blur(cv2.blur(part, (size, size)), (size, size))
        blend(Canvas(canvas.image[rows, columns], canvas.view), cast(Pixels, soft), canvas.shade(colour))


def paste(canvas: Canvas, texture: Pixels, left: float, top: float, width: float, height: float) -> None:
    """Lay an (h, w, 4) texture over a unit rectangle; its colours are premultiplied by its alpha."""
    (a, b, shift_x), (c, d, shift_y) = canvas.view.matrix.tolist()
    shift_x, shift_y = a * left + b * top + shift_x, c * left + d * top + shift_y
    # The rectangle's bounding box in the picture.
    picture_height, picture_width = canvas.image.shape[:2]
    across, down = (a * width, b * height), (c * width, d * height)
    x0 = max(math.floor(shift_x + sum(min(v, 0.0) for v in across)) - 1, 0)
    x1 = min(math.ceil(shift_x + sum(max(v, 0.0) for v in across)) + 2, picture_width)
    y0 = max(math.floor(shift_y + sum(min(v, 0.0) for v in down)) - 1, 0)
    y1 = min(math.ceil(shift_y + sum(max(v, 0.0) for v in down)) + 2, picture_height)
    if x0 >= x1 or y0 >= y1:
        return
    step_x, step_y = width / texture.shape[1], height / texture.shape[0]
    a, b, c, d = a * step_x, b * step_y, c * step_x, d * step_y
    # Texture samples sit at half-integer positions of the rectangle.
    matrix = np.array([[a, b, shift_x + 0.5 * (a + b) - x0], [c, d, shift_y + 0.5 * (c + d) - y0]])
    warped = cv2.warpAffine(texture, matrix, (x1 - x0, y1 - y0), flags=cv2.INTER_LINEAR)
    red, green, blue, alpha = cv2.split(warped)
    _over(canvas.image[y0:y1, x0:x1], cast(Pixels, cv2.merge([red, green, blue])), cast(Pixels, alpha))


def tinted(canvas: Canvas, texture: Pixels) -> Pixels:
    """An (h, w, 4) premultiplied texture in the canvas's palette. Leave out for flames and other light."""
    if canvas.tint is None:
        return texture
    mixing = np.eye(4)
    mixing[:3, :3] = canvas.tint
    return cast(Pixels, cv2.transform(texture, mixing))


def lay_over(base: Pixels, top: Pixels) -> Pixels:
    """One premultiplied (h, w, 4) texture over another of its size."""
    rest = cv2.bitwise_not(cv2.extractChannel(top, 3))
    return cast(Pixels, cv2.add(cv2.multiply(base, cv2.merge([rest] * 4), scale=1 / 255), top))


def _over(image: Pixels, paint: Pixels, coverage: Pixels) -> None:
    """Premultiplied ``paint`` over ``image``, in place."""
    rest = cv2.bitwise_not(coverage)
    image[...] = cv2.add(cv2.multiply(image, cv2.merge([rest, rest, rest]), scale=1 / 255), paint)


def tile_noise(rng: np.random.Generator, rows: int, columns: int, cells_y: float, cells_x: float) -> Pixels:
    """(rows, columns) smooth noise that repeats seamlessly, mean 128, deviation about 52.

    White noise through a power-law low pass (ours) whose corner lies at ``cells`` waves per tile and axis.
    """
    spectrum = np.fft.rfft2(rng.standard_normal((rows, columns)))
    fy = np.fft.fftfreq(rows, 1 / rows)[:, None] / cells_y
    fx = np.fft.rfftfreq(columns, 1 / columns)[None, :] / cells_x
    spectrum *= (1.0 + (fy**2 + fx**2) ** 2) ** -1.0
    spectrum[0, 0] = 0.0
    noise = np.fft.irfft2(spectrum, s=(rows, columns))
    tile: Pixels = np.clip(128.0 + 52.0 * noise / noise.std(), 0, 255).astype(np.uint8)
    return tile


def flow(noise: Pixels, map_x: NDArray[np.float32], map_y: NDArray[np.float32]) -> Pixels:
    """Sample a tile at (h, w) float positions in its pixels, repeating it endlessly."""
    # Out-of-range positions wrap, whatever their size.
    return cast(Pixels, cv2.remap(noise, map_x, map_y, cv2.INTER_LINEAR, borderMode=cv2.BORDER_WRAP))


def ramp(stops: list[tuple[float, Colour, float]]) -> Pixels:
    """(256, 4) premultiplied colour table through ``(position 0..1, colour, alpha 0..1)`` stops in order."""
    at = np.linspace(0.0, 1.0, 256)
    where = [stop[0] for stop in stops]
    alpha = np.interp(at, where, [stop[2] for stop in stops])
    bands = [np.interp(at, where, [stop[1][band] for stop in stops]) * alpha for band in range(3)]
    table: Pixels = np.rint(np.stack([*bands, alpha * 255.0], axis=1)).astype(np.uint8)
    return table
