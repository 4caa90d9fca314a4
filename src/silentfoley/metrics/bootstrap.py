"""How sure a mean is: percentile bootstrap over independent units."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

#: Resamples of every interval.
N_RESAMPLES = 2000


@dataclass(frozen=True)
class Interval:
    """A mean with its interval.

    Attributes:
        mean: of the values; NaN without any.
        low, high: ends of the interval.
        n: number of values.
        level: share of resamples inside.
    """

    mean: float
    low: float
    high: float
    n: int
    level: float = 0.95

    def to_dict(self) -> dict[str, float | int | None]:
        """JSON values; None stands for a mean of nothing."""
        known = self.n > 0
        ends = {"mean": self.mean, "low": self.low, "high": self.high}
        return {**{k: round(v, 6) if known else None for k, v in ends.items()}, "n": self.n, "level": self.level}

    def __str__(self) -> str:
        return f"{self.mean:.3f} [{self.low:.3f}, {self.high:.3f}] (N = {self.n})" if self.n else "n/a (N = 0)"


def mean_interval(
    values: ArrayLike,
    *,
    clusters: Sequence[Hashable] | None = None,
    level: float = 0.95,
    n_resamples: int = N_RESAMPLES,
    seed: int = 0,
) -> Interval:
    """Mean of (N,) values with a percentile bootstrap interval.

    Args:
        values: one per clip.
        clusters: N names; values of one name (cuts of one recording) are drawn together. None: all independent.
        level: of the interval, in (0, 1).
        n_resamples: draws.
        seed: of the draws.
    """
    array = np.asarray(values, dtype=np.float64)
    if array.size == 0:
        return Interval(float("nan"), float("nan"), float("nan"), 0, level)
    names = range(array.size) if clusters is None else list(clusters)
    _, member = np.unique(
        [str(n) for n in names] if clusters is not None else np.arange(array.size), return_inverse=True
    )
    sums, counts = np.bincount(member, weights=array), np.bincount(member)
    draws = np.random.default_rng(seed).integers(0, sums.size, (n_resamples, sums.size))
    means = sums[draws].sum(1) / counts[draws].sum(1)
    low, high = np.quantile(means, [(1 - level) / 2, (1 + level) / 2])
    return Interval(float(array.mean()), float(low), float(high), int(array.size), level)
