"""Pearson's correlation from sums, so that it can be pooled over clips and resampled by clip."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from silentfoley.metrics.levels import Floats

#: What :func:`correlation_sums` gives, in order.
SUM_NAMES = ("n", "x", "y", "xx", "yy", "xy")


def correlation_sums(x: ArrayLike, y: ArrayLike) -> Floats:
    """(6,) number, sums, sums of squares and of products of (N,) pairs; pairs with NaN are left out."""
    one, other = np.asarray(x, dtype=np.float64), np.asarray(y, dtype=np.float64)
    known = ~(np.isnan(one) | np.isnan(other))
    one, other = one[known], other[known]
    return np.array([known.sum(), one.sum(), other.sum(), one @ one, other @ other, one @ other], dtype=np.float64)


def correlation_of_sums(sums: ArrayLike) -> Floats:
    """Pearson's r from (..., 6) sums, or their means over clips: r does not change when all six are scaled.

    Returns:
        (...) in [-1, 1]; 0 where either side does not vary (nothing is told), NaN where there are no pairs.
    """
    n, x, y, xx, yy, xy = np.moveaxis(np.asarray(sums, dtype=np.float64), -1, 0)
    with np.errstate(invalid="ignore", divide="ignore"):
        spread_x, spread_y = xx - x * x / n, yy - y * y / n
        # A spread of rounding errors is none.
        flat = (spread_x <= 1e-10 * xx) | (spread_y <= 1e-10 * yy)
        r = (xy - x * y / n) / np.sqrt(np.where(flat, 1.0, spread_x * spread_y))
    return np.asarray(np.where(n > 0, np.where(flat, 0.0, np.clip(r, -1, 1)), np.nan))


def ratio(means: ArrayLike) -> Floats:
    """First over second of (..., 2): a mean over events from per-clip sums and counts; NaN where there are none."""
    total, n = np.moveaxis(np.asarray(means, dtype=np.float64), -1, 0)
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.asarray(np.where(n > 0, total / n, np.nan))
