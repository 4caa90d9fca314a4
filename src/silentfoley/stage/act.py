"""What an act is: it plans its events from a seed, then draws itself at any time."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from silentfoley.stage.canvas import Canvas

Rng = np.random.Generator


@dataclass(frozen=True)
class Event:
    """One thing that sounds.

    Attributes:
        time_s: the instant of contact (or flash, or release), exact, in clip time.
        strength: in [0, 1].
        x: where in the act's box, 0 left to 1 right.
        duration_s: how long it sounds, or None to ring by nature.
    """

    time_s: float
    strength: float = 1.0
    x: float = 0.5
    duration_s: float | None = None


@dataclass(frozen=True)
class ActPlan:
    """Everything drawn for one performance of an act; drawing and sound read it, nothing else.

    Attributes:
        label: sound class.
        duration_s: clip length.
        events: hits in time order. A texture has one event that spans its sounding time.
        envelope: (E,) level in [0, 1] at equal steps over the clip for textures, or None for hits.
        variant: material or manner (gait, surface), or None.
        silent: True for a decoy: the same picture of the same act, but it stops short and never sounds;
            ``events`` is empty then.
        params: what the act drew for itself.
    """

    label: str
    duration_s: float
    events: tuple[Event, ...]
    envelope: NDArray[np.float64] | None = None
    variant: str | None = None
    silent: bool = False
    params: dict[str, Any] = field(default_factory=dict)


class Act(ABC):
    """One of the thirteen acts.

    ``plan`` draws every random choice; ``draw`` is a pure function of plan and time, so that an act can be
    drawn at any frame rate, blurred by sub-frames, or run backwards. All motion follows from the events: at
    ``event.time_s`` the contact is visible, exactly.
    """

    label: str
    #: True if the act fills the picture (rain, thunder's sky) instead of standing in its box.
    fills_picture: bool = False

    @abstractmethod
    def plan(self, rng: Rng, duration_s: float, *, silent: bool = False, level: float = 0.5) -> ActPlan:
        """Draw a performance. ``level`` in [0, 1] widens the ranges (speed, irregularity, odd views)."""

    @abstractmethod
    def draw(self, canvas: Canvas, time_s: float, plan: ActPlan) -> None:
        """Draw the act at ``time_s`` in its box: x 0..1 left to right, y 0..1 top to bottom, ground at y = 0.9."""
