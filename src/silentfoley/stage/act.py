"""What an act is: it plans its events from a seed, then draws itself at any time."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from silentfoley.stage.canvas import Canvas
from silentfoley.timegrid import Number, frame_times_s

if TYPE_CHECKING:
    from silentfoley.stage.ceiling import TimingCeiling

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
        events: hits in time order, each in [0, duration_s). A texture has one event that spans its sounding time.
        envelope: (E,) level in [0, 1] at equal steps from 0 to duration_s, both included, for
            textures, or None for hits.
        variant: material or manner (gait, surface), or None.
        silent: True for a decoy: the same act, but it stops short and never sounds; ``events`` is empty then.
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

    Two rules keep the stage honest, because half of the actors run backwards in time and make no sound:

    - The motion tells the direction of time (fast strike, slow lift; things fall, fly apart, expand).
    - A single frame does not: the performance is stationary, its start is no more a beginning than its end.
      Motion in progress at 0 stems from events before the clip.
    """

    label: str
    #: True if the act fills the picture (rain, thunder's sky) instead of standing in its box.
    fills_picture: bool = False
    #: Drawn in this order: -1 behind all others, 0 among them, 1 in front.
    layer: int = 0
    #: False if a mirror image would show something else (a clock that runs backwards).
    mirrors: bool = True
    #: Seconds by which the eye may be wrong about the contact beyond the frame interval: half the time for which
    #: the contact looks the same.
    ambiguity_s: float = 0.0

    @abstractmethod
    def plan(self, rng: Rng, duration_s: float, *, silent: bool = False, level: float = 0.5) -> ActPlan:
        """Draw a performance. ``level`` in [0, 1] widens the ranges (speed, irregularity, odd views)."""

    @abstractmethod
    def draw(self, canvas: Canvas, time_s: float, plan: ActPlan) -> None:
        """Draw the act at ``time_s`` in its box: x 0..1 left to right, y 0..1 top to bottom, ground at y = 0.9.

        ``time_s`` lies in [0, duration_s], but for motion blur up to one frame outside.
        """

    def timing_ceiling(
        self, rate_fps: Number, *, tolerance_s: float = 0.05, duration_s: float = 4.0, n_plans: int = 64
    ) -> TimingCeiling:
        """The best timing a frame rate allows for this act: precision and event F1 of an oracle.

        The oracle (see :mod:`silentfoley.stage.ceiling`) sees every contact at the first frame at or after it and
        cannot tell two contacts between the same two frames apart. Means over ``n_plans`` performances of fixed
        seeds, levels spread evenly over [0, 1].
        """
        # Loaded late: it brings SciPy's optimiser, which whoever only performs a plan should not wait for.
        from silentfoley.stage import ceiling

        n_frames = max(1, round(duration_s * float(rate_fps)))
        frames = frame_times_s(n_frames, rate_fps)
        ceilings = []
        for seed in range(n_plans):
            plan = self.plan(np.random.default_rng(seed), duration_s, level=seed / max(n_plans - 1, 1))
            times = [event.time_s for event in plan.events]
            ceilings.append(ceiling.event_ceiling(times, frames, tolerance_s=tolerance_s, ambiguity_s=self.ambiguity_s))
        return ceiling.TimingCeiling(ceilings[0].precision_s, float(np.mean([c.f1 for c in ceilings])), tolerance_s)
