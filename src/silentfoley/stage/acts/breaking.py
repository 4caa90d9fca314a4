"""Breaking: a vase, glass or plate falls, shatters where it lands, and its shards fly and settle; then the next."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from silentfoley.stage.act import Act, ActPlan, Event, Rng
from silentfoley.stage.canvas import Canvas
from silentfoley.stage.motion import Strokes, burst, draw_beats, ease, inside, last_before
from silentfoley.stage.palette import draw_colour, draw_skin, shaded

FLOOR_Y = 0.88
#: Height of the shelf, gravity in boxes per second squared, and where things stand across.
_SHELF_Y, _GRAVITY, _X = 0.34, 8.0, 0.5
_SHARDS = 11

#: Right halves of outlines from the rim down to the foot, at the origin.
_HALVES: dict[str, list[tuple[float, float]]] = {
    "vase": [(0.05, -0.3), (0.035, -0.23), (0.11, -0.12), (0.08, 0.0)],
    "glass": [(0.1, -0.28), (0.08, -0.14), (0.015, -0.1), (0.015, -0.03), (0.07, 0.0)],
    "pot": [(0.12, -0.22), (0.1, -0.17), (0.08, 0.0)],
    "plate": [(0.035, -0.3), (0.055, -0.22), (0.055, -0.08), (0.035, 0.0)],
}
#: Closed outlines that start with both ends of the rim.
_OUTLINES = {
    name: np.array([(-half[0][0], half[0][1]), *half, *[(-x, y) for x, y in half[:0:-1]]])
    for name, half in _HALVES.items()
}
_MATTER = {"vase": "ceramic", "glass": "glass", "plate": "ceramic", "pot": "ceramic"}


@dataclass(frozen=True)
class Fall:
    """One thing from shelf to shards.

    Attributes:
        fly: (S, 2) speed of the shards at contact, boxes per second, y down.
        spin: (S,) radians per second.
        corners: (S, 3, 2) triangles about their middles.
        shade: (S,) lightness.
        roll: radians the thing turns while it falls.
    """

    fly: np.ndarray
    spin: np.ndarray
    corners: np.ndarray
    shade: np.ndarray
    roll: float


class Breaking(Act):
    """Things fall from a shelf one after the other. In a decoy a hand catches each well above the floor."""

    label = "breaking"

    def plan(self, rng: Rng, duration_s: float, *, silent: bool = False, level: float = 0.5) -> ActPlan:
        """Draw a performance; ``level`` makes falls follow each other faster."""
        pace = float(rng.uniform(1.5 - 0.3 * level, 2.0 - 0.3 * level))
        times = draw_beats(rng, duration_s, lambda: float(pace * np.exp(rng.normal(0, 0.05 + 0.1 * level))))
        kind = str(rng.choice(list(_OUTLINES)))
        falls = [_draw_fall(rng) for _ in times]
        strengths = np.clip([0.35 + 0.9 * float(np.abs(f.fly).mean() - 0.5) for f in falls], 0.3, 1.0)
        params: dict[str, Any] = {
            "times": times,
            "falls": falls,
            "kind": kind,
            "catch": Strokes(times, np.full(len(times), 1.0), 0.26, gap=0.4),
            "thing": draw_colour(rng, (0.5, 1.0), (0.15, 0.9)),
            "band": draw_colour(rng, (0.3, 1.0)),
            "floor": draw_colour(rng, (0.25, 0.7), (0.1, 0.5)),
            "shelf": draw_colour(rng, (0.25, 0.6), (0.2, 0.7)),
            "skin": draw_skin(rng),
            "sleeve": draw_colour(rng),
        }
        events = tuple(Event(float(times[k]), float(strengths[k]), _X) for k in inside(times, duration_s))
        return ActPlan(self.label, duration_s, () if silent else events, None, _MATTER[kind], silent, params)

    def draw(self, canvas: Canvas, time_s: float, plan: ActPlan) -> None:
        """Shelf and floor, shards of the last thing, then the next one where it is."""
        p = plan.params
        canvas.polygon([(0.02, FLOOR_Y), (0.98, FLOOR_Y), (1.0, 0.96), (0.0, 0.96)], p["floor"])
        canvas.polygon(
            [(-0.05, _SHELF_Y), (0.36, _SHELF_Y), (0.36, _SHELF_Y + 0.05), (-0.05, _SHELF_Y + 0.05)], p["shelf"]
        )
        k = last_before(p["times"], time_s)
        age, left = float(time_s - p["times"][k]), float(p["times"][k + 1] - time_s)
        if plan.silent:
            _caught(canvas, p, p["catch"].lift(time_s))
            return
        x, y, turn = thing_pose(plan, time_s)
        _thing(canvas, p, x, y, turn)
        _shards(canvas, p, p["falls"][k], age, age + left)
        burst(canvas, (_X, FLOOR_Y), age, life_s=0.14, reach=0.3, colour=shaded(p["thing"], 1.4), width=0.02, rays=8)


def thing_pose(plan: ActPlan, time_s: float) -> tuple[float, float, float]:
    """Foot of the next thing (x, y) and its turn in radians; y is the floor's exactly at the contact."""
    times, falls = plan.params["times"], plan.params["falls"]
    k = last_before(times, time_s)
    left = float(times[k + 1] - time_s)
    fall_s = float(np.sqrt(2 * (FLOOR_Y - _SHELF_Y) / _GRAVITY))
    roll = float(falls[k + 1].roll)
    if left > fall_s:
        # It comes along the shelf to its edge, the faster the nearer, and tips over.
        u = min((left - fall_s) / max(float(times[k + 1] - times[k]) - fall_s, 1e-6), 1.0)
        tip = max(0.0, 1.0 - (left - fall_s) / 0.1)
        return -0.12 + (_X - 0.1) * (1.0 - u**1.4) + 0.05 * tip, _SHELF_Y, 0.25 * roll * tip
    u = 1.0 - left / fall_s
    return _X - 0.17 + 0.17 * u, _SHELF_Y + (FLOOR_Y - _SHELF_Y) * u * u, roll * (0.25 + 0.75 * u)


