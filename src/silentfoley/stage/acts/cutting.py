"""Cutting: a knife goes down through a vegetable onto a board; slices topple and slide away."""

from __future__ import annotations

from typing import Any

import numpy as np

from silentfoley.stage.act import Act, ActPlan, Event, Rng
from silentfoley.stage.canvas import Canvas
from silentfoley.stage.motion import Strokes, burst, draw_beats, draw_strokes, ease, inside, shift
from silentfoley.stage.palette import draw_colour, draw_skin, shaded

#: Top of the board, where the edge of the blade lies at contact, and the blade's place across.
BOARD_Y, BLADE_X = 0.78, 0.56
_SLICE_S = 0.22


class Cutting(Act):
    """A hand with a knife. A decoy hovers above the vegetable and cuts nothing."""

    label = "cutting"

    def plan(self, rng: Rng, duration_s: float, *, silent: bool = False, level: float = 0.5) -> ActPlan:
        """Draw a performance; ``level`` makes cuts quicker and less even, with pauses."""
        pace = rng.uniform(0.62 - 0.32 * level, 0.72 - 0.2 * level)

        def gap() -> float:
            pause = rng.uniform(0.5, 1.0) if rng.random() < 0.12 * level else 0.0
            return float(pace * np.exp(rng.normal(0, 0.05 + 0.12 * level)) + pause)

        times = draw_beats(rng, duration_s, gap)
        strokes = draw_strokes(rng, times, (0.28, 0.46), fall_s=0.1, gap=0.27, silent=silent)
        flesh = draw_colour(rng, (0.75, 1.0), (0.15, 0.6))
        params: dict[str, Any] = {
            "strokes": strokes,
            "thick": float(rng.uniform(0.13, 0.19)),
            "width": float(rng.uniform(0.05, 0.08)),
            "flesh": flesh,
            "peel": shaded(draw_colour(rng, (0.35, 0.85), (0.5, 1.0)), 1.0),
            "board": draw_colour(rng, (0.35, 0.8), (0.15, 0.6)),
            "steel": shaded((205, 210, 218), float(rng.uniform(0.75, 1.1))),
            "handle": draw_colour(rng, (0.12, 0.5)),
            "skin": draw_skin(rng),
            "sleeve": draw_colour(rng),
        }
        events = tuple(
            Event(float(times[k]), float(np.clip(0.3 + 1.5 * (strokes.heights[k] - 0.2) / 0.4, 0, 1)), BLADE_X)
            for k in inside(times, duration_s)
        )
        variant = "crisp" if rng.random() < 0.4 else "knife"
        return ActPlan(self.label, duration_s, () if silent else events, None, variant, silent, params)

    def draw(self, canvas: Canvas, time_s: float, plan: ActPlan) -> None:
        """Board, slices, vegetable with the hand that holds it, then the knife in front."""
        p = plan.params
        strokes: Strokes = p["strokes"]
        canvas.polygon([(0.02, BOARD_Y - 0.05), (0.98, BOARD_Y - 0.05), (1.0, 0.86), (0.0, 0.86)], p["board"])
        canvas.polygon([(0.0, 0.86), (1.0, 0.86), (1.0, 0.91), (0.0, 0.91)], shaded(p["board"], 0.6))
        k, age = strokes.last(time_s), strokes.age(time_s)
        gap_s = float(strokes.times[k + 1] - strokes.times[k])
        fed = 0.0 if plan.silent else _fed(age, gap_s)
        self._slices(canvas, p, k, age, fed, plan.silent)
        self._vegetable(canvas, p, k, fed, plan.silent)
        if not plan.silent:
            burst(canvas, (BLADE_X + 0.03, BOARD_Y - 0.02), age, life_s=0.12, reach=0.16, colour=p["flesh"], rays=5)
        _knife(canvas, p, blade_height(plan, time_s))

    def _slices(self, canvas: Canvas, p: dict[str, Any], k: int, age: float, fed: float, silent: bool) -> None:
        thick, width = p["thick"], p["width"]
        for n in range(6, -1, -1):
            # Slice n fell n cuts ago; each later cut pushes it on, until it drops off the board.
            topple = 1.0 if n or silent else ease(age / _SLICE_S)
            moved = 0.0 if silent else ease(age / _SLICE_S)
            x = BLADE_X + 0.035 + 0.075 * (n + moved) * (1.0 if n or not silent else 0.5)
            tall = 0.5 * thick * (1.0 - 0.62 * topple)
            wide = 0.5 * (width * (1 - topple) + 0.8 * thick * topple)
            drop = max(0.0, x - 0.98) * 1.5
            centre = (x + 0.03, BOARD_Y - tall - 0.012 * (n % 2) + drop)
            canvas.ellipse(centre, (wide, tall), p["peel"])
            canvas.ellipse((centre[0], centre[1] - 0.006), (0.8 * wide, 0.78 * tall), p["flesh"])

    def _vegetable(self, canvas: Canvas, p: dict[str, Any], k: int, fed: float, silent: bool) -> None:
        thick, width = p["thick"], p["width"]
        end = BLADE_X + (0.04 if silent else width * fed - 0.008)
        top, low = BOARD_Y - thick, BOARD_Y
        body = [(-0.02, top + 0.02), (0.1, top), (end, top), (end, low), (0.1, low), (-0.02, low - 0.02)]
        canvas.polygon(body, p["peel"])
        shift = 0.0 if silent else width * (k + fed)
        for i in range(5):
            x = 0.02 + (0.11 * i + shift) % 0.55
            if x < end - 0.02:
                canvas.line([(x, top + 0.015), (x + 0.015, low - 0.03)], 0.018, shaded(p["peel"], 0.7))
        canvas.ellipse((end, 0.5 * (top + low)), (0.022, 0.5 * thick), p["flesh"])
        hand = 0.2 + (0.02 if silent else width * (fed - 0.5))
        canvas.limb([(-0.06, 0.42), (hand, top + 0.0)], (0.17, 0.12), p["sleeve"])
        for finger in range(3):
            x = hand - 0.03 + 0.05 * finger
            canvas.line([(x - 0.02, top - 0.03), (x + 0.03, top + 0.06)], 0.05, shaded(p["skin"], 1 - 0.07 * finger))


