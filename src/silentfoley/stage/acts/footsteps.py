"""Footsteps: someone walks or runs in place over a ground that passes beneath, as a camera moving along sees it."""

from __future__ import annotations

from typing import Any

import numpy as np

from silentfoley.stage.act import Act, ActPlan, Event, Rng
from silentfoley.stage.canvas import Canvas, Colour
from silentfoley.stage.gait import Foot, Travel
from silentfoley.stage.motion import (
    Point,
    Strokes,
    bend,
    draw_beats,
    draw_strokes,
    dust,
    ease,
    inside,
    last_before,
    shift,
)
from silentfoley.stage.palette import draw_colour, draw_skin, shaded

#: Height of the ground in the box, of a hip above it, and lengths of thigh and shank.
GROUND_Y, HIP_Y, THIGH, SHANK = 0.9, 0.505, 0.2, 0.2
_GROUNDS = ("concrete", "wood", "gravel", "grass", "snow", "sand", "dirt")
_ANKLE = 0.035


class Footsteps(Act):
    """A walker with knees, feet, arms and head; ``variant`` is the ground. A decoy stands and shifts its weight."""

    label = "footsteps"

    def plan(self, rng: Rng, duration_s: float, *, silent: bool = False, level: float = 0.5) -> ActPlan:
        """Draw a performance; ``level`` makes running likelier and steps less even."""
        runs = bool(rng.random() < 0.2 + 0.4 * level)
        pace = rng.uniform(0.29, 0.38) if runs else rng.uniform(0.44, 0.62)
        times = draw_beats(rng, duration_s, lambda: float(pace * np.exp(rng.normal(0, 0.015 + 0.05 * level))))
        length = float(rng.uniform(0.3, 0.36) if runs else rng.uniform(0.22, 0.28))
        travel = Travel(times, length)
        strengths = np.clip(rng.normal(0.7 if runs else 0.5, 0.15, len(times)), 0.15, 1.0)
        planted, lift = (0.75, 0.2) if runs else (1.2, 0.12)
        feet = [Foot(times[i::2], travel, planted * length, 0.52 * planted * length, lift) for i in (0, 1)]
        shifts = draw_beats(rng, duration_s, lambda: float(rng.uniform(0.8, 1.5)))
        params: dict[str, Any] = {
            "feet": feet,
            "travel": travel,
            "strengths": strengths,
            "times": times,
            "runs": runs,
            "idle": draw_strokes(rng, shifts, (0.6, 1.0), fall_s=0.14, gap=0.05, silent=True),
            "swing": float(rng.uniform(0.8, 1.2)),
            "lean": float(rng.uniform(0.05, 0.09) if runs else rng.uniform(0.0, 0.03)),
            "skin": draw_skin(rng),
            "shirt": draw_colour(rng),
            "trousers": draw_colour(rng, (0.15, 0.7)),
            "shoes": draw_colour(rng, (0.05, 0.95)),
            "hair": draw_colour(rng, (0.05, 0.5), (0.2, 0.7)),
            "ground": draw_colour(rng, (0.3, 0.75), (0.05, 0.5)),
        }
        events = tuple(Event(float(times[k]), float(strengths[k]), 0.5) for k in inside(times, duration_s))
        ground = str(rng.choice(_GROUNDS))
        return ActPlan(self.label, duration_s, () if silent else events, None, ground, silent, params)

    def draw(self, canvas: Canvas, time_s: float, plan: ActPlan) -> None:
        """Ground, far limbs, body, near limbs."""
        p = plan.params
        moved = 0.0 if plan.silent else p["travel"].at(time_s)
        _ground(canvas, p["ground"], moved)
        hip, poses = _standing(p, time_s) if plan.silent else _walking(p, time_s)
        if not plan.silent:
            for i, foot in enumerate(p["feet"]):
                age = foot.age(time_s)
                strength = p["strengths"][i::2][last_before(foot.contacts, time_s)]
                heel = 0.5 + foot.ahead - min(age * p["travel"].length / 0.4, 0.3)
                dust(
                    canvas,
                    (heel, GROUND_Y),
                    age,
                    life_s=0.22,
                    size=0.012 + 0.034 * strength,
                    colour=shaded(p["ground"], 1.5),
                )
        shoulder = shift(hip, p["lean"], -0.235)
        _leg(canvas, hip, poses[1], p, 0.72)
        _arm(canvas, shoulder, (poses[1][0] - hip[0]) * -2.6 * p["swing"], p, 0.72)
        canvas.limb([shift(hip, 0, 0.01), shoulder], (0.1, 0.13), p["shirt"])
        head = shift(shoulder, 0.25 * p["lean"] + 0.01, -0.13)
        canvas.line([shoulder, head], 0.05, p["skin"])
        canvas.circle(head, 0.07, p["hair"])
        canvas.ellipse(shift(head, 0.022, 0.014), (0.052, 0.058), p["skin"])
        canvas.polygon(head + np.array([(0.06, -0.01), (0.095, 0.022), (0.06, 0.03)]), p["skin"])
        _leg(canvas, hip, poses[0], p, 1.0)
        _arm(canvas, shoulder, (poses[0][0] - hip[0]) * -2.6 * p["swing"], p, 1.0)


