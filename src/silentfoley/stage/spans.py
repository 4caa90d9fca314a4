"""When a texture sounds within a clip, and how loud: on throughout, begun late, or ended early."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from silentfoley.stage.act import Event

#: Steps per second of a texture's envelope (ours).
ENVELOPE_HZ = 50.0
#: A start or stop this far away never falls into a clip.
_AGES_S = 1e3


@dataclass(frozen=True)
class Span:
    """The sounding time of a texture and its level.

    Attributes:
        start_s, stop_s: sounding time; far outside the clip where it sounds from before or beyond it.
        attack_s, release_s: linear fades inside the span.
        swell_hz, swell_depth, swell_phase: slow rise and fall of the level, depth in [0, 1).
    """

    start_s: float = -_AGES_S
    stop_s: float = _AGES_S
    attack_s: float = 0.4
    release_s: float = 0.5
    swell_hz: float = 0.3
    swell_depth: float = 0.2
    swell_phase: float = 0.0

    def level(self, time_s: ArrayLike) -> NDArray[np.float64]:
        """Level in [0, 1] at any times, same shape."""
        t = np.asarray(time_s, dtype=np.float64)
        rise = np.minimum(np.maximum((t - self.start_s) / self.attack_s, 0.0), 1.0)
        fall = np.minimum(np.maximum((self.stop_s - t) / self.release_s, 0.0), 1.0)
        return np.asarray(rise * fall * self.swell(t))

    def swell(self, time_s: ArrayLike) -> NDArray[np.float64]:
        """The slow rise and fall alone, in (0, 1]."""
        wave = 0.5 - 0.5 * np.cos(2 * np.pi * self.swell_hz * np.asarray(time_s) + self.swell_phase)
        return np.asarray(1.0 - self.swell_depth * wave)

    def steady(self, from_s: float, to_s: float) -> bool:
        """Whether it neither starts nor stops between two times."""
        return self.start_s + self.attack_s <= from_s and to_s <= self.stop_s - self.release_s

    def envelope(self, duration_s: float) -> NDArray[np.float64]:
        """(E,) level at equal steps from 0 to ``duration_s`` inclusive, about 50 a second."""
        return self.level(envelope_times(duration_s))

    def event(self, duration_s: float, strength: float, x: float = 0.5) -> Event:
        """The one event of the texture, clipped to the clip."""
        start = max(self.start_s, 0.0)
        return Event(start, strength, x, min(self.stop_s, duration_s) - start)


def envelope_times(duration_s: float) -> NDArray[np.float64]:
    """(E,) the times an envelope is sampled at, in seconds: both ends included."""
    return np.linspace(0.0, duration_s, max(2, round(duration_s * ENVELOPE_HZ) + 1))


def draw_span(rng: np.random.Generator, duration_s: float, level: float, *, attack_s: float, release_s: float) -> Span:
    """A span from the seed: three in five sound throughout, one begins late, one ends early (ours)."""
    kind = rng.random()
    begin, end = float(rng.uniform(0.15, 0.55)) * duration_s, float(rng.uniform(0.45, 0.85)) * duration_s
    return Span(
        start_s=begin if 0.6 <= kind < 0.8 else -_AGES_S,
        stop_s=end if kind >= 0.8 else _AGES_S,
        attack_s=attack_s,
        release_s=release_s,
        swell_hz=float(rng.uniform(0.1, 0.3 + 0.4 * level)),
        swell_depth=float(rng.uniform(0.0, 0.2 + 0.4 * level)),
        swell_phase=float(rng.uniform(0.0, 2 * np.pi)),
    )
