"""Horse: four legs in the beats of walk, trot, canter and gallop over a ground that passes beneath."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from silentfoley.gaits import GAIT_BEATS
from silentfoley.stage.act import Act, ActPlan, Event, Rng
from silentfoley.stage.canvas import Canvas
from silentfoley.stage.gait import Foot, Travel
from silentfoley.stage.motion import Point, Strokes, bend, draw_beats, draw_strokes, dust, inside, last_before, shift
from silentfoley.stage.palette import draw_colour, shaded

#: Per gait: phases of left hind, left fore, right hind, right fore; stride (s); share of it on the ground;
#: distance per stride in boxes. Shares and distances ours.
GAITS: dict[str, tuple[tuple[float, float, float, float], tuple[float, float], float, float]] = {
    name: (GAIT_BEATS[name].phases, GAIT_BEATS[name].stride_s, share, distance)
    for name, share, distance in (
        ("walk", 0.62, 0.42),
        ("trot", 0.42, 0.6),
        ("canter", 0.34, 0.75),
        ("gallop", 0.24, 1.05),
    )
}
#: How hard a hoof lands by nature.
WEIGHTS: dict[str, float] = {"walk": 0.4, "trot": 0.55, "canter": 0.65, "gallop": 0.75}
GROUND_Y = 0.9
_TOP_Y, _UPPER, _LOWER = 0.56, 0.17, 0.19
_HIND_X, _FORE_X = 0.27, 0.66


def landings(gait: str, starts: NDArray[np.float64]) -> list[NDArray[np.float64]]:
    """(K - 1,) times at which each of the four hooves lands, from the (K,) times at which strides begin."""
    return [starts[:-1] + phase * np.diff(starts) for phase in GAITS[gait][0]]


def beats_of(contacts: list[NDArray[np.float64]]) -> NDArray[np.float64]:
    """Times of the beats, in order: hooves that land together are one."""
    return np.unique(np.round(np.concatenate(contacts), 9)).astype(np.float64)


class Horse(Act):
    """A horse in side view; ``variant`` is the gait. A decoy stands and paws the air with one foreleg."""

    label = "horse"

    def plan(self, rng: Rng, duration_s: float, *, silent: bool = False, level: float = 0.5) -> ActPlan:
        """Draw a performance; ``level`` makes fast gaits likelier and strides less even."""
        fast = 0.2 + 0.45 * level
        gait = str(rng.choice(list(GAITS), p=[(1 - fast) / 2, (1 - fast) / 2, fast / 2, fast / 2]))
        _, stride, share, length = GAITS[gait]
        pace = rng.uniform(*stride)
        starts = draw_beats(rng, duration_s, lambda: float(pace * np.exp(rng.normal(0, 0.01 + 0.03 * level))))
        travel = Travel(starts, length)
        contacts = landings(gait, starts)
        beats = beats_of(contacts)
        strengths = np.clip(WEIGHTS[gait] + rng.normal(0, 0.13, len(beats)), 0.15, 1.0)
        planted, lift = share * length, {"walk": 0.08, "trot": 0.11, "canter": 0.13, "gallop": 0.15}[gait]
        feet = [Foot(times, travel, planted, 0.55 * planted, lift) for times in contacts]
        paws = draw_beats(rng, duration_s, lambda: float(rng.uniform(0.7, 1.2)))
        params: dict[str, Any] = {
            "gait": gait,
            "feet": feet,
            "travel": travel,
            "starts": starts,
            "beats": beats,
            "strengths": strengths,
            "paw": draw_strokes(rng, paws, (0.16, 0.24), fall_s=0.12, gap=0.08, silent=True),
            "hide": draw_colour(rng, (0.3, 0.85), (0.15, 0.65)),
            "mane": draw_colour(rng, (0.08, 0.9), (0.1, 0.5)),
            "hoof": draw_colour(rng, (0.05, 0.3), (0.0, 0.4)),
            "ground": draw_colour(rng, (0.3, 0.75), (0.1, 0.5)),
            "sway": rng.uniform(0, 2 * np.pi, 2).tolist(),
            "rider": draw_colour(rng) if rng.random() < 0.3 else None,
        }
        events = tuple(Event(float(beats[k]), float(strengths[k]), 0.5) for k in inside(beats, duration_s))
        return ActPlan(self.label, duration_s, () if silent else events, None, gait, silent, params)

    def draw(self, canvas: Canvas, time_s: float, plan: ActPlan) -> None:
        """Ground, far legs, tail, body, neck and head, near legs."""
        p = plan.params
        moved = 0.0 if plan.silent else p["travel"].at(time_s)
        _ground(canvas, p, moved)
        rise, pitch = (0.0, 0.0) if plan.silent else _rock(p, time_s)
        feet = _standing(p["paw"], time_s) if plan.silent else [foot.at(time_s)[:2] for foot in p["feet"]]
        if not plan.silent:
            for foot, root in zip(p["feet"], (_HIND_X, _FORE_X, _HIND_X, _FORE_X), strict=True):
                age = foot.age(time_s)
                strength = p["strengths"][last_before(p["beats"], time_s - age + 1e-6)]
                behind = p["travel"].length * min(age, 0.24) * 0.8
                spot = (root + foot.ahead - behind, GROUND_Y)
                dust(canvas, spot, age, life_s=0.24, size=0.014 + 0.034 * strength, colour=shaded(p["ground"], 1.5))
        hind, fore = np.array([_HIND_X, _TOP_Y + rise + pitch]), np.array([_FORE_X, _TOP_Y + rise - pitch])
        for i, light in ((2, 0.62), (3, 0.62)):
            _leg(canvas, hind if i == 2 else fore, feet[i], p, light, hind=i == 2)
        _body(canvas, hind, fore, p, time_s, plan.silent)
        for i, light in ((0, 1.0), (1, 1.0)):
            _leg(canvas, hind if i == 0 else fore, feet[i], p, light, hind=i == 0)


def hoof_height(plan: ActPlan, hoof: int, time_s: float) -> float:
    """Height of a hoof (left hind, left fore, right hind, right fore) above ground: 0 exactly at its contacts."""
    return float(plan.params["feet"][hoof].at(time_s)[1])


def _rock(p: dict[str, Any], t: float) -> tuple[float, float]:
    """Rise of the trunk and how far its hind end sinks against its fore end, in boxes."""
    starts = p["starts"]
    k = int(np.searchsorted(starts, t, side="right")) - 1
    u = float((t - starts[k]) / (starts[k + 1] - starts[k]))
    if p["gait"] in ("walk", "trot"):
        return 0.012 * float(np.cos(4 * np.pi * u)), 0.004 * float(np.sin(4 * np.pi * u))
    return 0.018 * float(np.cos(2 * np.pi * (u - 0.3))), 0.026 * float(np.cos(2 * np.pi * (u - 0.1)))


def _standing(paw: Strokes, t: float) -> list[tuple[float, float]]:
    """Three hooves planted; the near fore hoof swings over the ground, quick down and back, slow up."""
    height = paw.lift(t)
    return [(-0.03, 0.0), (0.02 + 0.22 * height, height), (0.06, 0.0), (-0.02, 0.0)]


def _leg(
    canvas: Canvas, root: Point, foot: tuple[float, float], p: dict[str, Any], light: float, *, hind: bool
) -> None:
    dx, height = foot
    hoof = np.array([(_HIND_X if hind else _FORE_X) + dx, GROUND_Y - height])
    fetlock = shift(hoof, -0.012, -0.035)
    # A hock points backwards, a knee forwards.
    joint = bend(root, fetlock, _UPPER, _LOWER, -1.0 if hind else 1.0)
    hide = shaded(p["hide"], 0.9 * light)
    canvas.limb(np.stack([root, joint, fetlock]), (0.11 if hind else 0.085, 0.05, 0.035), hide)
    canvas.polygon(hoof + np.array([(-0.03, 0.0), (0.035, 0.0), (0.015, -0.045), (-0.025, -0.045)]), p["hoof"])


def _body(canvas: Canvas, hind: Point, fore: Point, p: dict[str, Any], t: float, silent: bool) -> None:
    hide, mane = p["hide"], p["mane"]
    sway = 0.05 * np.sin(2 * np.pi * 0.7 * t + p["sway"][0])
    tail = shift(hind, -0.1, -0.08)
    stream = 0.05 if silent else 0.12
    tip = tail + np.array([-stream + sway, 0.2])
    canvas.limb([tail, shift(tail, -0.06, 0.05), tip], (0.05, 0.06, 0.02), mane)
    canvas.limb([shift(hind, 0.0, -0.06), shift(fore, 0.0, -0.055)], (0.22, 0.2), hide)
    nod = 0.02 * np.sin(2 * np.pi * 0.9 * t + p["sway"][1]) + 0.4 * float(fore[1] - _TOP_Y)
    poll = fore + np.array([0.17, -0.3 + nod])
    canvas.limb([shift(fore, 0.02, -0.08), poll], (0.17, 0.09), hide)
    muzzle = poll + np.array([0.13, 0.1])
    canvas.limb([poll, muzzle], (0.095, 0.055), hide)
    canvas.polygon(poll + np.array([(-0.035, -0.02), (-0.02, -0.09), (0.015, -0.03)]), hide)
    canvas.line([shift(poll, -0.03, -0.02), shift(fore, -0.02, -0.16)], 0.045, mane)
    canvas.circle(shift(poll, 0.035, 0.005), 0.012, (15, 12, 12))
    if p["rider"] is not None:
        seat = 0.5 * (hind + fore) + (0.0, -0.15)
        chest = seat + np.array([0.04, -0.19])
        canvas.limb([seat, chest], (0.09, 0.11), p["rider"])
        canvas.limb(
            [seat, shift(seat, 0.09, 0.1), shift(seat, 0.04, 0.22)], (0.08, 0.06, 0.05), shaded(p["rider"], 0.6)
        )
        canvas.line([shift(chest, 0, 0.03), shift(chest, 0.17, 0.08)], 0.04, shaded(p["rider"], 0.8))
        canvas.circle(shift(chest, 0.02, -0.09), 0.05, (205, 160, 125))


def _ground(canvas: Canvas, p: dict[str, Any], moved: float) -> None:
    canvas.polygon([(0.0, GROUND_Y), (1.0, GROUND_Y), (1.0, 0.98), (0.0, 0.98)], p["ground"])
    tufts = (np.array([0.0, 0.31, 0.52, 0.83, 1.04]) - moved) % 1.3 - 0.1
    seen = tufts[(tufts > 0.02) & (tufts < 0.94)]
    runs = np.stack(
        [np.column_stack([seen, np.full(len(seen), 0.975)]), np.column_stack([seen + 0.03, np.full(len(seen), 0.91)])],
        1,
    )
    canvas.lines(runs, 0.03, shaded(p["ground"], 0.5))
