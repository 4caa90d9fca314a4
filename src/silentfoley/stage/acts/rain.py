"""Rain: streaks fall, splash and ring; or drops run down a window."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from silentfoley.stage.act import Act, ActPlan, Rng
from silentfoley.stage.canvas import Canvas, Colour, View
from silentfoley.stage.paint import Floats, Pixels, blend, discs, layer, paste, strokes, tile_noise, tone, xy
from silentfoley.stage.spans import Span, draw_span

#: Seconds from a drop's landing until its splash is gone (ours).
SPLASH_S = 0.28
#: Steps of x between one fall of a streak and its next, so that no pattern repeats: the golden ratio.
_GOLDEN = 0.6180339887
_BEAD = np.array([[0.0, 0.0], [0.0, 0.008]])
_RING = np.stack([np.cos(np.linspace(0, 2 * np.pi, 11)[:-1]), np.sin(np.linspace(0, 2 * np.pi, 11)[:-1])], axis=1)


@dataclass(frozen=True)
class Drops:
    """N falling drops, each coming again and again.

    Attributes (each (N,)):
        x, phase: column of the first fall, and time offset in falls.
        ground: height y where it lands.
        speed: picture heights per second.
        length: of its streak.
        rank: in [0, 1]; the drop falls while the level is above it.
    """

    x: Floats
    phase: Floats
    ground: Floats
    speed: Floats
    length: Floats
    rank: Floats

    def falls(self, time_s: float, span: Span, slant: float) -> tuple[Floats, Floats, Floats]:
        """Streaks (M, 2, 2), and the places (K, 2) and ages (K,) in [0, 1] of the splashes at a time."""
        period = (self.ground + 0.25) / self.speed
        turns = time_s / period + self.phase
        turn = np.floor(turns)
        landing = period * (turn + 1 - self.phase)
        x = self._column(turn)
        low = self.ground - (landing - time_s) * self.speed
        fall = span.level(landing) > self.rank
        streaks = np.empty((len(x), 2, 2))
        streaks[:, 1] = xy(x + slant * low, low)
        streaks[:, 0] = streaks[:, 1] - xy(slant * self.length, self.length)
        # A splash belongs to the fall before the one now on its way.
        landed = landing - period
        age = (time_s - landed) / SPLASH_S
        lively = (age < 1.0) & (span.level(landed) > self.rank)
        spot = xy(self._column(turn - 1) + slant * self.ground, self.ground)
        return streaks[fall], spot[lively], age[lively]

    def _column(self, turn: Floats) -> Floats:
        return np.asarray((self.x + _GOLDEN * turn) % 1.5 - 0.25)


class Rain(Act):
    """Rain over the whole picture: ``light``, ``heavy`` or ``on_window``.

    The decoys hang still: streaks arrested in the air, or a wet street after the rain, while clouds drift.
    """

    label = "rain"
    fills_picture = True
    layer = 1

    def plan(self, rng: Rng, duration_s: float, *, silent: bool = False, level: float = 0.5) -> ActPlan:
        """Draw a performance; ``level`` widens slant, density and speed."""
        variant = str(rng.choice(["light", "heavy", "on_window"]))
        strength = float({"light": rng.uniform(0.3, 0.6), "heavy": rng.uniform(0.7, 1.0)}.get(variant, 0.5))
        span = draw_span(rng, duration_s, level, attack_s=0.5, release_s=0.5)
        count = {"light": 55, "heavy": 120, "on_window": 0}[variant]
        params: dict[str, Any] = {
            "span": span,
            "drops": _draw_drops(rng, int(count * rng.uniform(0.8, 1.0 + 0.4 * level)), level),
            "slant": float(rng.normal(0.0, 0.08 + 0.2 * level)),
            "colour": _pale(rng),
            "opacity": int(rng.uniform(120, 210)),
            "gain": float(rng.uniform(0.62, 0.9)),
            "tint": tuple(int(v) for v in rng.integers(0, 22, 3)),
            "clouds": _clouds(rng),
            "drift": float(rng.uniform(2.0, 6.0)),
            "glass": _draw_glass(rng) if variant == "on_window" else None,
            "still_s": float(rng.uniform(2.0, 9.0)),
            "dry": bool(rng.random() < 0.25),
        }
        events = () if silent else (span.event(duration_s, strength),)
        envelope = None if silent else span.envelope(duration_s) * strength
        return ActPlan(self.label, duration_s, events, envelope, variant, silent, params)

    def draw(self, canvas: Canvas, time_s: float, plan: ActPlan) -> None:
        """Darken the scene, then clouds, splashes, streaks and drops on the glass."""
        p = plan.params
        tone(canvas, p["gain"], p["tint"])
        _draw_clouds(canvas, p["clouds"], p["drift"] * time_s)
        span, clock, slant = p["span"], time_s, p["slant"]
        if plan.silent:
            # Arrested in mid-air: the picture of a fall without the fall.
            span, clock = Span(swell_depth=0.0), p["still_s"]
            slant += 0.006 * np.sin(2.0 * time_s)
        if not (plan.silent and p["dry"] and p["glass"] is None):
            mask = layer(canvas)
            if p["glass"] is None:
                drops: Drops = p["drops"]
                streaks, spots, age = drops.falls(clock, span, slant)
                _draw_fall(mask, streaks, spots, age, p["opacity"])
            else:
                p["glass"].draw(canvas, mask, clock, span)
            blend(canvas, mask.image, p["colour"])


def _draw_drops(rng: Rng, count: int, level: float) -> Drops:
    near = rng.random(count)
    return Drops(
        x=rng.uniform(0.0, 1.5, count),
        phase=rng.random(count),
        ground=0.74 + 0.3 * near,
        speed=rng.uniform(1.0, 1.15 + 0.3 * level) * (0.75 + 0.35 * near),
        length=rng.uniform(0.05, 0.075) * (0.6 + 0.7 * near),
        rank=rng.uniform(0.0, 0.75, count),
    )


def _draw_fall(mask: Canvas, streaks: Floats, spots: Floats, age: Floats, opacity: int) -> None:
    strokes(mask, streaks, 0.008, (opacity, 0, 0))
    # Splashes: a ring that widens on the ground and two beads thrown up and out of it.
    grow = 0.008 + 0.035 * age
    for fresh, shade in ((age < 0.5, opacity), (age >= 0.5, opacity // 2)):
        size = grow[fresh][:, None, None] * np.array([1.0, 0.35])
        strokes(mask, spots[fresh][:, None] + _RING * size, 0.0, (shade, 0, 0), closed=True)
    lift = 0.045 * np.sin(np.pi * np.minimum(age * 1.25, 1.0))
    beads = np.empty((2, len(age), 2, 2))
    for side, out in zip((-1.0, 1.0), beads, strict=True):
        out[:] = (spots + xy(side * (0.004 + 0.03 * age), -lift))[:, None] + _BEAD
    strokes(mask, beads.reshape(-1, 2, 2), 0.0, (opacity, 0, 0))


@dataclass(frozen=True)
class Glass:
    """A window pane: beads that hang and drops that run down in jerks, leaving trails.

    Attributes:
        beads: (128, 128, 4) picture of the hanging beads, premultiplied.
        x, phase, speed, jerk, radius: (R,) runners.
    """

    beads: Pixels
    x: Floats
    phase: Floats
    speed: Floats
    jerk: Floats
    radius: Floats

    def draw(self, canvas: Canvas, shine: Canvas, time_s: float, span: Span) -> None:
        """Beads and runners at a time, their trails and highlights on the layer ``shine``; they run while it rains."""
        course = self._course(time_s, span)
        turn = np.floor(course)
        y = 1.5 * (course - turn) - 0.15
        wiggle = 0.012 * np.sin(14.0 * y + self.phase * 40.0)
        head = xy((self.x + _GOLDEN * turn) % 1.0 + wiggle, y)
        trails = np.empty((len(head), 2, 2))
        trails[:, 0], trails[:, 1] = head - xy(wiggle, 0.1 + 6.0 * self.radius), head
        shade = layer(canvas)
        strokes(shine, trails, 0.012, (70, 0, 0))
        discs(shade, head + xy(0.0, 0.004), self.radius, [(120, 0, 0)] * len(head))
        discs(shine, head + xy(0.0, 0.3 * self.radius), 0.6 * self.radius, [(200, 0, 0)] * len(head))
        blend(canvas, shade.image, (24, 30, 40))
        paste(canvas, self.beads, 0.0, 0.0, 1.0, 1.0)

    def _course(self, time_s: float, span: Span) -> Floats:
        """(R,) falls completed: rises with the rain, in jerks but never backwards."""
        wet = float(np.clip(time_s, span.start_s, span.stop_s))
        turns = self.speed * wet
        slip = self.jerk * np.sin(2 * np.pi * (3.0 * turns + self.phase)) / (6.0 * np.pi)
        return np.asarray(turns + slip + self.phase)


def _draw_glass(rng: Rng) -> Glass:
    runners = int(rng.integers(9, 16))
    return Glass(
        beads=_draw_beads(rng, int(rng.integers(18, 34))),
        x=rng.random(runners),
        phase=rng.random(runners),
        speed=rng.uniform(0.3, 0.6, runners),
        jerk=rng.uniform(0.3, 0.85, runners),
        radius=rng.uniform(0.014, 0.026, runners),
    )


#: Premultiplied; the fourth value is alpha.
_BEAD_SHADE, _BEAD_SHINE = (11, 14, 19, 120), (177, 184, 190, 200)


def _draw_beads(rng: Rng, count: int) -> Pixels:
    places, radii = rng.random((count, 2)), rng.uniform(0.006, 0.018, count)
    texture = np.zeros((128, 128, 4), np.uint8)
    canvas = Canvas(texture, View.box(0, 0, 128, 128))
    discs(canvas, places + xy(0.0, 0.004), radii, [_BEAD_SHADE] * count)
    discs(canvas, places + xy(0.0, 0.3 * radii), 0.6 * radii, [_BEAD_SHINE] * count)
    return texture


def _pale(rng: Rng) -> Colour:
    r, g, b = (int(v) for v in rng.integers(190, 245, 3))
    return r, g, min(255, b + 10)


#: Columns of the cloud picture and how many of them span the view.
_CLOUD_COLUMNS, _CLOUD_VIEW = 96, 48


def _clouds(rng: Rng) -> Pixels:
    """(16, columns + view + 2, 4) cloud cover that thins downwards; its right end repeats its left."""
    grey = tile_noise(rng, 16, _CLOUD_COLUMNS, 1.5, 4.0)
    fade = np.linspace(0.75, 0.0, 16)[:, None, None]
    texture = np.empty((16, _CLOUD_COLUMNS, 4))
    texture[..., :3] = grey[..., None] * fade * [0.7, 0.72, 0.78]
    texture[..., 3:] = 255.0 * fade
    return np.concatenate([texture, texture[:, : _CLOUD_VIEW + 2]], axis=1).astype(np.uint8)


def _draw_clouds(canvas: Canvas, clouds: Pixels, shift: float) -> None:
    whole = int(np.floor(shift))
    start = whole % _CLOUD_COLUMNS
    column = 1.0 / _CLOUD_VIEW
    view = clouds[:, start : start + _CLOUD_VIEW + 2]
    paste(canvas, np.ascontiguousarray(view), -column * (shift - whole) - 0.01, -0.02, column * (_CLOUD_VIEW + 2), 0.36)
