"""Are the cues where the events are? F1, what chance would give, and the skill above it.

F1 alone rewards many cues on a dense clip: a blind metronome can win it. So the same cues are
shifted round the clip by random amounts; their mean F1 is *chance*, and
``skill = (F1 - chance) / (1 - chance)`` is 0 for timing that knows nothing and 1 for the truth.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from silentfoley.errors import SilentFoleyError
from silentfoley.metrics.matching import as_times, count_matches, match_events

CHANCE_DRAWS = 200


@dataclass(frozen=True)
class EventScore:
    """Counts and ratios at one tolerance.

    Attributes:
        n_true: true events.
        n_cues: cues.
        n_matched: one-to-one pairs within the tolerance.
        precision, recall, f1: in [0, 1].
    """

    n_true: int
    n_cues: int
    n_matched: int
    precision: float
    recall: float
    f1: float

    @property
    def count_error(self) -> int:
        """Cues minus true events."""
        return self.n_cues - self.n_true


@dataclass(frozen=True)
class ClipEvents:
    """One clip's truth and cues.

    Attributes:
        true_s: (N,) true onsets in seconds.
        cues_s: (M,) cued onsets in seconds.
        duration_s: length of the clip in seconds, > 0.
    """

    true_s: NDArray[np.float64]
    cues_s: NDArray[np.float64]
    duration_s: float

    def __post_init__(self) -> None:
        object.__setattr__(self, "true_s", as_times(self.true_s, "true_s"))
        object.__setattr__(self, "cues_s", as_times(self.cues_s, "cues_s"))
        _check_duration(self.duration_s)


@dataclass(frozen=True)
class TimingError:
    """Where matched cues fall about their events, in seconds; NaN where nothing matched.

    Attributes:
        bias_s: median of cue minus truth; positive where cues are late.
        median_abs_s: median of the distance.
        p90_abs_s: 90th percentile of the distance.
    """

    bias_s: float
    median_abs_s: float
    p90_abs_s: float


@dataclass(frozen=True)
class EventSummary:
    """A set of clips at one tolerance.

    Attributes:
        tolerance_s: the tolerance in seconds.
        f1: mean of the clips' F1.
        chance: mean of the clips' chance.
        skill: of these two means, as in the table of a protocol, never a mean of ratios.
        pooled: counts and F1 over all clips together.
        timing: of all matched pairs.
        clip_f1, clip_chance: (clips,) the values behind the means, for intervals.
    """

    tolerance_s: float
    f1: float
    chance: float
    skill: float
    pooled: EventScore
    timing: TimingError
    clip_f1: NDArray[np.float64]
    clip_chance: NDArray[np.float64]


def score_counts(n_true: int, n_cues: int, n_matched: int) -> EventScore:
    """Precision, recall and F1 of counts.

    Rightly silent is right: no events and no cues score 1. Silence against events scores 0, and so
    do cues against silence.
    """
    if n_true == 0 and n_cues == 0:
        return EventScore(0, 0, 0, 1.0, 1.0, 1.0)
    precision = n_matched / n_cues if n_cues else 0.0
    recall = n_matched / n_true if n_true else 0.0
    return EventScore(n_true, n_cues, n_matched, precision, recall, 2 * n_matched / (n_true + n_cues))


def score_events(true_s: ArrayLike, cues_s: ArrayLike, tolerance_s: float) -> EventScore:
    """Score (M,) cues against (N,) true events, both in seconds, by one-to-one maximum matching."""
    true, cues = as_times(true_s, "true_s"), as_times(cues_s, "cues_s")
    return score_counts(true.size, cues.size, count_matches(true, cues, tolerance_s))


def chance_f1(
    true_s: ArrayLike,
    cues_s: ArrayLike,
    tolerance_s: float,
    duration_s: float,
    draws: int = CHANCE_DRAWS,
    seed: int = 0,
) -> float:
    """Mean F1 of the same cues shifted round the clip: their number and rhythm without their timing.

    Args:
        true_s: (N,) seconds.
        cues_s: (M,) seconds.
        tolerance_s: as for :func:`score_events`.
        duration_s: length of the clip; a cue that leaves at the end comes in at the start.
        draws: number of shifts, uniform over the clip.
        seed: of the shifts.

    Raises:
        SilentFoleyError: for a length that is not positive or no draws.
    """
    _check_duration(duration_s)
    if draws < 1:
        raise SilentFoleyError("draws", f"{draws!r} is no count", "draw at least one shift")
    true, cues = as_times(true_s, "true_s"), as_times(cues_s, "cues_s")
    if not (true.size and cues.size):
        return score_counts(true.size, cues.size, 0).f1
    shifts = np.random.default_rng(seed).uniform(0.0, duration_s, size=draws)
    scores = [score_events(true, (cues + shift) % duration_s, tolerance_s).f1 for shift in shifts]
    return float(np.mean(scores))


def skill(f1: float, chance: float) -> float:
    """``(f1 - chance) / (1 - chance)``: 0 at chance, 1 for the truth, and 0 where chance leaves no room above it."""
    return 0.0 if chance >= 1.0 else (f1 - chance) / (1.0 - chance)


def timing_error(errors_s: ArrayLike) -> TimingError:
    """Location and spread of (M,) signed errors of matched pairs, in seconds."""
    errors = as_times(errors_s, "errors_s")
    if errors.size == 0:
        return TimingError(np.nan, np.nan, np.nan)
    distance = np.abs(errors)
    return TimingError(float(np.median(errors)), float(np.median(distance)), float(np.percentile(distance, 90)))


def summarise_events(
    clips: Sequence[ClipEvents], tolerance_s: float, draws: int = CHANCE_DRAWS, seed: int = 0
) -> EventSummary:
    """Score a set of clips at one tolerance.

    A clip that is silent and rightly left silent has F1 1 and chance 1: it counts in the mean F1 and
    neither helps nor hurts the skill.

    Args:
        clips: at least one clip.
        tolerance_s: in seconds.
        draws: shifts per clip for chance.
        seed: of the shifts; clip ``i`` draws from ``seed + i``.

    Raises:
        SilentFoleyError: if there is no clip.
    """
    if not clips:
        raise SilentFoleyError("summarise_events", "no clips to score", "pass at least one")
    matchings = [match_events(c.true_s, c.cues_s, tolerance_s) for c in clips]
    scores = [score_counts(c.true_s.size, c.cues_s.size, len(m)) for c, m in zip(clips, matchings, strict=True)]
    f1 = np.array([s.f1 for s in scores])
    chance = np.array(
        [chance_f1(c.true_s, c.cues_s, tolerance_s, c.duration_s, draws, seed + i) for i, c in enumerate(clips)]
    )
    pooled = score_counts(*(sum(getattr(s, n) for s in scores) for n in ("n_true", "n_cues", "n_matched")))
    timing = timing_error(np.concatenate([m.error_s for m in matchings]))
    mean_f1, mean_chance = float(f1.mean()), float(chance.mean())
    return EventSummary(tolerance_s, mean_f1, mean_chance, skill(mean_f1, mean_chance), pooled, timing, f1, chance)


def _check_duration(duration_s: float) -> None:
    if not (np.isfinite(duration_s) and duration_s > 0):
        raise SilentFoleyError("duration_s", f"{duration_s!r} is no length", "pass seconds > 0")
