"""Motion that follows from event times: strokes that fall fast and lift slowly, and limbs that reach."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from silentfoley.stage.canvas import Canvas, Colour

Rng = np.random.Generator
Point = NDArray[np.float64]
#: Seconds before and after the clip for which beats are drawn, so that motion at its edges has a past and a future.
MARGIN_S = 3.0


def draw_beats(rng: Rng, duration_s: float, gap: Callable[[], float]) -> NDArray[np.float64]:
    """(K,) times from before -MARGIN_S to beyond ``duration_s + MARGIN_S`` with gaps drawn one by one.

    The first beat lies a random part of a gap before the margin, so the clip starts at no special phase.
    """
    first = gap()
    times = [-MARGIN_S - first * rng.random()]
    while times[-1] < duration_s + MARGIN_S:
        times.append(times[-1] + gap())
    return np.array(times)


def inside(times: NDArray[np.float64], duration_s: float) -> list[int]:
    """Indices of the times in [0, duration_s)."""
    return [int(k) for k in np.flatnonzero((times >= 0) & (times < duration_s))]


def last_before(times: NDArray[np.float64], time_s: float) -> int:
    """Index of the last time at or before ``time_s``, kept in [0, K - 2] so that a next one exists."""
    return min(max(int(times.searchsorted(time_s, side="right")) - 1, 0), len(times) - 2)


def shift(point: Point, dx: float, dy: float) -> Point:
    """A (2,) point moved."""
    return np.array([point[0] + dx, point[1] + dy])


def ease(u: float) -> float:
    """Smooth step from 0 to 1 on [0, 1], flat at both ends."""
    u = min(max(u, 0.0), 1.0)
    return u * u * (3 - 2 * u)


@dataclass(frozen=True)
class Strokes:
    """Something that is lifted slowly and strikes fast, again and again.

    Attributes:
        times: (K,) when it strikes, seconds.
        heights: (K,) lift before each strike, any unit.
        fall_s: time of the stroke down; at most 30 % of a gap.
        lift_s: time of the lift; at most 70 % of what remains of a gap.
        gap: height at which it stops short: 0 for real strokes, above 0 for a decoy.
    """

    times: NDArray[np.float64]
    heights: NDArray[np.float64]
    fall_s: float
    gap: float = 0.0
    lift_s: float = 0.6

    def lift(self, time_s: float) -> float:
        """Height above contact: ``gap`` exactly at every time of ``times`` and more than that between."""
        k = last_before(self.times, time_s)
        start, end, top = float(self.times[k]), float(self.times[k + 1]), float(self.heights[k + 1])
        fall = min(self.fall_s, 0.3 * (end - start))
        if time_s < end - fall:
            # Lifted, the tool hangs before it strikes.
            lift_s = min(self.lift_s, 0.7 * (end - fall - start))
            return self.gap + (top - self.gap) * ease((time_s - start) / lift_s)
        u = (time_s - end + fall) / fall
        return self.gap + (top - self.gap) * max(0.0, 1.0 - u * u)

    def age(self, time_s: float) -> float:
        """Seconds since the last strike."""
        return float(time_s - self.times[last_before(self.times, time_s)])

    def last(self, time_s: float) -> int:
        """Index of the last strike."""
        return last_before(self.times, time_s)


def draw_strokes(
    rng: Rng,
    times: NDArray[np.float64],
    heights: tuple[float, float],
    *,
    fall_s: float,
    gap: float,
    silent: bool,
    lift_s: float = 0.6,
) -> Strokes:
    """Strokes at given times with random heights; a decoy stops at ``gap`` and strikes nothing."""
    tops = rng.uniform(*heights, len(times))
    return Strokes(times, np.maximum(tops, 1.6 * gap) if silent else tops, fall_s, gap if silent else 0.0, lift_s)


def bend(hip: Point, foot: Point, upper: float, lower: float, side: float) -> Point:
    """Where the knee is: two segments from hip to foot (law of cosines), bent towards ``side`` (+1 or -1).

    A foot out of reach is met by a straight leg.
    """
    dx, dy = float(foot[0] - hip[0]), float(foot[1] - hip[1])
    reach = (dx * dx + dy * dy) ** 0.5
    d = min(max(reach, abs(upper - lower) + 1e-6), upper + lower - 1e-6)
    along = (d * d + upper * upper - lower * lower) / (2 * d)
    out = max(upper * upper - along * along, 0.0) ** 0.5 * side
    ux, uy = (dx / reach, dy / reach) if reach > 1e-9 else (0.0, 1.0)
    return np.array([hip[0] + along * ux + out * uy, hip[1] + along * uy - out * ux])


def burst(
    canvas: Canvas,
    centre: Sequence[float] | Point,
    age_s: float,
    *,
    life_s: float,
    reach: float,
    colour: Colour,
    width: float = 0.012,
    rays: int = 7,
    spread: tuple[float, float] = (np.pi, 2 * np.pi),
) -> None:
    """Short lines that fly out from a contact and end: sparks, chips, a jolt. Nothing outside (0, life_s)."""
    if not 0.0 <= age_s < life_s:
        return
    u = age_s / life_s
    angles = np.linspace(*spread, rays)
    # Out fast at first; the tails catch up, so that the lines shrink as they leave.
    head, tail = reach * (1 - (1 - u) ** 2.5), reach * u**1.3 * 0.95
    ways = np.column_stack([np.cos(angles), np.sin(angles)])
    ways[1::2] *= 0.75
    start = np.asarray(centre, dtype=np.float64)
    canvas.lines(np.stack([start + tail * ways, start + (head + 0.03) * ways], axis=1), width * (1 - 0.4 * u), colour)


def dust(
    canvas: Canvas, centre: Sequence[float] | Point, age_s: float, *, life_s: float, size: float, colour: Colour
) -> None:
    """Three puffs that rise and spread from the ground behind a contact, largest at once and gone at ``life_s``."""
    if not 0.0 <= age_s < life_s:
        return
    u = age_s / life_s
    x, y = float(centre[0]), float(centre[1])
    for way, high in ((-1.0, 0.35), (-0.3, 0.8), (0.8, 0.3)):
        out = size * (0.5 + 2.2 * u**0.6)
        canvas.circle((x + way * out, y - high * out * 0.8), size * (1.0 - u) ** 0.7, colour)
