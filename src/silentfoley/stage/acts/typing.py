"""Typing: two hands on a keyboard; a finger strikes, the key sinks and comes back, a sign appears on the screen."""

from __future__ import annotations

from typing import Any

import numpy as np

from silentfoley.stage.act import Act, ActPlan, Event, Rng
from silentfoley.stage.canvas import Canvas
from silentfoley.stage.motion import Strokes, draw_beats, draw_strokes, inside, last_before, shift
from silentfoley.stage.palette import draw_colour, draw_skin, shaded

#: Top of the keys, number of fingers, and their places across.
KEY_Y = 0.76
_FINGERS = np.array([0.12, 0.22, 0.32, 0.42, 0.58, 0.68, 0.78, 0.88])
_KEYBOARDS = ("mechanical", "membrane", "laptop", "typewriter")
_SIGNS = 12


class Typing(Act):
    """Hands seen from in front, over the edge of the desk; ``variant`` is the keyboard. Decoys hover over the keys."""

    label = "typing"
    #: Text runs from left to right.
    mirrors = False

    def plan(self, rng: Rng, duration_s: float, *, silent: bool = False, level: float = 0.5) -> ActPlan:
        """Draw a performance in bursts and pauses; ``level`` makes typing faster."""
        pace = float(rng.uniform(0.24 - 0.08 * level, 0.32 - 0.1 * level))
        stop = float(rng.uniform(0.04, 0.12))

        def gap() -> float:
            pause = rng.uniform(0.4, 0.9) if rng.random() < stop else 0.0
            return float(max(0.1, pace * np.exp(rng.normal(0, 0.2 + 0.15 * level))) + pause)

        times = draw_beats(rng, duration_s, gap)
        fingers = _draw_fingers(rng, len(times))
        strokes = []
        for finger in range(len(_FINGERS)):
            own = times[fingers == finger]
            # Sentinels: a finger that has nothing to do waits above its key.
            own = np.concatenate([[times[0] - 5.0 - finger], own, [times[-1] + 5.0 + finger]])
            strokes.append(draw_strokes(rng, own, (0.12, 0.2), fall_s=0.07, gap=0.09, silent=silent, lift_s=0.3))
        params: dict[str, Any] = {
            "times": times,
            "fingers": fingers,
            "strokes": strokes,
            "signs": rng.uniform(0.45, 1.0, 64),
            "column": int(rng.integers(_SIGNS)),
            "sway": rng.uniform(0, 2 * np.pi, 2).tolist(),
            "keys": draw_colour(rng, (0.15, 0.9), (0.0, 0.5)),
            "case": draw_colour(rng, (0.1, 0.7), (0.0, 0.5)),
            "screen": draw_colour(rng, (0.05, 0.25), (0.2, 0.8)),
            "ink": draw_colour(rng, (0.85, 1.0), (0.0, 0.6)),
            "skin": draw_skin(rng),
            "sleeve": draw_colour(rng),
        }
        events = tuple(
            Event(float(times[k]), _strength(strokes[fingers[k]], float(times[k])), float(_FINGERS[fingers[k]]))
            for k in inside(times, duration_s)
        )
        keyboard = str(rng.choice(_KEYBOARDS))
        return ActPlan(self.label, duration_s, () if silent else events, None, keyboard, silent, params)

    def draw(self, canvas: Canvas, time_s: float, plan: ActPlan) -> None:
        """Screen with text, keyboard, hands."""
        p = plan.params
        _screen(canvas, p, time_s, plan.silent)
        canvas.polygon([(0.02, KEY_Y + 0.02), (0.98, KEY_Y + 0.02), (1.0, 0.9), (0.0, 0.9)], p["case"])
        for finger, x in enumerate(_FINGERS.tolist()):
            sunk = 0.0 if plan.silent else key_depth(plan, finger, time_s)
            top = KEY_Y + 0.055 * sunk
            shade = p["keys"] if sunk < 0.25 else shaded(p["keys"], 0.55)
            canvas.polygon([(x - 0.042, top), (x + 0.042, top), (x + 0.046, 0.85), (x - 0.046, 0.85)], shade)
        for hand in (0, 1):
            _hand(canvas, plan, time_s, hand)


