"""An onset curve explained as the strides of a horse: when each began, and in which of four gaits. Ours.

Hoofs are small and quick, so that a curve that sees them one by one has gaps and doubles; but how they follow each
other is known (:mod:`silentfoley.gaits`). Strides follow each other without a gap and change their length little. The
likeliest sequence is found exactly, on a clock of STEP_S, by dynamic programming over where strides begin and how long
they are; the curve is taken as the probability, column by column, that a hoof lands near.

A clip is taken to be of one gait throughout, within its range of strides: a horse that changes from walk to trot, or
walks slower than any on the stage, is timed better by peaks.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from math import isfinite
from typing import Any

import numpy as np
from numpy.typing import NDArray

from silentfoley.errors import SilentFoleyError
from silentfoley.gaits import GAIT_BEATS, Gait

Floats = NDArray[np.float64]
#: Clock of the search, s.
STEP_S = 0.02
#: How near a landing the curve is high, s; what training aims at.
WIDTH_S = 0.03
#: A landing that the curve missed is believed if there is another so near, s.
STANDS_S = 0.5
#: A curve is never believed to be surer than this, nor surer that nothing lands.
MOST = 0.98


@dataclass(frozen=True)
class StrideModel:
    """What is expected of the curve and of strides; chosen on validation clips.

    Attributes:
        floor, top: height of the curve away from landings and at them; 0 < floor < top < 1.
        evenness: cost of a change of stride: times the square of the change of its logarithm, >= 0.
        margin: share by which strides may be shorter or longer than the gait's range, in [0, 0.5].
        least: where the curve stays below this for STANDS_S to both sides the horse stands: nothing lands; in [0, 1].
    """

    floor: float = 0.15
    top: float = 0.6
    evenness: float = 1000.0
    margin: float = 0.05
    least: float = 0.05

    def __post_init__(self) -> None:
        ranges = {"evenness": (0.0, np.inf), "margin": (0.0, 0.5), "least": (0.0, 1.0)}
        for name, (low, high) in {"floor": (0.0, 1.0), "top": (0.0, 1.0), **ranges}.items():
            value = getattr(self, name)
            number = isinstance(value, int | float) and not isinstance(value, bool) and isfinite(value)
            if not number or not low <= value <= high:
                raise SilentFoleyError(f"StrideModel {name}", f"{value!r} is out of range", f"use {low:g} to {high:g}")
        if not 0 < self.floor < self.top < 1:
            raise SilentFoleyError("StrideModel", f"floor {self.floor} and top {self.top}", "use 0 < floor < top < 1")

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> StrideModel:
        """From JSON values; missing ones take their default.

        Raises:
            SilentFoleyError: for what is no table, an unknown name or a value out of range.
        """
        known = {own.name for own in fields(cls)}
        if not isinstance(values, Mapping) or not set(values) <= known:
            raise SilentFoleyError(
                "StrideModel", f"{values!r} is no table of its numbers", f"use {', '.join(sorted(known))}"
            )
        return cls(**values)


@dataclass(frozen=True, eq=False)
class Ride:
    """One explanation: its gait, its cost in nats (lower is likelier) and (N,) times of landings in the clip, s."""

    gait: str
    cost: float
    landings_s: Floats


def rides(curve: NDArray[np.floating], columns_per_s: float, model: StrideModel) -> list[Ride]:
    """The best explanation in every gait, likeliest first.

    Args:
        curve: (T,) in [0, 1], T >= 1.
        columns_per_s: of the curve, > 0.
        model: what is expected.
    """
    times_s = np.arange(max(1, int(len(curve) / columns_per_s / STEP_S))) * STEP_S
    heights = np.interp(times_s, np.arange(len(curve)) / columns_per_s, curve)
    found = [Ride(name, *best_ride(gait, np.clip(heights, 1 - MOST, MOST), model)) for name, gait in GAIT_BEATS.items()]
    return sorted(found, key=lambda ride: ride.cost)


def landings_s(curve: NDArray[np.floating], columns_per_s: float, model: StrideModel) -> Floats:
    """(N,) landings of the likeliest ride, s, without those where the curve says that the horse stands."""
    times_s = rides(curve, columns_per_s, model)[0].landings_s
    first = np.floor((times_s - STANDS_S) * columns_per_s).astype(int)
    last = np.ceil((times_s + STANDS_S) * columns_per_s).astype(int)
    heard = [curve[max(0, a) : b + 1].max(initial=0) >= model.least for a, b in zip(first, last, strict=True)]
    return times_s[np.array(heard, dtype=np.bool_)]


def best_ride(gait: Gait, seen: Floats, model: StrideModel) -> tuple[float, Floats]:
    """Cost and landings of the likeliest strides of one gait on (N,) heights STEP_S apart."""
    lengths = stride_steps(gait, model)
    n, pad = len(seen), int(lengths[-1])
    costs = np.stack([stride_costs(seen, pad, gait, int(length), model) for length in lengths])
    change = model.evenness * np.subtract.outer(np.log(lengths), np.log(lengths)) ** 2
    # ends[k, t]: the least cost of strides up to t, the last of them lengths[k] long; before[k, t]: the one before it.
    # Times count from ``pad`` steps before the clip, for strides begin before it and end after it.
    ends = np.full((len(lengths), n + 2 * pad + 1), np.inf)
    before = np.full(ends.shape, -1)
    each = np.arange(len(lengths))
    for t in range(pad + n):
        reached = ends[:, t] + change
        last = reached.argmin(axis=1)
        # The first stride begins at or before the clip's first moment and reaches into it.
        start = np.where((t <= pad) & (t + lengths > pad), 0.0, np.inf)
        total = np.minimum(start, reached[each, last]) + costs[:, t]
        to = t + lengths
        better = total < ends[each, to]
        ends[each[better], to[better]] = total[better]
        before[each[better], to[better]] = np.where(start <= reached[each, last], -1, last)[better]
    finals = ends[:, pad + n :]
    k, over = (int(i) for i in np.unravel_index(int(finals.argmin()), finals.shape))
    starts = traced(before, lengths, k, pad + n + over)
    phases = np.unique(gait.phases)
    times_s = np.sort(np.concatenate([(start - pad + phases * length) * STEP_S for start, length in starts]))
    return float(finals[k, over]), times_s[(times_s >= 0) & (times_s < n * STEP_S)]


def traced(before: NDArray[np.int64], lengths: NDArray[np.int64], k: int, end: int) -> list[tuple[int, int]]:
    """Start and length, in steps, of the strides of which the last, lengths[k] long, ends at ``end``."""
    strides = []
    while k >= 0:
        start = end - int(lengths[k])
        strides.append((start, int(lengths[k])))
        k, end = int(before[k, end]), start
    return strides


def stride_steps(gait: Gait, model: StrideModel) -> NDArray[np.int64]:
    """(L,) lengths that a stride may have, in steps."""
    shortest, longest = gait.stride_s
    low, high = round(shortest * (1 - model.margin) / STEP_S), round(longest * (1 + model.margin) / STEP_S)
    return np.arange(low, high + 1)


def stride_costs(seen: Floats, pad: int, gait: Gait, length: int, model: StrideModel) -> Floats:
    """(N + pad,) cost in nats of a stride that begins at each step from ``pad`` before the clip to its end.

    The cross entropy of what is seen and what is expected; outside the clip nothing is seen, and nothing costs.
    """
    expected = expected_heights(gait, length, model)
    value = np.concatenate([np.zeros(pad), seen, np.zeros(length - 1)])
    inside = np.concatenate([np.zeros(pad), np.ones(len(seen)), np.zeros(length - 1)])
    yes = np.correlate(value, np.log(1 - expected) - np.log(expected), "valid")
    return np.asarray(yes - np.correlate(inside, np.log(1 - expected), "valid"), dtype=np.float64)


def expected_heights(gait: Gait, length: int, model: StrideModel) -> Floats:
    """(length,) heights of the curve in a stride of ``length`` steps among others like it."""
    phases = np.unique(gait.phases)
    landings = np.concatenate([phases - 1, phases, phases + 1]) * length
    near = np.exp(-0.5 * ((np.arange(length)[:, None] - landings) * STEP_S / WIDTH_S) ** 2).max(axis=1)
    return np.asarray(model.floor + (model.top - model.floor) * near, dtype=np.float64)
