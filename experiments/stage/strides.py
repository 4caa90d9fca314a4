"""An onset curve explained as the strides of a horse: when each began, in which of four gaits.

Of every gait the stage's horse has (`stage/acts/horse.py`) it is known at which shares of a stride hoofs land, and
how long strides are. Strides follow each other without a gap and change their length little. The likeliest sequence
is found exactly, on a clock of STEP_S, by dynamic programming over where strides begin and how long they are; the
curve is taken as the probability, column by column, that a hoof lands near.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from silentfoley.stage.acts.horse import GAITS

Floats = NDArray[np.float64]
#: Clock of the search, s.
STEP_S = 0.02
#: How near a landing the curve is high, s; what training aims at.
WIDTH_S = 0.03


@dataclass(frozen=True)
class StrideModel:
    """What is expected of the curve and of strides; chosen on validation clips.

    Attributes:
        floor, top: height of the curve away from landings and at them, in (0, 1).
        evenness: cost of a change of stride: times the square of the change of its logarithm.
        margin: share by which strides may be shorter or longer than the gait's range.
    """

    floor: float = 0.15
    top: float = 0.6
    evenness: float = 1000.0
    margin: float = 0.05


@dataclass(frozen=True)
class Ride:
    """One explanation: its gait, its cost (lower is likelier) and the landings in the clip, s."""

    gait: str
    cost: float
    landings_s: Floats


def rides(curve: Floats, columns_per_s: float, model: StrideModel) -> list[Ride]:
    """The best explanation in every gait of a (T,) curve in [0, 1], likeliest first."""
    times = np.arange(int(len(curve) / columns_per_s / STEP_S)) * STEP_S
    seen = np.clip(np.interp(times, np.arange(len(curve)) / columns_per_s, curve), 0.02, 0.98)
    return sorted((best_ride(gait, seen, model) for gait in GAITS), key=lambda ride: ride.cost)


def best_ride(gait: str, seen: Floats, model: StrideModel) -> Ride:
    """The likeliest strides of one gait on (N,) values at STEP_S."""
    phases = np.unique(GAITS[gait][0])
    shortest, longest = GAITS[gait][1]
    low, high = (round(s / STEP_S) for s in (shortest * (1 - model.margin), longest * (1 + model.margin)))
    lengths = np.arange(low, high + 1)
    n, pad = len(seen), int(high)
    # Strides begin before the clip and end after it; there nothing is seen, and nothing costs.
    value = np.concatenate([np.zeros(pad), seen, np.zeros(pad)])
    inside = np.concatenate([np.zeros(pad), np.ones(n), np.zeros(pad)])
    costs = [stride_costs(value, inside, phases, int(length), model) for length in lengths]
    change = model.evenness * np.subtract.outer(np.log(lengths), np.log(lengths)) ** 2
    # ends[k, t]: the least cost of strides up to t, the last of them lengths[k] long; before[k, t]: the one before it.
    ends = np.full((len(lengths), n + 3 * pad), np.inf)
    before = np.full(ends.shape, -1)
    for t in range(pad + n):
        reached = ends[:, t] + change
        best = reached.argmin(axis=1)
        least = reached[np.arange(len(lengths)), best]
        # The first stride begins at or before the clip's first moment and reaches into it.
        first = (t <= pad) & (t + lengths > pad)
        for k in np.flatnonzero(first | np.isfinite(least)):
            start = 0.0 if first[k] else np.inf
            total = min(start, least[k]) + costs[k][t]
            if total < ends[k, t + lengths[k]]:
                ends[k, t + lengths[k]] = total
                before[k, t + lengths[k]] = -1 if start <= least[k] else best[k]
    last = ends[:, pad + n :]
    k, t = (int(i) for i in np.unravel_index(int(last.argmin()), last.shape))
    cost, t, landings = float(last[k, t]), t + pad + n, []
    while k >= 0:
        t -= int(lengths[k])
        landings += [(t - pad + phase * lengths[k]) * STEP_S for phase in phases]
        k = int(before[k, t + int(lengths[k])])
    found = np.sort(np.array(landings))
    return Ride(gait, cost, found[(found >= 0) & (found < n * STEP_S)])


def stride_costs(value: Floats, inside: Floats, phases: Floats, length: int, model: StrideModel) -> Floats:
    """Cost in nats of a stride of a length that begins at each place: cross entropy of what is seen and expected."""
    at = np.arange(length) * STEP_S
    landings = np.concatenate([phases - 1, phases, phases + 1]) * length * STEP_S
    near = np.exp(-0.5 * ((at[:, None] - landings) / WIDTH_S) ** 2).max(axis=1)
    expected = model.floor + (model.top - model.floor) * near
    yes = np.correlate(value, -np.log(expected) + np.log(1 - expected), "valid")
    return np.asarray(yes - np.correlate(inside, np.log(1 - expected), "valid"), dtype=np.float64)
