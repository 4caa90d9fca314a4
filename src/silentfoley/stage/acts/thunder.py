"""Thunder: lightning strikes out of rolling clouds; its thunder follows by the distance."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from silentfoley.stage.act import Act, ActPlan, Event, Rng
from silentfoley.stage.canvas import Canvas, Colour
from silentfoley.stage.paint import Floats, Pixels, blend, layer, light, paste, strokes, tile_noise, tone, xy

#: Seconds the faint leader takes to reach down before the stroke, and the light lasts after it (ours).
LEADER_S, AFTERGLOW_S = 0.16, 0.6
#: How thunder shakes the wire, and how long its drops fall: what is seen at the event itself (ours).
_RING_S, _RING_HZ, _DROP_S, _GRAVITY = 0.28, 5.5, 0.5, 2.6
_WIRE, _DROP = (24, 24, 30), (214, 222, 235)
#: Near and far delays of thunder after its flash (ours: real storms keep one waiting longer than a clip lasts).
DELAY_S = (0.2, 1.5)


@dataclass(frozen=True)
class Flash:
    """One lightning.

    Attributes:
        time_s: of the main stroke. delay_s: until its thunder.
        x: where, 0 to 1. strength: of thunder and light, in [0, 1].
        bolt: (P, 2) points from the cloud down, for a near flash longer. twigs: side branches, each (Q, 2).
        pulses: (K, 2) delays of the return strokes in seconds, and their strengths.
    """

    time_s: float
    delay_s: float
    x: float
    strength: float
    bolt: Floats
    twigs: tuple[Floats, ...]
    pulses: Floats

    def brightness(self, time_s: float) -> float:
        """Light in [0, 1]: at once full, then dying in flickers."""
        since = time_s - self.time_s - self.pulses[:, 0]
        decay = self.pulses[:, 1] * np.exp(-np.maximum(since, 0.0) / 0.07) * (since >= 0)
        tail = 0.22 * np.exp(-(time_s - self.time_s) / 0.25) if time_s >= self.time_s else 0.0
        return float(min(1.0, decay.max() + tail)) if time_s - self.time_s < AFTERGLOW_S else 0.0


class Thunder(Act):
    """Lightning in the upper sky: ``fork``, ``sheet`` (inside the cloud) or ``distant``.

    The event is the thunder, ``params["delay_s"]`` after ``params["flash_time_s"]``: the nearer, the longer the bolt.
    It shakes a wire that hangs across the picture.
    The decoys glow slowly behind the clouds and never strike.
    """

    label = "thunder"
    fills_picture = True
    layer = -1

    def plan(self, rng: Rng, duration_s: float, *, silent: bool = False, level: float = 0.5) -> ActPlan:
        """Draw a performance; ``level`` widens delays and cloud speed."""
        variant = str(rng.choice(["fork", "sheet", "distant"], p=[0.6, 0.2, 0.2]))
        flashes = tuple(_draw_flashes(rng, duration_s, variant, level))
        params: dict[str, Any] = {
            "flashes": flashes,
            "flash_time_s": tuple(f.time_s for f in flashes),
            "delay_s": tuple(f.delay_s for f in flashes),
            "clouds": tuple(_clouds(rng, grey) for grey in (0.5, 0.32)),
            "drift": rng.uniform([2.0, 5.0], [4.0, 8.0 + 5.0 * level]) * rng.choice([-1.0, 1.0]),
            "wire": rng.uniform([0.5, 0.5, 0.02, 0.0], [0.68, 0.68, 0.07, 6.3]),
            "gain": float(rng.uniform(0.6, 0.85)),
            "light": tuple(int(v) for v in rng.integers([190, 195, 225], [235, 235, 256])),
            "glow_hz": float(rng.uniform(0.35, 0.7)),
            "glow_phase": float(rng.uniform(0.0, 6.3)),
        }
        heard = [Event(f.time_s + f.delay_s, f.strength, f.x) for f in flashes]
        within = sorted((e for e in heard if 0 <= e.time_s < duration_s), key=lambda e: e.time_s)
        events = () if silent else tuple(within)
        return ActPlan(self.label, duration_s, events, None, variant, silent, params)

    def draw(self, canvas: Canvas, time_s: float, plan: ActPlan) -> None:
        """Dusk, clouds, their light, the wire and the bolts."""
        p = plan.params
        flashes: tuple[Flash, ...] = p["flashes"]
        glow, where = 0.0, 0.5
        for flash in flashes:
            shine = flash.brightness(time_s)
            if plan.silent:
                # Heat lightning: the same light, over seconds.
                shine = 0.6 * max(0.0, float(np.sin(2 * np.pi * p["glow_hz"] * time_s + p["glow_phase"]))) ** 2
            if shine * flash.strength > glow:
                glow, where = shine * flash.strength, flash.x
        tint: Colour = tuple(int(55 * glow * c / 255) for c in p["light"])  # type: ignore[assignment]
        tone(canvas, p["gain"] + 0.3 * glow, tint)
        for clouds, speed, height in zip(p["clouds"], p["drift"], (0.5, 0.34), strict=True):
            _draw_clouds(canvas, clouds, speed * time_s, height)
        if glow > 0.02:
            light(canvas, (where, 0.12), 0.3, p["light"], 0.55 * glow)
        _draw_wire(canvas, p["wire"], flashes, time_s, plan.silent)
        if plan.variant != "sheet" and not plan.silent:
            for flash in flashes:
                _draw_bolt(canvas, flash, time_s, p["light"])


def _draw_flashes(rng: Rng, duration_s: float, variant: str, level: float) -> list[Flash]:
    """Flashes in time order; the thunder of one surely falls into the clip, the others come before and after alike."""
    low, high = DELAY_S
    high = low + (high - low) * (0.4 + 0.6 * level)
    if variant == "distant":
        low, high = 0.6 * high, high
    heard_s = float(rng.uniform(0.1, 0.97)) * duration_s
    delay_s = min(float(rng.uniform(low, high)), 0.9 * heard_s)
    flash_s = heard_s - delay_s
    before, after = (np.cumsum(rng.uniform(1.3, 3.6 - level, int(duration_s) + 4)) for _ in range(2))
    times = np.concatenate([flash_s - before[::-1], [flash_s], flash_s + after])
    delays = rng.uniform(low, high, len(times))
    delays[len(before)] = delay_s
    seen = (times > -2.5) & (times < duration_s + 0.5)
    return [_draw_flash(rng, float(t), float(d)) for t, d in zip(times[seen], delays[seen], strict=True)]


def _draw_flash(rng: Rng, time_s: float, delay_s: float) -> Flash:
    near = 1.0 - float(np.clip((delay_s - DELAY_S[0]) / (DELAY_S[1] - DELAY_S[0]), 0.0, 1.0))
    x = float(rng.uniform(0.15, 0.85))
    top = float(rng.uniform(0.02, 0.1))
    bolt = _crack(rng, (x, top), (x + float(rng.normal(0, 0.08)), top + 0.24 + 0.36 * near), 5)
    twigs = []
    for start in rng.integers(5, len(bolt) - 4, int(rng.integers(2, 5))):
        reach = rng.uniform([0.06, 0.05], [0.16, 0.14]) * (0.5 + 0.6 * near) * [rng.choice([-1.0, 1.0]), 1.0]
        twigs.append(_crack(rng, bolt[start], bolt[start] + reach, 3))
    gaps = np.concatenate([[0.0], np.cumsum(rng.uniform(0.08, 0.16, int(rng.integers(1, 4))))])
    pulses = np.stack([gaps, 0.85 ** np.arange(len(gaps)) * np.where(gaps > 0, 0.75, 1.0)], axis=1)
    return Flash(time_s, delay_s, x, 0.35 + 0.65 * near, bolt, tuple(twigs), pulses)


def _crack(rng: Rng, start: tuple[float, float] | Floats, end: tuple[float, float] | Floats, depth: int) -> Floats:
    """(2**depth + 1, 2) a jagged way by midpoint displacement."""
    points = np.array([start, end], dtype=np.float64)
    for _ in range(depth):
        step = np.diff(points, axis=0)
        middle = points[:-1] + 0.5 * step + step[:, ::-1] * [1.0, -1.0] * rng.normal(0.0, 0.2, (len(step), 1))
        merged = np.empty((len(points) + len(middle), 2))
        merged[::2], merged[1::2] = points, middle
        points = merged
    return points


def _draw_bolt(canvas: Canvas, flash: Flash, time_s: float, colour: Colour) -> None:
    since = time_s - flash.time_s
    if since < -LEADER_S or since > AFTERGLOW_S:
        return
    mask = layer(canvas)
    if since < 0:
        # The stepped leader feels its way down, faint, before the stroke.
        count = max(2, round(len(flash.bolt) * (1.0 + since / LEADER_S)))
        strokes(mask, flash.bolt[None, :count], 0.0, (110, 0, 0))
    else:
        shine = flash.brightness(time_s)
        level = int(255 * min(1.0, 0.15 + 1.1 * shine))
        for twig in flash.twigs:
            strokes(mask, twig[None], 0.006 * shine, (int(0.75 * level), 0, 0))
        strokes(mask, flash.bolt[None], (0.005 + 0.01 * flash.strength) * shine, (level, 0, 0))
    blend(canvas, mask.image, (min(255, colour[0] + 25), min(255, colour[1] + 25), 255))


def _draw_wire(canvas: Canvas, wire: Floats, flashes: tuple[Flash, ...], time_s: float, silent: bool) -> None:
    """A wire hung with drops: thunder shakes it, at once and then ever less, and the drops fall."""
    left, right, sag, phase = wire.tolist()
    along = np.linspace(0.0, 1.0, 17)
    y = left + (right - left) * along + 4.0 * sag * along * (1.0 - along)
    y += 0.004 * np.sin(1.7 * time_s + phase) * np.sin(np.pi * along)
    strokes(canvas, xy(1.1 * along - 0.05, y + _shake(along, flashes, time_s, silent))[None], 0.009, _WIRE)
    drops = y[1:-1:2] + 0.02
    for flash in flashes:
        since = time_s - flash.time_s - flash.delay_s
        if not silent and 0.0 <= since < _DROP_S:
            low = drops + 0.5 * _GRAVITY * since**2 * (0.7 + 0.3 * flash.strength)
            x = 1.1 * along[1:-1:2] - 0.05
            strokes(canvas, np.stack([xy(x, low), xy(x, low + 0.012 + 0.06 * since)], axis=1), 0.0, _DROP)


def _shake(along: Floats, flashes: tuple[Flash, ...], time_s: float, silent: bool) -> Floats:
    """(P,) how far thunder throws the wire at places along it."""
    total = np.zeros_like(along)
    for flash in () if silent else flashes:
        since = time_s - flash.time_s - flash.delay_s
        if 0.0 <= since < 5 * _RING_S:
            swing = np.exp(-since / _RING_S) * (1 - np.exp(-since / 0.006)) * np.cos(2 * np.pi * _RING_HZ * since)
            total -= (0.02 + 0.03 * flash.strength) * swing * (np.sin(np.pi * along) + 0.5 * np.sin(3 * np.pi * along))
    return total


#: Columns of a cloud picture, and how many of them span the view.
_CLOUD_COLUMNS, _CLOUD_VIEW = 128, 48


def _clouds(rng: Rng, grey: float) -> Pixels:
    """(24, columns + view + 2, 4) billows that thin downwards; the right end repeats the left."""
    noise = tile_noise(rng, 24, _CLOUD_COLUMNS, 2.0, 6.0) / 255.0
    y = np.linspace(0.0, 1.0, 24)[:, None]
    alpha = np.clip(1.5 * (1.0 - y) + 1.2 * (noise - 0.5) - 0.25, 0.0, 0.85) * np.clip(3.0 * (1.0 - y), 0.0, 1.0)
    shade = 255.0 * grey * (0.35 + 0.9 * noise)
    texture = np.stack([0.92 * shade * alpha, 0.95 * shade * alpha, 1.08 * shade * alpha, 255.0 * alpha], axis=2)
    wrapped = np.concatenate([texture, texture[:, : _CLOUD_VIEW + 2]], axis=1)
    cover: Pixels = np.clip(wrapped, 0, 255).astype(np.uint8)
    return cover


def _draw_clouds(canvas: Canvas, clouds: Pixels, shift: float, height: float) -> None:
    whole = int(np.floor(shift))
    start = whole % _CLOUD_COLUMNS
    column = 1.0 / _CLOUD_VIEW
    view = np.ascontiguousarray(clouds[:, start : start + _CLOUD_VIEW + 2])
    paste(canvas, view, -column * (shift - whole) - 0.01, -0.02, column * (_CLOUD_VIEW + 2), height)
