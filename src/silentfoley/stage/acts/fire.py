"""Fire: flames rise, narrow and tear off; sparks fly up."""

from __future__ import annotations

from typing import Any, cast

import cv2
import numpy as np
from numpy.typing import NDArray

from silentfoley.stage.act import Act, ActPlan, Rng
from silentfoley.stage.canvas import Canvas, Colour
from silentfoley.stage.paint import Floats, Pixels, flow, light, paste, ramp, shape, strokes, tile_noise, untinted, xy
from silentfoley.stage.spans import Span, draw_span

Grid = NDArray[np.float32]
_ROWS, _COLUMNS = 64, 48
_ROWS_PER_S, _TILE_ROWS = 70.0, 256
#: Heights of the grid rows, 0 at the foot of the flame to 1 at the top of the texture.
_HEIGHT = ((np.arange(_ROWS)[::-1] + 0.5) / _ROWS)[:, None]


class Fire(Act):
    """A fire that burns, lights up or dies: ``camp``, ``torch`` or ``hearth``.

    The decoys smoulder without flame, or show flames that only sway, as of silk in a lamp.
    """

    label = "fire"

    def plan(self, rng: Rng, duration_s: float, *, silent: bool = False, level: float = 0.5) -> ActPlan:
        """Draw a performance; ``level`` widens size, lean and swell."""
        variant = str(rng.choice(["camp", "torch", "hearth"]))
        span = draw_span(rng, duration_s, level, attack_s=0.6, release_s=0.8)
        strength = float(rng.uniform(0.5, 1.0))
        width = float({"camp": rng.uniform(0.42, 0.6), "torch": rng.uniform(0.24, 0.34)}.get(variant, 0.44))
        delay, across, heat = _draw_flame(rng, width, level)
        params: dict[str, Any] = {
            "span": span,
            "strength": strength,
            "delay_s": delay,
            "across": across,
            "heat": heat,
            "noise": tile_noise(rng, _TILE_ROWS, 64, 15.0, 6.0),
            "flame": _flame_ramp(rng),
            "smoke": ramp([(0.0, (120, 120, 120), 0.0), (0.45, (150, 148, 146), 0.0), (1.0, (205, 203, 200), 0.5)]),
            "tall": float(rng.uniform(0.55, 0.75)),
            "lean": float(rng.normal(0.0, 1.0 + 3.0 * level)),
            "flicker": rng.uniform([5.0, 11.0, 0.0, 0.0], [8.0, 17.0, 6.3, 6.3]),
            "sparks": rng.random((int(rng.integers(0, 13)), 4)),
            "wood": tuple(int(v) for v in rng.integers([50, 32, 18], [110, 75, 50])),
            "stone": tuple(int(v) for v in rng.integers([70, 55, 50], [150, 110, 100])),
            "logs": rng.normal(0.0, 0.03, (4, 2, 2)),
            "still_s": float(rng.uniform(3.0, 9.0)),
            "out": bool(rng.random() < 0.35),
        }
        events = () if silent else (span.event(duration_s, strength),)
        envelope = None if silent else span.envelope(duration_s) * strength
        return ActPlan(self.label, duration_s, events, envelope, variant, silent, params)

    def draw(self, canvas: Canvas, time_s: float, plan: ActPlan) -> None:
        """Hearth, wood, flame, sparks and the light they cast."""
        p = plan.params
        span, clock = p["span"], time_s
        if plan.silent:
            span, clock = Span(swell_depth=0.0), p["still_s"]
        foot = _draw_fuel(canvas, p, str(plan.variant))
        if plan.silent and p["out"]:
            _draw_smoke(canvas, p, time_s, foot)
            return
        level = float(span.level(clock)) * p["strength"]
        slow, fast, a, b = p["flicker"]
        flicker = 1.0 + 0.12 * np.sin(slow * clock + a) + 0.08 * np.sin(fast * clock + b)
        sway = 2.0 * np.sin(2.2 * time_s) if plan.silent else 0.0
        if level > 0.02:
            light(canvas, (0.5, foot - 0.2), 0.34, (150, 74, 20), 0.55 * level * flicker)
            flame = _flame(p, clock, -150.0 * (1.0 - level * flicker), sway)
            paste(canvas, flame, 0.1, foot - p["tall"], 0.8, p["tall"])
        if not plan.silent:
            _draw_sparks(canvas, p["sparks"], span, time_s, foot, 0.45 if plan.variant == "hearth" else 1.0)


def _draw_flame(rng: Rng, width: float, level: float) -> tuple[Grid, Grid, NDArray[np.int16]]:
    """Delay since the foot (rows, columns) in seconds, noise column, and heat bias (int16)."""
    x = np.linspace(-1.0, 1.0, _COLUMNS)[None, :] * 0.4
    speed, lift = float(rng.uniform(0.5, 0.65)), float(rng.uniform(0.8, 1.4))
    delay = (np.sqrt(speed**2 + 2 * lift * _HEIGHT) - speed) / lift
    # Flames narrow as they rise: threads of noise run together.
    half = 0.5 * width * (1.0 - 0.7 * _HEIGHT ** float(rng.uniform(0.9, 1.3 + 0.4 * level)))
    side = x / half
    across = 24.0 * width * side
    core = np.exp(-1.2 * side**2)
    heat = 255.0 * (1.15 * core * (1.0 - _HEIGHT) ** 0.8 - 0.5 - 0.28 * _HEIGHT)
    heat -= 600.0 * np.maximum(np.abs(side) - 1.4, 0)
    heat -= 700.0 * np.maximum(0.03 - _HEIGHT, 0) / 0.03
    tile = np.broadcast_to(delay, across.shape)
    return tile.astype(np.float32), across.astype(np.float32), np.clip(heat, -500, 255).astype(np.int16)