#: Sole of a foot: x of the heel, height above the ground, and pitch (positive lifts the toe).
Pose = tuple[float, float, float]


def foot_height(plan: ActPlan, foot: int, time_s: float) -> float:
    """Height of a foot (0 or 1) above the ground: 0 exactly at its contacts."""
    return float(plan.params["feet"][foot].at(time_s)[1])


def _walking(p: dict[str, Any], t: float) -> tuple[Point, list[Pose]]:
    times, runs = p["times"], p["runs"]
    k = int(np.searchsorted(times, t, side="right")) - 1
    u = float((t - times[k]) / (times[k + 1] - times[k]))
    # The body sinks quickly onto the new foot, then rises slowly over it.
    bob = (0.035 if runs else 0.02) * (1.0 - np.sin(np.pi * u**0.7) if runs else np.cos(2 * np.pi * u**0.75))
    hip = np.array([0.5, HIP_Y + bob + (0.01 if runs else 0.0)])
    poses: list[Pose] = []
    for foot in p["feet"]:
        dx, height, phase = foot.at(t)
        if phase < 0:
            strike = max(0.0, 1.0 - foot.age(t) / 0.09)
            off = max(0.0, (foot.ahead - dx) / foot.planted - 0.75) * 4
            pitch = 0.45 * strike - 0.5 * off
        else:
            pitch = -0.9 * (1 - ease(phase * 1.6)) + 0.45 * ease(phase * 2.2 - 1.0)
        poses.append((0.5 + dx, height, pitch))
    return hip, poses


def _standing(p: dict[str, Any], t: float) -> tuple[Point, list[Pose]]:
    """Weight goes quickly onto one leg and slowly back; the other heel rises a little, its toe stays down."""
    idle: Strokes = p["idle"]
    shift = idle.lift(t)
    hip = np.array([0.5 + 0.05 * (shift - 0.5), HIP_Y + 0.015 + 0.02 * shift])
    return hip, [(0.55, 0.0, 0.0), (0.42, 0.025 * shift, -0.35 * shift)]


def _leg(canvas: Canvas, hip: Point, pose: Pose, p: dict[str, Any], light: float) -> None:
    x, height, pitch = pose
    heel = np.array([x - 0.02, GROUND_Y - height])
    c, s = np.cos(pitch), np.sin(pitch)
    turn = np.array([[c, -s], [s, c]])
    # A lifted heel pivots about the toe, a lifted toe about the heel.
    pivot = np.array([0.09, 0.0]) if pitch < 0 else np.zeros(2)
    sole = np.array([(-0.005, 0.0), (0.1, 0.0), (0.1, -0.02), (0.035, -_ANKLE - 0.02), (-0.01, -_ANKLE - 0.01)])
    shoe = heel + pivot + (sole - pivot) @ turn
    ankle = 0.5 * (shoe[3] + shoe[4])
    knee = bend(hip, ankle, THIGH, SHANK, 1.0)
    trousers = shaded(p["trousers"], light)
    canvas.limb(np.stack([hip, knee, ankle]), (0.095, 0.07, 0.05), trousers)
    canvas.polygon(shoe, shaded(p["shoes"], light))


def _arm(canvas: Canvas, shoulder: Point, swing: float, p: dict[str, Any], light: float) -> None:
    angle = float(np.clip(swing, -0.9, 0.9))
    upper, lower = (0.13, 0.13)
    elbow = shoulder + upper * np.array([np.sin(angle), np.cos(angle)]) + (0, 0.02)
    fore = angle + (1.3 if p["runs"] else 0.35)
    hand = elbow + lower * np.array([np.sin(fore), np.cos(fore)])
    canvas.line(np.stack([shift(shoulder, 0, 0.02), elbow, hand]), 0.05, shaded(p["shirt"], 0.85 * light))
    canvas.circle(hand, 0.03, shaded(p["skin"], light))


def _ground(canvas: Canvas, colour: Colour, moved: float) -> None:
    canvas.polygon([(0.0, GROUND_Y), (1.0, GROUND_Y), (1.0, 0.99), (0.0, 0.99)], colour)
    marks = (np.arange(5) * 0.25 - moved) % 1.25 - 0.1
    seen = marks[(marks > 0.0) & (marks < 0.94)]
    low = np.stack([np.column_stack([seen, np.full(len(seen), y)]) for y in (0.915, 0.98)], axis=1)
    low[:, 1, 0] += 0.04
    canvas.lines(low, 0.03, shaded(colour, 0.55))
