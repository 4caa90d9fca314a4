"""How sure a distance of two distributions is: clips drawn without replacement, by recording.

The bootstrap fails here. A clip drawn twice is at distance 0 from itself, which a distance of distributions sees; and
at equal distributions, where the variance falls with 1/n^2 and not 1/n, it is three times too large.

Subsets of a half and of a quarter show both kinds of variance. With n units, let A be the part of the variance that
falls with 1/n and Q the part that falls with 1/n^2. About the value of the whole, subsets of n/2 vary by A + 3 Q and
subsets of n/4 by 3 A + 15 Q (Hoeffding's decomposition; the covariance of a subset's value with the whole's is the
whole's variance). So the whole varies by A + Q = 2 V(n/2) - V(n/4) / 3. The estimate is ours; its coverage is tested.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtri, stdtrit

from silentfoley.metrics.bootstrap import Interval

#: Units below which quarters say nothing.
NO_INTERVAL_BELOW = 12
Bools = NDArray[np.bool_]
Floats = NDArray[np.float64]


def draw_subsets(n_units: int, size: int, n_draws: int, seed: int) -> Bools:
    """(n_draws, n_units), ``size`` units in each row, none twice."""
    order = np.random.default_rng(seed).random((n_draws, n_units)).argsort(axis=1)
    return order < size


def subsampled_interval(
    value: float,
    statistic: Callable[[Bools], Floats],
    n_units: int,
    n_clips: int,
    *,
    level: float = 0.95,
    n_draws: int = 1000,
    seed: int = 0,
) -> Interval:
    """``value`` with a normal interval whose width comes from halves and quarters of the units.

    Args:
        value: of all units.
        statistic: (R, n_units) subsets to (R,) values; each row is one subset.
        n_units: recordings, or clips where each is a recording of its own.
        n_clips: reported as the interval's N.
        level: of the interval.
        n_draws: half of them halves, half of them quarters.
        seed: of the draws.

    Returns:
        NaN ends where there are fewer than :data:`NO_INTERVAL_BELOW` units.
    """
    if n_units < NO_INTERVAL_BELOW or not np.isfinite(value):
        return Interval(value, float("nan"), float("nan"), n_clips, level)
    draws = max(2, n_draws // 2)
    halves = _variance(statistic(draw_subsets(n_units, n_units // 2, draws, seed)))
    quarters = _variance(statistic(draw_subsets(n_units, n_units // 4, draws, seed + 1)))
    # A >= 0 and Q >= 0 bound it on both sides.
    variance = float(np.clip(2.0 * halves - quarters / 3.0, halves / 3.0, halves))
    return interval_of_variance(value, variance, n_clips, level)


def interval_of_variance(
    value: float, variance: float, n_clips: int, level: float, *, freedom: float = float("inf")
) -> Interval:
    """Interval about ``value`` by Student's t with ``freedom`` degrees; the normal one where the variance is known."""
    at = 0.5 + level / 2
    half_width = float(ndtri(at) if np.isinf(freedom) else stdtrit(freedom, at)) * variance**0.5
    return Interval(value, value - half_width, value + half_width, n_clips, level)


def _variance(values: Floats) -> float:
    kept = values[np.isfinite(values)]
    return float(kept.var(ddof=1)) if kept.size > 1 else float("nan")