def _flame(p: dict[str, Any], time_s: float, cool: float, sway: float) -> Pixels:
    """(rows, columns, 4) premultiplied flame."""
    along = (p["delay_s"] - np.float32(time_s)) * np.float32(_ROWS_PER_S)
    lick = 2.5 * np.sin(9.0 * (p["delay_s"][:, :1] - time_s)) + p["lean"] * _HEIGHT + sway
    across = p["across"] + (lick * _HEIGHT).astype(np.float32)
    noise = flow(p["noise"], across % np.float32(64.0), along % np.float32(_TILE_ROWS))
    bias = cv2.add(p["heat"], (cool * (0.25 + 0.9 * _HEIGHT) * np.ones(_COLUMNS)).astype(np.int16))
    return np.take(p["flame"], cast(Pixels, cv2.add(noise, bias, dtype=cv2.CV_8U)), axis=0)


def _flame_ramp(rng: Rng) -> Pixels:
    warm = float(rng.uniform(-20, 20))

    def at(r: float, g: float, b: float) -> Colour:
        return int(r), int(np.clip(g + warm, 0, 255)), int(np.clip(b + 0.5 * warm, 0, 255))

    return ramp(
        [
            (0.0, at(120, 20, 0), 0.0),
            (0.08, at(190, 45, 5), 0.35),
            (0.25, at(235, 90, 10), 0.85),
            (0.5, at(255, 165, 35), 0.95),
            (0.8, at(255, 225, 110), 1.0),
            (1.0, (255, 252, 215), 1.0),
        ]
    )


def _draw_smoke(canvas: Canvas, p: dict[str, Any], time_s: float, foot: float) -> None:
    """A thin plume that rises slowly, over embers that breathe."""
    along = (p["delay_s"] - np.float32(0.3 * time_s)) * np.float32(_ROWS_PER_S)
    across = p["across"] * np.float32(0.6)
    noise = flow(p["noise"], across % np.float32(64.0), along % np.float32(_TILE_ROWS))
    thin = np.minimum(p["heat"] // 2 + 60, 10).astype(np.int16)
    plume = np.take(p["smoke"], cast(Pixels, cv2.add(noise, thin, dtype=cv2.CV_8U)), axis=0)
    paste(canvas, cast(Pixels, plume), 0.1, foot - p["tall"], 0.8, p["tall"])
    light(canvas, (0.5, foot), 0.08, (220, 60, 10), 0.5 + 0.2 * float(np.sin(1.5 * time_s)))


def _draw_sparks(canvas: Canvas, seeds: Floats, span: Span, time_s: float, foot: float, reach: float) -> None:
    life = 0.7 + 0.6 * seeds[:, 0]
    turns = time_s / life + seeds[:, 1]
    turn = np.floor(turns)
    age = (turns - turn) * life
    lit = span.level(time_s - age) > 0.15
    drift = (seeds[:, 2] + 0.618 * turn) % 1.0 - 0.5

    def place(at: Floats) -> Floats:
        wind = 0.02 * np.sin(9.0 * at + 6.3 * seeds[:, 3])
        return xy(0.5 + drift * (0.25 + 0.35 * at) + wind, foot - 0.1 - reach * (0.65 + 0.3 * seeds[:, 3]) * at)

    trail = np.empty((len(seeds), 2, 2))
    trail[:, 0], trail[:, 1] = place(age), place(age - 0.035)
    bright = lit & (age < 0.55 * life)
    glowing = untinted(canvas)
    strokes(glowing, trail[bright], 0.014, (255, 214, 120))
    strokes(glowing, trail[lit & ~bright], 0.006, (230, 110, 40))


def _draw_fuel(canvas: Canvas, p: dict[str, Any], variant: str) -> float:
    """What burns; returns the height y of the flame's foot."""
    wood = p["wood"]
    pale: Colour = tuple(min(255, int(1.4 * c)) for c in wood)  # type: ignore[assignment]
    if variant == "torch":
        canvas.polygon([(0.46, 0.62), (0.54, 0.62), (0.52, 1.0), (0.48, 1.0)], wood)
        canvas.polygon([(0.42, 0.55), (0.58, 0.55), (0.55, 0.66), (0.45, 0.66)], pale)
        return 0.6
    if variant == "hearth":
        _draw_hearth(canvas, p["stone"])
    logs = np.array([[(0.24, 0.9), (0.66, 0.8)], [(0.34, 0.8), (0.78, 0.9)], [(0.28, 0.88), (0.74, 0.88)]])
    strokes(canvas, logs[:2] + p["logs"][:2], 0.07, wood)
    strokes(canvas, logs[2:] + p["logs"][2:3], 0.06, pale)
    return 0.86


def _draw_hearth(canvas: Canvas, stone: Colour) -> None:
    arch = np.linspace(np.pi, 0.0, 9)
    opening = [(0.18, 0.95), *zip(0.5 + 0.32 * np.cos(arch), 0.4 - 0.18 * np.sin(arch), strict=True), (0.82, 0.95)]
    canvas.polygon([(0.0, 0.08), (1.0, 0.08), (1.0, 0.97), (0.0, 0.97)], stone)
    dark: Colour = tuple(int(0.72 * c) for c in stone)  # type: ignore[assignment]
    rows = np.arange(0.08, 0.97, 0.1)
    strokes(canvas, np.stack([xy(0.0 * rows, rows), xy(0.0 * rows + 1.0, rows)], axis=1), 0.0, dark)
    shape(canvas, [np.array(opening)], (26, 20, 18))
