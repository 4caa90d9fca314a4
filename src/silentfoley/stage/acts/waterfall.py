"""Waterfall: water runs down a cliff, foams at the foot and spreads over the pool."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import Any, cast

import cv2
import numpy as np
from numpy.typing import NDArray

from silentfoley.stage.act import Act, ActPlan, Rng
from silentfoley.stage.canvas import Canvas, Colour
from silentfoley.stage.paint import Floats, Pixels, flow, lay_over, paste, puffs, ramp, strokes, tile_noise, tinted, xy
from silentfoley.stage.spans import Span, draw_span

#: Texture grid of the act's box.
_ROWS, _COLUMNS = 72, 64
#: Rows of the noise tile that pass in a second, and rows of the tile.
_ROWS_PER_S, _TILE_ROWS = 80.0, 256
_FALLING_S2 = 1.3


@dataclass(frozen=True)
class Course:
    """Where the water runs.

    Attributes:
        delay_s: (rows, columns) seconds since the water left the lip; the pattern moves along its gradient.
        across: (rows, columns) noise column, constant along a thread of water.
        depth: (rows, columns) int16 added to the noise: positive where water is thick, very negative where none is.
        foot: x and y of the foot. width: of the fall there. foot_s: delay at the foot.
    """

    delay_s: NDArray[np.float32]
    across: NDArray[np.float32]
    depth: NDArray[np.int16]
    foot: tuple[float, float]
    width: float
    foot_s: float


class Waterfall(Act):
    """A fall over a cliff: ``curtain``, ``thread`` or ``cascade``; begun or shut off within some clips.

    The decoys are frozen in full flow, or dry; plants sway beside them.
    """

    label = "waterfall"

    def plan(self, rng: Rng, duration_s: float, *, silent: bool = False, level: float = 0.5) -> ActPlan:
        """Draw a performance; ``level`` widens shapes, swell and colours."""
        variant = str(rng.choice(["curtain", "thread", "cascade"]))
        width = float({"curtain": rng.uniform(0.4, 0.58), "thread": rng.uniform(0.14, 0.22)}.get(variant, 0.3))
        span = draw_span(rng, duration_s, level, attack_s=0.25, release_s=0.35)
        strength = float(rng.uniform(0.55, 1.0))
        course = _draw_course(rng, width, variant == "cascade")
        params: dict[str, Any] = {
            "span": span,
            "course": course,
            "noise": tile_noise(rng, _TILE_ROWS, 64, 14.0, 9.0),
            "cliff": _draw_cliff(rng, level),
            "water": _water_ramp(rng),
            "mist": xy(rng.uniform(-0.6, 0.6, 7), rng.random(7)),
            "plants": _draw_plants(rng, course),
            "green": tuple(int(v) for v in rng.integers([30, 70, 20], [90, 150, 60])),
            "still_s": float(rng.uniform(3.0, 9.0)),
            "dry": bool(rng.random() < 0.3),
        }
        events = () if silent else (span.event(duration_s, strength, course.foot[0]),)
        envelope = None if silent else span.envelope(duration_s) * strength
        return ActPlan(self.label, duration_s, events, envelope, variant, silent, params)

    def draw(self, canvas: Canvas, time_s: float, plan: ActPlan) -> None:
        """Cliff, water on it, mist at the foot, plants beside."""
        p = plan.params
        course, span, clock = p["course"], p["span"], time_s
        if plan.silent:
            span, clock = Span(swell_depth=0.0), p["still_s"]
        texture = p["cliff"]
        if not (plan.silent and p["dry"]):
            texture = lay_over(texture, _water(course, p["noise"], p["water"], span, clock))
        paste(canvas, tinted(canvas, texture), 0.0, 0.0, 1.0, 1.0)
        if not (plan.silent and p["dry"]):
            _draw_mist(canvas, course, p["mist"], span, clock)
        _draw_sway(canvas, p["plants"], time_s, p["green"])


def _water(course: Course, noise: Pixels, colours: Pixels, span: Span, time_s: float) -> Pixels:
    """(rows, columns, 4) premultiplied water at a time."""
    along = (course.delay_s - np.float32(time_s)) * np.float32(_ROWS_PER_S)
    # A weaker fall is a thinner one.
    thin = course.depth - np.int16(70.0 * (1.0 - float(span.swell(time_s))))
    body = cast(Pixels, cv2.add(flow(noise, course.across, along % np.float32(_TILE_ROWS)), thin, dtype=cv2.CV_8U))
    # The front of a fall that starts runs down; one that stops leaves the lip first. Level counts at the foot.
    if not span.steady(time_s - 1.5, time_s + course.foot_s):
        present = span.level(time_s + course.foot_s - course.delay_s)
        body = np.where(present > 0.02, body, 0).astype(np.uint8)
    return np.take(colours, body, axis=0)


def _draw_course(rng: Rng, width: float, ledges: bool) -> Course:
    centre = float(rng.uniform(0.42, 0.58))
    lip, foot = float(rng.uniform(0.06, 0.16)), float(rng.uniform(0.76, 0.84))
    y = ((np.arange(_ROWS) + 0.5) / _ROWS)[:, None]
    x = ((np.arange(_COLUMNS) + 0.5) / _COLUMNS)[None, :]
    breaks = sorted(rng.uniform(lip + 0.15, foot - 0.15, 2)) if ledges else []
    delay, foot_s = _fall_time(y[:, 0], [lip, *breaks, foot], float(rng.uniform(0.4, 0.55)))
    drop = np.clip((y - lip) / (foot - lip), 0.0, 1.0)
    steps = sum(((y > b) * float(rng.uniform(0.03, 0.1)) for b in breaks), start=np.zeros_like(y))
    half = width * (0.42 + 0.1 * drop + steps)
    bend = float(rng.uniform(-0.05, 0.05)) * drop
    inside = np.abs(x - centre - bend) / half
    depth = np.where((y >= lip) & (y <= foot), 70.0 - 330.0 * np.maximum(inside - 0.72, 0.0), -400.0)
    for edge in (*breaks, foot):
        depth += 90.0 * np.exp(-(((y - edge) / 0.025) ** 2)) * (inside < 1.25)
    across = (x - centre - bend) / half * 32.0 * width * 2.0
    # The pool: the same pattern runs on, outwards from the foot and flattened by perspective.
    out = np.hypot((np.abs(x - centre - bend) / half - 0.6).clip(0) * half, np.maximum(y - foot, 0.0) * 2.6)
    pool = y > foot - 0.02
    pool_depth = 40.0 - 420.0 * out - 300.0 * np.maximum(foot - y, 0.0) / 0.02
    delay_s = np.where(pool & (pool_depth > depth), foot_s + out / 0.32, delay[:, None] + 0.0 * x)
    angle = np.arctan2(x - centre, np.maximum(y - foot, 0.0) * 2.6 + 0.08)
    across = np.where(pool & (pool_depth > depth), angle * 14.0, across)
    depth = np.where(pool, np.maximum(depth, pool_depth), depth)
    return Course(
        delay_s.astype(np.float32),
        across.astype(np.float32),
        np.clip(depth, -400, 200).astype(np.int16),
        (centre, foot),
        2 * float(half[-1, 0]),
        foot_s,
    )


def _fall_time(y: Floats, edges: list[float], speed: float) -> tuple[Floats, float]:
    """Seconds since the lip at heights y; every ledge takes the water back to its first speed."""
    total, start = np.zeros_like(y), 0.0
    for top, bottom in pairwise(edges):
        height = np.clip(y, top, bottom) - top
        total += (np.sqrt(speed**2 + 2 * _FALLING_S2 * height) - speed) / _FALLING_S2
        start += float((np.sqrt(speed**2 + 2 * _FALLING_S2 * (bottom - top)) - speed) / _FALLING_S2)
    return total, start


def _draw_cliff(rng: Rng, level: float) -> Pixels:
    """(rows, columns, 4) rock with a ragged top, and the pool before it."""
    rock = np.array(rng.uniform([70, 62, 50], [125, 115, 105])) + rng.normal(0.0, 14.0 * level, 3)
    strata = tile_noise(rng, _ROWS, _COLUMNS, float(rng.uniform(5, 12)), float(rng.uniform(2, 5)))
    shade = 0.55 + 0.65 * strata / 255.0
    colour = np.clip(rock, 20, 235) * shade[..., None]
    y = ((np.arange(_ROWS) + 0.5) / _ROWS)[:, None]
    pool = np.clip((y - 0.84) / 0.03, 0.0, 1.0)[..., None]
    deep = np.array(rng.uniform([20, 50, 60], [60, 95, 115])) * (0.8 + 0.3 * strata[:, ::-1, None] / 255.0)
    colour = colour * (1 - pool) + deep * pool
    ragged = 0.03 + 0.09 * tile_noise(rng, 4, _COLUMNS, 1.0, 6.0)[:1] / 255.0
    alpha = np.clip((y - ragged) / 0.03, 0.0, 1.0)[..., None]
    return np.concatenate([colour * alpha, 255.0 * alpha], axis=2).astype(np.uint8)


def _water_ramp(rng: Rng) -> Pixels:
    tint = rng.uniform(-15, 15, 3)

    def near(*colour: int) -> Colour:
        r, g, b = (int(np.clip(c + d, 0, 255)) for c, d in zip(colour, tint, strict=True))
        return r, g, b

    return ramp(
        [
            (0.0, near(60, 95, 120), 0.0),
            (0.12, near(66, 100, 126), 0.1),
            (0.35, near(95, 135, 160), 0.8),
            (0.7, near(175, 205, 220), 0.95),
            (0.95, (248, 252, 255), 1.0),
            (1.0, (255, 255, 255), 1.0),
        ]
    )


def _draw_mist(canvas: Canvas, course: Course, seeds: Floats, span: Span, time_s: float) -> None:
    life = 1.1
    turns = time_s / life + seeds[:, 1]
    age = turns - np.floor(turns)
    born = time_s - age * life
    x = course.foot[0] + course.width * 0.5 * ((seeds[:, 0] + 0.37 * np.floor(turns)) % 1.2 - 0.6) * (1 + 0.6 * age)
    y = course.foot[1] - 0.16 * age
    puffs(canvas, xy(x, y), 0.03 + 0.06 * age, 0.5 * (1 - age) * span.level(born), (236, 243, 248))


def _draw_plants(rng: Rng, course: Course) -> Floats:
    """(N, 4) blades: root x and y, height and lean, beside the fall."""
    count = int(rng.integers(8, 18))
    side = rng.choice([-1.0, 1.0], count)
    x = course.foot[0] + side * (0.5 * course.width + rng.uniform(0.03, 0.2, count))
    y = rng.uniform(0.35, 0.88, count)
    return np.stack([x, y, rng.uniform(0.06, 0.14, count), rng.normal(0.0, 0.4, count)], axis=1)


def _draw_sway(canvas: Canvas, plants: Floats, time_s: float, green: Colour) -> None:
    x, y, height, lean = plants.T
    tilt = lean + 0.22 * np.sin(2.3 * time_s + 9.0 * x)
    part = np.array([0.0, 0.5, 1.0])[:, None]
    bent = xy(x + height * tilt * part**2, y - height * part)
    strokes(canvas, bent.transpose(1, 0, 2), 0.014, green)
