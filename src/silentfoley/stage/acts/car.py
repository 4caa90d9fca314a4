"""Car: it comes into view, passes and leaves; loudest where it is nearest."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from silentfoley.stage.act import Act, ActPlan, Event, Rng
from silentfoley.stage.canvas import Canvas, Colour
from silentfoley.stage.paint import Floats, discs, light, puffs, shape, strokes, xy
from silentfoley.stage.palette import draw_colour, shaded
from silentfoley.stage.spans import envelope_times

#: Level below which a passing car counts as silent (ours).
_FAINT = 0.04
#: Seconds between puffs of dust, and how long one lasts.
_PUFF_GAP_S, _PUFF_S = 0.09, 0.8
_GROUND = 0.9


@dataclass(frozen=True)
class Body:
    """A car in profile, nose to the right; the origin is on the ground under its middle, lengths in boxes.

    Attributes:
        hull: (N, 2) outline. windows: filled panes. wheels: x of rear and front axle. wheel: radius.
        lamp, tail: where the lights are.
        face: (half width, height, roof's share of the width) seen from the front.
    """

    hull: Floats
    windows: tuple[Floats, ...]
    wheels: tuple[float, float]
    wheel: float
    lamp: tuple[float, float]
    tail: tuple[float, float]
    face: tuple[float, float, float]


def _points(*points: tuple[float, float]) -> Floats:
    return np.array(points)


BODIES: dict[str, Body] = {
    "sedan": Body(
        _points(
            (-0.36, -0.05),
            (-0.37, -0.15),
            (-0.27, -0.17),
            (-0.17, -0.27),
            (0.06, -0.27),
            (0.17, -0.175),
            (0.33, -0.15),
            (0.37, -0.1),
            (0.36, -0.05),
        ),
        (
            _points((-0.23, -0.17), (-0.155, -0.25), (-0.06, -0.25), (-0.06, -0.17)),
            _points((-0.04, -0.17), (-0.04, -0.25), (0.05, -0.25), (0.135, -0.17)),
        ),
        (-0.22, 0.23),
        0.068,
        (0.355, -0.125),
        (-0.365, -0.135),
        (0.24, 0.36, 0.68),
    ),
    "van": Body(
        _points((-0.38, -0.05), (-0.38, -0.38), (-0.35, -0.4), (0.2, -0.4), (0.29, -0.24), (0.38, -0.2), (0.38, -0.05)),
        (
            _points((0.08, -0.23), (0.08, -0.36), (0.18, -0.36), (0.25, -0.23)),
            _points((-0.12, -0.23), (-0.12, -0.36), (0.05, -0.36), (0.05, -0.23)),
        ),
        (-0.24, 0.24),
        0.07,
        (0.37, -0.15),
        (-0.375, -0.2),
        (0.25, 0.52, 0.9),
    ),
    "racer": Body(
        _points(
            (-0.38, -0.05),
            (-0.42, -0.21),
            (-0.36, -0.22),
            (-0.33, -0.15),
            (-0.12, -0.2),
            (0.05, -0.2),
            (0.15, -0.13),
            (0.4, -0.08),
            (0.42, -0.04),
        ),
        (_points((-0.1, -0.14), (-0.08, -0.185), (0.03, -0.185), (0.1, -0.135)),),
        (-0.24, 0.25),
        0.078,
        (0.39, -0.075),
        (-0.385, -0.13),
        (0.27, 0.26, 0.55),
    ),
}


class Car(Act):
    """A ``sedan``, ``van`` or ``racer`` passes from side to side, comes towards the eye, or drives away.

    The decoys are parked where it would drive by; a shadow passes and the aerial sways.
    """

    label = "car"

    def plan(self, rng: Rng, duration_s: float, *, silent: bool = False, level: float = 0.5) -> ActPlan:
        """Draw a performance; ``level`` widens speeds."""
        variant = str(rng.choice(list(BODIES)))
        road = str(rng.choice(["side", "towards", "away"], p=[0.6, 0.2, 0.2]))
        pace = float(rng.uniform(0.65 - 0.15 * level, 0.95 + 0.3 * level)) * (1.25 if variant == "racer" else 1.0)
        pass_s = float(rng.uniform(0.22, 0.78)) * duration_s
        strength = float(rng.uniform(0.6, 1.0))
        params: dict[str, Any] = {
            "road": road,
            "pace": pace,
            "pass_s": pass_s,
            "parked_s": float(rng.uniform(0.12, 0.55) if road != "side" else rng.uniform(-0.35, 0.35)) / pace,
            "paint": draw_colour(rng, (0.3, 0.95), (0.1, 0.9)),
            "asphalt": shaded((100, 100, 104), float(rng.uniform(0.5, 1.3))),
            "glass": shaded((120, 150, 170), float(rng.uniform(0.35, 1.1))),
            "dust": shaded((200, 185, 160), float(rng.uniform(0.7, 1.15))),
            "dusty": float(rng.uniform(0.4, 0.85)),
            "lit": float(rng.choice([0.0, 0.5, 0.9])),
            "bounce": rng.uniform([3.0, 0.0], [6.0, 6.3]),
            "side": float(rng.choice([-1.0, 1.0])),
            "shadow": rng.uniform([0.2, 0.0], [0.45, 2.0]),
        }
        if silent:
            return ActPlan(self.label, duration_s, (), None, variant, True, params)
        envelope = strength * loudness(envelope_times(duration_s) - pass_s, pace)
        reach = np.sqrt(1 / _FAINT - 1) * _NEAR / pace
        start, stop = float(max(pass_s - reach, 0.0)), float(min(pass_s + reach, duration_s))
        return ActPlan(
            self.label, duration_s, (Event(start, strength, 0.5, stop - start),), envelope, variant, False, params
        )

    def draw(self, canvas: Canvas, time_s: float, plan: ActPlan) -> None:
        """The road, the car on it, its dust and lights."""
        since = plan.params["parked_s"] if plan.silent else time_s - plan.params["pass_s"]
        if plan.params["road"] == "side":
            _draw_side(canvas, since, time_s, plan)
        else:
            _draw_along(canvas, since, time_s, plan)


#: Distance in boxes at which the level has fallen to a half.
_NEAR = 0.32


def loudness(since_s: Floats, pace: float) -> Floats:
    """(E,) level in [0, 1] at times from the pass: inverse square of the distance, cut where it is faint."""
    level = 1.0 / (1.0 + (since_s * pace / _NEAR) ** 2)
    return np.asarray(np.clip((level - _FAINT) / (1.0 - _FAINT), 0.0, 1.0))


def _draw_side(canvas: Canvas, since: float, time_s: float, plan: ActPlan) -> None:
    p, body = plan.params, BODIES[str(plan.variant)]
    shape(canvas, [_points((-1.5, 0.84), (2.5, 0.84), (2.5, 0.97), (-1.5, 0.97))], p["asphalt"])
    dashes = np.arange(-1.4, 2.4, 0.3)
    strokes(canvas, np.stack([xy(dashes, 0.945), xy(dashes + 0.15, 0.945)], axis=1), 0.008, (215, 212, 200))
    x = 0.5 + p["pace"] * since
    if not -1.2 < x < 2.2:
        return
    hz, phase = p["bounce"]
    lift = 0.0 if plan.silent else 0.006 * float(np.sin(2 * np.pi * hz * time_s + phase))
    at = np.array([x, _GROUND])
    shape(canvas, [at + _points((-0.4, -0.01), (0.4, -0.01), (0.36, 0.02), (-0.36, 0.02))], shaded(p["asphalt"], 0.4))
    up = at - [0.0, lift]
    shape(canvas, [up + body.hull], p["paint"])
    shape(canvas, [up + pane for pane in body.windows], p["glass"])
    strokes(canvas, (up + _points((-0.35, -0.1), (0.35, -0.1)))[None], 0.008, shaded(p["paint"], 0.7))
    _draw_wheels(canvas, at, body, 0.0 if plan.silent else p["pace"] * since)
    lamps = up + np.array([body.lamp, body.tail])
    discs(canvas, lamps, (0.02, 0.017), [(255, 240, 180), (225, 30, 25)])
    if plan.silent:
        _draw_rest(canvas, p, up + xy(-0.25, -0.14), 0.2, time_s)
        return
    light(canvas, lamps[0] + [0.03, 0.0], 0.09, (255, 235, 170), p["lit"])
    _draw_dust(canvas, since, p, body)


def _draw_wheels(canvas: Canvas, at: Floats, body: Body, way: float) -> None:
    hubs = at + xy(np.array(body.wheels), -body.wheel)
    discs(
        canvas, np.repeat(hubs, 2, axis=0), np.array([1.0, 0.62] * 2) * body.wheel, [(22, 22, 24), (180, 180, 185)] * 2
    )
    # Three spokes: less than half their spacing passes between two frames at 15 a second.
    angle = way / body.wheel + np.arange(3) * 2 * np.pi / 3
    spokes = 0.62 * body.wheel * xy(np.cos(angle), np.sin(angle))
    runs = np.empty((2, 3, 2, 2))
    runs[:, :, 0], runs[:, :, 1] = hubs[:, None], hubs[:, None] + spokes
    strokes(canvas, runs.reshape(6, 2, 2), 0.016, (50, 50, 54))


def _draw_dust(canvas: Canvas, since: float, p: dict[str, Any], body: Body) -> None:
    newest = np.floor(since / _PUFF_GAP_S)
    born = (newest - np.arange(int(_PUFF_S / _PUFF_GAP_S))) * _PUFF_GAP_S
    age = since - born
    x = 0.5 + p["pace"] * born + body.wheels[0] - 0.07 - 0.06 * age
    y = _GROUND - 0.02 - 0.09 * age
    puffs(canvas, xy(x, y), 0.025 + 0.11 * age, p["dusty"] * (1 - age / _PUFF_S) ** 0.8, p["dust"])


def _draw_rest(canvas: Canvas, p: dict[str, Any], foot: Floats, tall: float, time_s: float) -> None:
    """The aerial sways on its foot; somebody's shadow wanders over the car."""
    tip = foot + _points((0.1 * np.sin(3.0 * time_s) - 0.06, -1.0)) * tall
    strokes(canvas, np.concatenate([foot[None], tip])[None], 0.0, (30, 30, 30))
    speed, phase = p["shadow"]
    x = (speed * time_s + phase) % 2.0 - 0.5
    height = np.array([0.0, 0.1, 0.2, 0.29])
    step = 0.02 * np.sin(6.0 * time_s + height * 9)
    puffs(canvas, xy(x + step, 0.88 - height), np.array([0.05, 0.06, 0.065, 0.045]), np.full(4, 0.45), (18, 18, 24))


def _draw_along(canvas: Canvas, since: float, time_s: float, plan: ActPlan) -> None:
    """A road into the distance; the car on it seen from the front, or from behind as it leaves."""
    p, body = plan.params, BODIES[str(plan.variant)]
    side, far = p["side"], _points((0.5, 0.42))[0]
    road = _points((0.49, 0.42), (0.51, 0.42), (1.15, 1.0), (-0.15, 1.0))
    shape(canvas, [road], p["asphalt"])
    reach = np.array([0.16, 0.26, 0.42, 0.7])
    strokes(canvas, np.stack([far + xy(0 * reach, 0.58 * reach), far + xy(0 * reach, 0.74 * reach)], axis=1), 0.01,
            (215, 212, 200))  # fmt: skip
    towards = p["road"] == "towards"
    ahead = abs(since) if plan.silent else (-since if towards else since)
    distance = 0.55 + 3.2 * p["pace"] * ahead
    if not 0.5 < distance < 14.0:
        return
    size = 1.0 / distance
    hz, phase = p["bounce"]
    jolt = 0.0 if plan.silent else 0.012 * float(np.sin(2 * np.pi * hz * time_s + phase))
    at = far + np.array([0.3 * side * size, (0.4 + jolt) * size])
    _draw_face(canvas, at, size, body, p, towards)
    if plan.silent:
        _draw_rest(canvas, p, at - [0.0, 0.9 * size * body.face[1]], 0.25 * size, time_s)


def _draw_face(canvas: Canvas, at: Floats, size: float, body: Body, p: dict[str, Any], towards: bool) -> None:
    half, tall, roof = body.face
    half, tall = half * size, tall * size
    shape(
        canvas, [at + xy(half * np.array([-1.1, 1.1, 0.95, -0.95]), size * np.array([0, 0, 0.03, 0.03]))], (20, 20, 22)
    )
    tyre = np.array([(-0.95, 0.0), (-0.95, -0.3), (-0.62, -0.3), (-0.62, 0.0)]) * [half, tall]
    shape(canvas, [at + tyre, at + tyre * [-1, 1]], (25, 25, 28))
    hull = [(-1, -0.1), (-1, -0.52), (-0.92, -0.58), (-roof, -1), (roof, -1), (0.92, -0.58), (1, -0.52), (1, -0.1)]
    shape(canvas, [at + np.array(hull) * [half, tall]], p["paint"])
    pane = [(-0.8, -0.58), (-roof * 0.88, -0.93), (roof * 0.88, -0.93), (0.8, -0.58)]
    shape(canvas, [at + np.array(pane) * [half, tall]], p["glass"])
    strokes(
        canvas, at + np.array([[(-0.45, -0.26), (0.45, -0.26)]]) * [half, tall], 0.05 * size, shaded(p["paint"], 0.4)
    )
    lamps = at + np.array([(-0.75, -0.36), (0.75, -0.36)]) * [half, tall]
    colour: Colour = (255, 240, 190) if towards else (225, 30, 25)
    discs(canvas, lamps, np.full(2, 0.05 * size), [colour] * 2)
    if p["lit"]:
        for lamp in lamps:
            light(canvas, lamp, 0.1 * min(size, 1.5), colour, p["lit"])
