"""Pairing true events with cues, each at most once."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.optimize import linear_sum_assignment

from silentfoley.errors import SilentFoleyError

#: Slack of every tolerance in seconds: 0.15 - 0.10 is a hair above 0.05 in floating point.
EDGE_S = 1e-9


@dataclass(frozen=True)
class Matching:
    """Pairs of a true event and a cue, in the order of the true events as given.

    Attributes:
        true_index: (M,) indices into the true events.
        cue_index: (M,) indices into the cues, no two alike.
        error_s: (M,) cue time minus true time; positive where the cue is late.
    """

    true_index: NDArray[np.int64]
    cue_index: NDArray[np.int64]
    error_s: NDArray[np.float64]

    def __len__(self) -> int:
        return int(self.true_index.size)


def as_times(times_s: ArrayLike, name: str = "times") -> NDArray[np.float64]:
    """``times_s`` as a (N,) float array.

    Raises:
        SilentFoleyError: if it is not one-dimensional or not finite.
    """
    times = np.asarray(times_s, dtype=np.float64)
    if times.ndim != 1 or not np.isfinite(times).all():
        raise SilentFoleyError(name, f"shape {times.shape} is no list of finite times", "pass seconds, (N,)")
    return times


def _check_tolerance(tolerance_s: float) -> None:
    if not (np.isfinite(tolerance_s) and tolerance_s >= 0):
        raise SilentFoleyError("tolerance_s", f"{tolerance_s!r} is not a tolerance", "pass seconds >= 0")


def match_events(true_s: ArrayLike, cues_s: ArrayLike, tolerance_s: float) -> Matching:
    """The largest one-to-one pairing within a tolerance and, among the largest, one of least total error.

    An assignment problem: a pair within the tolerance costs its error minus a reward larger than
    all errors of a matching together, so one pair more always pays; any other pair costs nothing
    and is dropped afterwards.

    Args:
        true_s: (N,) seconds, in any order.
        cues_s: (M,) seconds, in any order.
        tolerance_s: largest distance of a pair in seconds, itself included.
    """
    _check_tolerance(tolerance_s)
    true, cues = as_times(true_s, "true_s"), as_times(cues_s, "cues_s")
    error = cues[None, :] - true[:, None]
    near = np.abs(error) <= tolerance_s + EDGE_S
    reward = 1.0 + (tolerance_s + EDGE_S) * min(error.shape)
    rows, columns = linear_sum_assignment(np.where(near, np.abs(error) - reward, 0.0))
    kept = near[rows, columns]
    rows, columns = rows[kept], columns[kept]
    return Matching(rows.astype(np.int64), columns.astype(np.int64), error[rows, columns])


def count_matches(true_s: ArrayLike, cues_s: ArrayLike, tolerance_s: float) -> int:
    """How many pairs :func:`match_events` finds, in linear time after sorting.

    Walking both sorted lists and pairing the earliest two that fit is optimal for one tolerance: if
    a best matching leaves that pair out, the partners can be exchanged without losing a pair.
    """
    _check_tolerance(tolerance_s)
    true = np.sort(as_times(true_s, "true_s")).tolist()
    cues = np.sort(as_times(cues_s, "cues_s")).tolist()
    limit = tolerance_s + EDGE_S
    i = j = count = 0
    while i < len(true) and j < len(cues):
        error = cues[j] - true[i]
        if abs(error) <= limit:
            i, j, count = i + 1, j + 1, count + 1
        elif error > 0:
            i += 1
        else:
            j += 1
    return count