def _draw_fall(rng: Rng) -> Fall:
    side = np.linspace(-1.0, 1.0, _SHARDS) + rng.normal(0, 0.15, _SHARDS)
    power = rng.uniform(0.8, 1.3)
    fly = power * np.column_stack([0.75 * side, -rng.uniform(0.7, 2.0, _SHARDS) * (1.1 - 0.45 * np.abs(side))])
    angles = np.sort(rng.uniform(0, 2 * np.pi, (_SHARDS, 3)), axis=1)
    size = rng.uniform(0.03, 0.07, (_SHARDS, 1, 1))
    corners = size * np.stack([np.cos(angles), np.sin(angles)], axis=-1)
    return Fall(
        fly,
        rng.normal(0, 14, _SHARDS),
        corners,
        rng.uniform(0.7, 1.25, _SHARDS),
        float(rng.choice([-1, 1]) * rng.uniform(0.2, 0.7)),
    )


def _thing(canvas: Canvas, p: dict[str, Any], x: float, y: float, turn: float) -> None:
    c, s = np.cos(turn), np.sin(turn)
    outline = _OUTLINES[p["kind"]]
    # It turns about its middle height; its lowest point rests on y.
    turned = (outline + np.array([0.0, 0.13])) @ np.array([[c, s], [-s, c]])
    turned[:, 1] -= turned[:, 1].max()
    points = turned + np.array([x, y])
    canvas.polygon(points, p["thing"])
    canvas.line([points[0], points[1]], 0.02, p["band"])
    canvas.line([0.5 * (points[0] + points[-1]), 0.5 * (points[1] + points[2])], 0.03, p["band"])


def _shards(canvas: Canvas, p: dict[str, Any], fall: Fall, age: float, gap_s: float) -> None:
    """Each shard flies a parabola, lands, slides a little and lies; all are swept away before the next contact."""
    flight = np.maximum(-2 * fall.fly[:, 1] / _GRAVITY, 0.05)
    t = np.minimum(age, flight)
    slide = 0.1 * np.sign(fall.fly[:, 0]) * (1 - np.exp(-np.maximum(age - flight, 0) / 0.08))
    sweep = ease((age - 0.75 * gap_s) / (0.2 * gap_s))
    x = _X + fall.fly[:, 0] * t * 0.9 + slide
    y = FLOOR_Y - 0.015 + fall.fly[:, 1] * t + 0.5 * _GRAVITY * t**2
    angle = fall.spin * t
    c, s = np.cos(angle), np.sin(angle)
    turned = np.stack([c[:, None] * fall.corners[..., 0] - s[:, None] * fall.corners[..., 1],
                       s[:, None] * fall.corners[..., 0] + c[:, None] * fall.corners[..., 1]], axis=-1)  # fmt: skip
    # Lying shards are flat and, when swept, shrink away.
    flat = np.where(age > flight, 0.45, 1.0)
    turned[..., 1] *= flat[:, None]
    places = np.column_stack([x, y])[:, None] + turned * (1.0 - sweep)
    if sweep < 1.0:
        for i in range(_SHARDS):
            canvas.polygon(places[i], shaded(p["thing"], round(float(fall.shade[i]), 1)))


def _caught(canvas: Canvas, p: dict[str, Any], lift: float) -> None:
    """The thing drops fast from a hand's height and is stopped in the air by the hand that holds it, then raised."""
    y = FLOOR_Y - 0.52 * lift
    canvas.line([(1.05, y - 0.3), (_X + 0.12, y - 0.16)], 0.1, p["sleeve"])
    _thing(canvas, p, _X, y, 0.0)
    canvas.ellipse((_X + 0.07, y - 0.16), (0.075, 0.05), p["skin"])
