"""What stands behind the actors: still pictures drawn afresh for each clip."""

from __future__ import annotations

from collections.abc import Callable

import cv2
import numpy as np
from numpy.typing import NDArray

Rng = np.random.Generator
Picture = NDArray[np.float32]


def backdrop(kind: str, rng: Rng, height: int, width: int, *, hue_deg: float, contrast: float) -> NDArray[np.uint8]:
    """(height, width, 3) uint8 picture of a kind in :data:`BACKDROPS`, in muted colours about a hue.

    Args:
        kind: name in :data:`BACKDROPS`.
        rng: draws the rest.
        height, width: pixels.
        hue_deg: of its colours, in [0, 360).
        contrast: strength of its pattern, about 0.3 to 1.3.
    """
    pattern = BACKDROPS[kind](rng, height, width)
    dark, light = _two_colours(rng, hue_deg)
    weight = np.clip(0.5 + contrast * (pattern - 0.5), 0, 1)[..., None]
    picture = dark + weight * (light - dark)
    return np.asarray(np.clip(picture, 0, 255), dtype=np.uint8)


def _two_colours(rng: Rng, hue_deg: float) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    hue = (hue_deg + rng.uniform(-15, 15, 2)) % 360
    saturation = rng.uniform(0.08, 0.5, 2)
    value = np.array([rng.uniform(0.2, 0.5), rng.uniform(0.6, 0.9)])
    hsv = np.stack([hue, saturation, value], axis=1).astype(np.float32)[None]
    rgb = 255 * cv2.cvtColor(hsv, cv2.COLOR_HSV2RGB)[0]
    return rgb[0], rgb[1]


def _smooth(rng: Rng, height: int, width: int, cells: int) -> Picture:
    coarse = rng.random((cells, cells), dtype=np.float32)
    picture = cv2.resize(coarse, (width, height), interpolation=cv2.INTER_CUBIC)
    return np.asarray(picture, dtype=np.float32)


def _axes(height: int, width: int) -> tuple[Picture, Picture]:
    y = np.linspace(0, 1, height, dtype=np.float32)[:, None]
    x = np.linspace(0, width / height, width, dtype=np.float32)[None, :]
    return np.broadcast_to(y, (height, width)), np.broadcast_to(x, (height, width))


def _gradient(rng: Rng, height: int, width: int) -> Picture:
    y, x = _axes(height, width)
    angle = rng.uniform(0, 2 * np.pi)
    ramp = np.cos(angle) * x + np.sin(angle) * y
    return np.asarray((ramp - ramp.min()) / (np.ptp(ramp) + 1e-6), dtype=np.float32)


def _clouds(rng: Rng, height: int, width: int) -> Picture:
    octaves = [(3, 0.5), (6, 0.3), (14, 0.15), (40, 0.1)]
    layers = [share * _smooth(rng, height, width, cells) for cells, share in octaves]
    return np.asarray(np.sum(layers, axis=0), dtype=np.float32)


def _stripes(rng: Rng, height: int, width: int) -> Picture:
    y, x = _axes(height, width)
    angle, count = rng.uniform(0, np.pi), rng.uniform(3, 12)
    wave = np.sin(2 * np.pi * count * (np.cos(angle) * x + np.sin(angle) * y))
    return np.asarray(0.5 + 0.5 * np.tanh(wave * rng.uniform(0.5, 4)), dtype=np.float32)


def _horizon(rng: Rng, height: int, width: int) -> Picture:
    y, _ = _axes(height, width)
    ridge = rng.uniform(0.35, 0.6) + 0.15 * (_smooth(rng, 1, width, 8) - 0.5)
    sky = 0.95 - 0.3 * y
    ground = 0.15 + 0.35 * (y - ridge) + 0.25 * (_smooth(rng, height, width, 24) - 0.5)
    return np.asarray(np.where(y < ridge, sky, ground), dtype=np.float32)


def _tiles(rng: Rng, height: int, width: int) -> Picture:
    y, x = _axes(height, width)
    count, gap = rng.uniform(4, 8), rng.uniform(0.04, 0.1)
    row, column = np.floor(y * count).astype(int), np.floor(x * count + rng.random()).astype(int)
    tone = rng.random((row.max() + 1, column.max() + 1), dtype=np.float32)[row, column]
    joint = ((y * count) % 1 < gap) | ((x * count) % 1 < gap)
    return np.where(joint, np.float32(0.15), 0.55 + 0.35 * tone).astype(np.float32)


def _room(rng: Rng, height: int, width: int) -> Picture:
    y, x = _axes(height, width)
    edge = rng.uniform(0.6, 0.75)
    wall = 0.75 + 0.1 * _smooth(rng, height, width, 4)
    floor = 0.3 + 0.12 * np.sin(2 * np.pi * (x - 0.5) / (0.2 + y - edge * 0.8)) + 0.1 * _smooth(rng, height, width, 10)
    picture = np.where(y < edge, wall, floor)
    return np.where(np.abs(y - edge) < 0.015, 0.1, picture).astype(np.float32)


def _boards(rng: Rng, height: int, width: int) -> Picture:
    y, x = _axes(height, width)
    count = rng.uniform(4, 9)
    plank = np.floor(y * count).astype(int)
    tone = rng.random(plank.max() + 1)[plank]
    grain = np.sin(40 * y + 6 * _smooth(rng, height, width, 6) + x * 3)
    return np.where((y * count) % 1 < 0.07, 0.1, 0.45 + 0.35 * tone + 0.12 * grain).astype(np.float32)


def _bokeh(rng: Rng, height: int, width: int) -> Picture:
    picture = 0.2 + 0.2 * _smooth(rng, height, width, 3)
    for _ in range(18):
        centre = (int(rng.uniform(0, width)), int(rng.uniform(0, height)))
        layer = np.zeros((height, width), dtype=np.float32)
        cv2.circle(layer, centre, int(rng.uniform(0.03, 0.12) * height) + 1, float(rng.uniform(0.15, 0.5)), -1)
        picture += layer
    return np.asarray(np.clip(picture, 0, 1), dtype=np.float32)


#: Pattern in about [0, 1] by kind, from (rng, height, width).
BACKDROPS: dict[str, Callable[[Rng, int, int], Picture]] = {
    "gradient": _gradient,
    "clouds": _clouds,
    "stripes": _stripes,
    "horizon": _horizon,
    "tiles": _tiles,
    "room": _room,
    "boards": _boards,
    "bokeh": _bokeh,
}
