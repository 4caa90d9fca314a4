"""Colours that acts draw for themselves."""

from __future__ import annotations

import colorsys

import numpy as np

from silentfoley.stage.canvas import Colour

Rng = np.random.Generator
#: Skins and hides, from light to dark.
_SKINS: tuple[Colour, ...] = ((241, 205, 175), (224, 172, 133), (190, 134, 92), (141, 91, 58), (92, 58, 40))


def draw_colour(
    rng: Rng, value: tuple[float, float] = (0.25, 0.95), saturation: tuple[float, float] = (0.2, 0.9)
) -> Colour:
    """Any hue, with value and saturation in ranges within [0, 1]."""
    r, g, b = colorsys.hsv_to_rgb(rng.random(), rng.uniform(*saturation), rng.uniform(*value))
    return round(255 * r), round(255 * g), round(255 * b)


def draw_skin(rng: Rng) -> Colour:
    """A skin colour."""
    return _SKINS[int(rng.integers(len(_SKINS)))]


def shaded(colour: Colour, gain: float) -> Colour:
    """``colour`` lighter (gain above 1) or darker."""
    r, g, b = (min(255, round(c * gain)) for c in colour)
    return r, g, b
