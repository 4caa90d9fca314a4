"""Impact: a hammer on a block, a ball on the floor, a stick on a drum, a fist on a table."""

from __future__ import annotations

from typing import Any

import numpy as np

from silentfoley.stage.act import Act, ActPlan, Event, Rng
from silentfoley.stage.canvas import Canvas
from silentfoley.stage.motion import MARGIN_S, Strokes, burst, draw_beats, draw_strokes, inside
from silentfoley.stage.palette import draw_colour, draw_skin, shaded

#: What strikes, and the matter it sounds like.
_MATTER = {"hammer": "metal", "ball": "plastic", "stick": "drum", "fist": "wood"}
#: Gravity for the ball in boxes per second squared (ours; a box is about a metre and a half).
_GRAVITY = 6.5
_FLOOR = 0.88


class Impact(Act):
    """Things that strike things. ``variant`` names the matter; decoys stop a visible way short of it."""

    label = "impact"

    def plan(self, rng: Rng, duration_s: float, *, silent: bool = False, level: float = 0.5) -> ActPlan:
        """Draw a performance; ``level`` makes strokes quicker and less even."""
        kind = str(rng.choice(list(_MATTER)))
        times, heights = _draw_bounces(rng, duration_s) if kind == "ball" else _draw_blows(rng, duration_s, level)
        gap = float(rng.uniform(0.3, 0.4))
        if silent and kind == "ball":
            # A ball on a string cannot bounce: it drops once in a while and is caught.
            times, heights = _draw_blows(rng, duration_s, level)
        strokes = draw_strokes(rng, times, (0.6, 1.0), fall_s=float(rng.uniform(0.09, 0.14)), gap=gap, silent=silent)
        if not silent:
            strokes = Strokes(times, heights, strokes.fall_s)
        params: dict[str, Any] = {
            "kind": kind,
            "strokes": strokes,
            "tool": draw_colour(rng, (0.35, 0.95)),
            "base": draw_colour(rng, (0.3, 0.8)),
            "skin": draw_skin(rng),
            "sleeve": draw_colour(rng),
            "spark": draw_colour(rng, (0.9, 1.0), (0.0, 0.5)),
        }
        events = tuple(
            Event(float(times[k]), float(np.clip(0.25 + 0.75 * heights[k], 0, 1)), 0.45)
            for k in inside(times, duration_s)
        )
        return ActPlan(self.label, duration_s, () if silent else events, None, _MATTER[kind], silent, params)

    def draw(self, canvas: Canvas, time_s: float, plan: ActPlan) -> None:
        """Draw what is struck, what strikes, and, for a moment after contact, the jolt."""
        p = plan.params
        {"hammer": _hammer, "ball": _ball, "stick": _stick, "fist": _fist}[p["kind"]](canvas, time_s, p, plan.silent)


def _draw_blows(rng: Rng, duration_s: float, level: float) -> tuple[np.ndarray, np.ndarray]:
    pace, spread = rng.uniform(0.95 - 0.45 * level, 1.0 - 0.25 * level), 0.06 + 0.2 * level
    times = draw_beats(rng, duration_s, lambda: float(pace * np.exp(rng.normal(0, spread))))
    return times, rng.uniform(0.4, 1.0, len(times))


def _draw_bounces(rng: Rng, duration_s: float) -> tuple[np.ndarray, np.ndarray]:
    """Falls from full height, then two or three bounces that shrink, then a hand that lifts the ball again.

    Heights are those reached before each contact. A contact after a lift by hand is marked by its height above 0.9.
    """
    ratio = rng.uniform(0.45, 0.6)
    times, heights = [-MARGIN_S - 2.0 * rng.random()], [1.0]
    while times[-1] < duration_s + MARGIN_S:
        top = heights[-1] * ratio
        if top < 0.15:
            times.append(times[-1] + float(rng.uniform(1.0, 1.4)))
            heights.append(float(rng.uniform(0.91, 1.0)))
            continue
        times.append(times[-1] + 2 * _flight_s(top))
        heights.append(top)
    return np.array(times), np.array(heights)


def _flight_s(height: float) -> float:
    """Seconds to fall ``height`` lifts; a lift of 1 is 0.6 of the box."""
    return float(np.sqrt(2 * 0.6 * height / _GRAVITY))


def ball_height(strokes: Strokes, time_s: float) -> tuple[float, bool]:
    """Height of the ball in lifts, 0 exactly at each contact, and whether a hand holds it."""
    k = strokes.last(time_s)
    start, end, top = float(strokes.times[k]), float(strokes.times[k + 1]), float(strokes.heights[k + 1])
    fall = _flight_s(top)
    if time_s > end - fall:
        return top * (1.0 - ((time_s - end + fall) / fall) ** 2), False
    if top < 0.9:
        return top * (1.0 - ((start + fall - time_s) / fall) ** 2), False
    u = (time_s - start) / max(end - fall - start, 1e-6)
    # A last small hop, caught at its top and lifted slowly.
    hop, at = 0.1, 0.15
    if u < at:
        return hop * (1.0 - (1.0 - u / at) ** 2), False
    v = (u - at) / (1 - at)
    return hop + (top - hop) * v * v * (3 - 2 * v), True