def finger_height(plan: ActPlan, finger: int, time_s: float) -> float:
    """Height of a fingertip above its key at rest: 0 exactly when it strikes."""
    return float(plan.params["strokes"][finger].lift(time_s))


def key_depth(plan: ActPlan, finger: int, time_s: float) -> float:
    """How far a key is down: 1 at its stroke, coming back over a tenth of a second and a half."""
    age = plan.params["strokes"][finger].age(time_s)
    return float(max(0.0, 1.0 - (age / 0.16) ** 1.5)) if 0 <= age < 0.16 else 0.0


def _strength(strokes: Strokes, time_s: float) -> float:
    """The higher a finger was lifted, the harder it strikes."""
    top = float(strokes.heights[strokes.last(time_s)])
    return float(np.clip(0.25 + 0.6 * (top - 0.12) / 0.08, 0.15, 1.0))


def _draw_fingers(rng: Rng, n: int) -> np.ndarray:
    """(n,) which finger strikes: mostly hands in turn, never the same finger twice in a row."""
    fingers = [int(rng.integers(8))]
    while len(fingers) < n:
        other = (1 - fingers[-1] // 4) if rng.random() < 0.7 else fingers[-1] // 4
        finger = 4 * other + int(rng.integers(4))
        if finger != fingers[-1]:
            fingers.append(finger)
    return np.array(fingers)


def _screen(canvas: Canvas, p: dict[str, Any], t: float, silent: bool) -> None:
    """Three lines of text; the last grows with each stroke, and a full one moves up."""
    canvas.polygon([(0.08, 0.02), (0.92, 0.02), (0.92, 0.38), (0.08, 0.38)], shaded(p["case"], 0.6))
    canvas.polygon([(0.11, 0.05), (0.89, 0.05), (0.89, 0.35), (0.11, 0.35)], p["screen"])
    typed = p["column"] + (0 if silent else last_before(p["times"], t)) + 2 * _SIGNS
    line = typed // _SIGNS
    runs = []
    for row in range(3):
        shown = typed % _SIGNS if row == 2 else _SIGNS
        for i in range(shown):
            x, y = 0.14 + 0.06 * i, 0.11 + 0.09 * row
            width = 0.04 * p["signs"][(line + row) * 7 % 64 - (i * 5) % 31]
            runs.append([(x, y), (x + width, y)])
    canvas.lines(runs, 0.035, p["ink"])
    x = 0.14 + 0.06 * (typed % _SIGNS)
    canvas.line([(x, 0.26), (x, 0.32)], 0.02, shaded(p["ink"], 0.8))


def _hand(canvas: Canvas, plan: ActPlan, t: float, hand: int) -> None:
    p = plan.params
    places = _FINGERS[4 * hand : 4 * hand + 4]
    middle = float(places.mean())
    drift = 0.012 * np.sin(2 * np.pi * 0.45 * t + p["sway"][hand])
    knuckle = np.array([middle + drift, KEY_Y - 0.24 + 0.5 * drift])
    out = -0.14 if hand == 0 else 0.14
    elbow = np.array([middle + 2.0 * out, KEY_Y - 0.08])
    canvas.limb(np.stack([elbow, shift(knuckle, 0.3 * out, -0.03)]), (0.16, 0.12), p["sleeve"])
    canvas.ellipse(knuckle, (0.17, 0.07), p["skin"])
    runs = np.empty((4, 3, 2))
    for finger in range(4):
        stroke: Strokes = p["strokes"][4 * hand + finger]
        pressed = 0.0 if plan.silent else 0.055 * key_depth(plan, 4 * hand + finger, t)
        lift = stroke.lift(t)
        base_x, base_y = knuckle[0] + (finger - 1.5) * 0.085, knuckle[1] + 0.01
        tip_x, tip_y = places[finger], KEY_Y - 0.025 - lift + pressed
        # The middle joint stands out in front of a straight line.
        joint = (0.5 * (base_x + tip_x) + 0.12 * out, 0.5 * (base_y + tip_y) - 0.06 - 0.3 * lift)
        runs[finger] = (base_x, base_y), joint, (tip_x, tip_y)
    canvas.lines(runs[::2], 0.052, shaded(p["skin"], 0.93))
    canvas.lines(runs[1::2], 0.052, shaded(p["skin"], 0.88))