def _fed(age: float, gap_s: float) -> float:
    """How far the vegetable was pushed on since the last cut: still while the knife is in it, then slowly to 1."""
    return ease((age / gap_s - 0.25) / 0.5)


def blade_height(plan: ActPlan, time_s: float) -> float:
    """Height of the edge above the board in boxes: 0 exactly at the events."""
    return float(plan.params["strokes"].lift(time_s))


def _knife(canvas: Canvas, p: dict[str, Any], height: float) -> None:
    # The handle end swings higher than the tip: the blade rocks.
    tilt = 0.35 * height
    tip = np.array([BLADE_X - 0.06, BOARD_Y + 0.035 - 0.75 * height])
    heel = np.array([BLADE_X + 0.2, BOARD_Y - 0.075 - height - 0.2 * tilt])
    up = np.array([-0.03, -0.2])
    # The edge crosses the board where the vegetable is cut.
    canvas.polygon([tip, heel, heel + up, tip + 0.55 * up], p["steel"])
    canvas.line([tip, heel], 0.012, (245, 248, 250))
    back = heel + 0.55 * up
    grip = back + np.array([0.2, -0.11])
    canvas.line([back, grip], 0.075, p["handle"])
    canvas.limb(np.array([shift(grip, -0.03, -0.01), (1.12, grip[1] - 0.02)]), (0.14, 0.17), p["sleeve"])
    canvas.ellipse(grip - (0.05, 0.01), (0.1, 0.075), p["skin"], angle_rad=-0.5)