def _hammer(canvas: Canvas, t: float, p: dict[str, Any], silent: bool) -> None:
    strokes: Strokes = p["strokes"]
    canvas.polygon([(0.16, 0.7), (0.66, 0.7), (0.6, 0.78), (0.62, 0.9), (0.2, 0.9), (0.22, 0.78)], p["base"])
    canvas.polygon([(0.16, 0.7), (0.66, 0.7), (0.65, 0.73), (0.17, 0.73)], shaded(p["base"], 1.35))
    turn = 1.15 * strokes.lift(t)
    c, s = np.cos(turn), np.sin(turn)
    pivot = np.array([0.9, 0.58])

    def at(points: list[tuple[float, float]]) -> np.ndarray:
        return np.asarray(pivot + np.asarray(points) @ np.array([[c, s], [-s, c]]))

    canvas.line(np.array([(1.02, 0.9), pivot]), 0.13, p["sleeve"])
    canvas.line(at([(0.05, 0.0), (-0.47, 0.0)]), 0.05, shaded((150, 105, 60), 0.9))
    canvas.polygon(at([(-0.57, -0.14), (-0.4, -0.14), (-0.38, 0.12), (-0.59, 0.12)]), p["tool"])
    canvas.polygon(at([(-0.59, 0.05), (-0.38, 0.05), (-0.38, 0.12), (-0.59, 0.12)]), shaded(p["tool"], 0.6))
    canvas.circle(pivot, 0.075, p["skin"])
    if not silent:
        burst(canvas, (0.42, 0.7), strokes.age(t), life_s=0.16, reach=0.26, colour=p["spark"], width=0.022)


def _ball(canvas: Canvas, t: float, p: dict[str, Any], silent: bool) -> None:
    strokes: Strokes = p["strokes"]
    canvas.polygon([(0.08, _FLOOR), (0.92, _FLOOR), (0.96, 0.96), (0.04, 0.96)], p["base"])
    lift, held = (strokes.lift(t), True) if silent else ball_height(strokes, t)
    radius = 0.14
    age = strokes.age(t)
    squash = 0.0 if silent or age > 0.08 else 0.4 * (1 - age / 0.08)
    y = _FLOOR - radius * (1 - squash) - 0.6 * lift
    canvas.ellipse((0.45, _FLOOR + 0.03), (0.15 - 0.07 * lift, 0.025), shaded(p["base"], 0.5))
    if held:
        canvas.line([(0.98, -0.02), (0.66, y - 0.12), (0.52, y - 0.06)], 0.09, p["sleeve"])
        canvas.circle((0.52, y - 0.09), 0.075, p["skin"])
    canvas.ellipse((0.45, y), (radius * (1 + squash), radius * (1 - squash)), p["tool"])
    canvas.ellipse((0.41, y - 0.05), (0.04, 0.03), shaded(p["tool"], 1.5))
    if not silent:
        burst(canvas, (0.45, _FLOOR), age, life_s=0.16, reach=0.28, colour=p["spark"], width=0.022, rays=6)


def _stick(canvas: Canvas, t: float, p: dict[str, Any], silent: bool) -> None:
    strokes: Strokes = p["strokes"]
    canvas.polygon([(0.12, 0.66), (0.72, 0.66), (0.68, 0.9), (0.16, 0.9)], p["base"])
    canvas.line([(0.14, 0.76), (0.28, 0.88), (0.42, 0.76), (0.56, 0.88), (0.7, 0.76)], 0.015, shaded(p["base"], 0.5))
    canvas.ellipse((0.42, 0.66), (0.3, 0.08), shaded(p["base"], 0.6))
    canvas.ellipse((0.42, 0.65), (0.28, 0.065), (235, 228, 215))
    age = strokes.age(t)
    if not silent and age < 0.18:
        size = 0.28 * (age / 0.18) ** 0.7
        canvas.ellipse((0.42, 0.65), (size, 0.24 * size), p["spark"])
        canvas.ellipse((0.42, 0.65), (0.7 * size, 0.17 * size), (170, 160, 150))
    turn = 1.0 * strokes.lift(t)
    pivot = np.array([0.93, 0.5])
    tip = pivot + 0.53 * np.array([-np.cos(0.28 - turn), np.sin(0.28 - turn)])
    canvas.line(np.array([(1.03, 0.85), pivot]), 0.12, p["sleeve"])
    canvas.line([pivot, tip], 0.045, p["tool"])
    canvas.circle(tip, 0.04, shaded(p["tool"], 1.3))
    canvas.circle(pivot, 0.07, p["skin"])


def _fist(canvas: Canvas, t: float, p: dict[str, Any], silent: bool) -> None:
    strokes: Strokes = p["strokes"]
    age = strokes.age(t)
    canvas.polygon([(0.2, 0.8), (0.28, 0.8), (0.27, 0.97), (0.21, 0.97)], shaded(p["base"], 0.6))
    canvas.polygon([(0.72, 0.8), (0.8, 0.8), (0.79, 0.97), (0.73, 0.97)], shaded(p["base"], 0.6))
    canvas.polygon([(0.03, 0.74), (0.97, 0.74), (0.97, 0.82), (0.03, 0.82)], p["base"])
    # A cup that hops after each blow, and never before.
    hop = 0.0 if silent or age > 0.22 else 0.1 * np.sin(np.pi * age / 0.22)
    canvas.polygon(np.array([(0.08, 0.58), (0.22, 0.58), (0.2, 0.74), (0.1, 0.74)]) - (0.0, hop), p["tool"])
    y = 0.74 - 0.1 - 0.5 * strokes.lift(t)
    canvas.limb([(1.05, 0.62), (0.62, y)], (0.15, 0.11), p["sleeve"])
    canvas.ellipse((0.5, y), (0.12, 0.1), p["skin"])
    canvas.line([(0.42, y - 0.02), (0.56, y - 0.02)], 0.012, shaded(p["skin"], 0.6))
    if not silent:
        burst(canvas, (0.5, 0.74), age, life_s=0.15, reach=0.24, colour=p["spark"], width=0.022)
