"""Clock: the second hand jumps on, overshoots and rings; some clocks have a pendulum or bells."""

from __future__ import annotations

from typing import Any

import numpy as np

from silentfoley.stage.act import Act, ActPlan, Event, Rng
from silentfoley.stage.canvas import Canvas
from silentfoley.stage.motion import draw_beats, inside, last_before, shift
from silentfoley.stage.palette import draw_colour, shaded

_CENTRE = np.array([0.5, 0.46])
_RADIUS = 0.4


class Clock(Act):
    """A ticking clock, seen from in front. In a decoy the hand jerks but falls back: its battery is flat."""

    label = "clock"
    #: In a mirror it would run backwards, which is how a foil is told from a lead.
    mirrors = False

    def plan(self, rng: Rng, duration_s: float, *, silent: bool = False, level: float = 0.5) -> ActPlan:
        """Draw a performance; ``level`` makes ticks quicker and uneven. The hand begins anywhere."""
        kind = str(rng.choice(["tick", "grandfather", "alarm"]))
        pace = float(rng.uniform(0.8 - 0.4 * level, 1.0 - 0.15 * level))
        times = draw_beats(rng, duration_s, lambda: float(pace * np.exp(rng.normal(0, 0.003 + 0.02 * level))))
        strengths = np.clip(rng.uniform(0.3, 0.8) + rng.normal(0, 0.05, len(times)), 0.1, 1.0)
        params: dict[str, Any] = {
            "times": times,
            "strengths": strengths,
            "step": 2 * np.pi / int(rng.choice([12, 15, 20])),
            "start": float(rng.uniform(0, 2 * np.pi)),
            "hours": float(rng.uniform(0, 2 * np.pi)),
            "minutes": float(rng.uniform(0, 2 * np.pi)),
            "kind": kind,
            "pace": pace,
            "face": draw_colour(rng, (0.8, 1.0), (0.0, 0.35)),
            "rim": draw_colour(rng, (0.15, 0.85)),
            "ink": draw_colour(rng, (0.0, 0.3), (0.0, 0.8)),
            "second": draw_colour(rng, (0.6, 0.9), (0.8, 1.0)),
            "square": bool(rng.random() < 0.35),
        }
        events = tuple(Event(float(times[k]), float(strengths[k])) for k in inside(times, duration_s))
        variant = None if kind == "tick" else kind
        return ActPlan(self.label, duration_s, () if silent else events, None, variant, silent, params)

    def draw(self, canvas: Canvas, time_s: float, plan: ActPlan) -> None:
        """Case, pendulum, dial, hands."""
        p = plan.params
        k = last_before(p["times"], time_s)
        age = float(time_s - p["times"][k])
        jolt = (
            0.0
            if plan.silent
            else (0.005 + 0.018 * p["strengths"][k]) * np.exp(-age / 0.06) * np.cos(2 * np.pi * age / 0.09)
        )
        centre = shift(_CENTRE, jolt, 0.0)
        if p["kind"] == "grandfather":
            _pendulum(canvas, p, k + min(age / p["pace"], 1.0))
        if p["kind"] == "alarm":
            for side in (-1, 1):
                canvas.circle(shift(centre, 0.24 * side, -0.36), 0.11, shaded(p["rim"], 0.8))
                canvas.line(
                    [shift(centre, 0.2 * side, 0.3), shift(centre, 0.28 * side, 0.44)], 0.06, shaded(p["rim"], 0.7)
                )
        if p["square"]:
            r = _RADIUS + 0.02
            canvas.polygon(centre + np.array([(-r, -r), (r, -r), (r, r), (-r, r)]), p["rim"])
        canvas.circle(centre, _RADIUS, p["rim"])
        canvas.circle(centre, _RADIUS - 0.045, p["face"])
        ways = _ways(np.arange(12) * np.pi / 6)
        canvas.lines(centre + np.stack([0.29 * ways, 0.335 * ways], 1), 0.022, p["ink"])
        canvas.line([centre, centre + 0.17 * _ways(p["hours"])], 0.045, p["ink"])
        canvas.line([centre, centre + 0.25 * _ways(p["minutes"])], 0.032, p["ink"])
        way = _ways(hand_angle(plan, time_s))
        canvas.limb([centre - 0.09 * way, centre + 0.32 * way], (0.05, 0.025), p["second"])
        canvas.circle(centre, 0.035, shaded(p["second"], 0.7))


def hand_angle(plan: ActPlan, time_s: float) -> float:
    """Second hand clockwise from twelve in radians: still before a tick, in motion from the tick on."""
    p = plan.params
    k = last_before(p["times"], time_s)
    age = float(time_s - p["times"][k])
    step = float(p["step"])
    if plan.silent:
        # A fast jerk of less than half a step, then a slow slide back.
        jerk = min(age / 0.04, 1.0) * float(np.exp(-max(age - 0.04, 0.0) / 0.25))
        return float(p["start"]) + 0.45 * step * jerk
    ring = float(np.exp(-age / 0.07) * np.cos(2 * np.pi * age / 0.13)) if age >= 0 else 1.0
    return float(p["start"]) + step * (k + 1.0 - ring)


def _ways(angle: Any) -> np.ndarray:
    """Unit vectors for angles clockwise from twelve."""
    return np.stack([np.sin(angle), -np.cos(angle)], axis=-1)


def _pendulum(canvas: Canvas, p: dict[str, Any], phase: float) -> None:
    # One swing from side to side per tick; stands still at the sides when a tick falls.
    angle = 0.42 * np.cos(np.pi * phase)
    top = shift(_CENTRE, 0.0, 0.1)
    canvas.polygon([(0.24, 0.46), (0.76, 0.46), (0.72, 1.0), (0.28, 1.0)], shaded(p["rim"], 0.55))
    bob = top + 0.4 * np.array([np.sin(angle), np.cos(angle)])
    canvas.line([top, bob], 0.02, (215, 190, 120))
    canvas.circle(bob, 0.06, (225, 185, 90))
