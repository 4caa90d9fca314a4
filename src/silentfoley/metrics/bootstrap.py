"""How sure a mean is: percentile bootstrap over independent units."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from silentfoley.errors import SilentFoleyError

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
        """JSON values; None stands for a mean of nothing and for ends that are not known."""
        ends = {"mean": self.mean, "low": self.low, "high": self.high}
        numbers = {k: None if np.isnan(v) else round(v, 6) for k, v in ends.items()}
        return {**numbers, "n": self.n, "level": self.level}

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


def cluster_members(clusters: Sequence[Hashable] | None, n: int) -> NDArray[np.int64]:
    """(N,) number of each value's cluster, 0 to C - 1 in order of first appearance; None: every value its own.

    Raises:
        SilentFoleyError: if there is not one name per value.
    """
    if clusters is None:
        return np.arange(n)
    if len(clusters) != n:
        raise SilentFoleyError("clusters", f"{len(clusters)} names for {n} values", "name the recording of every clip")
    numbers: dict[Hashable, int] = {}
    return np.array([numbers.setdefault(name, len(numbers)) for name in clusters], dtype=np.int64)


def cluster_draws(
    clusters: Sequence[Hashable] | None, n: int, n_resamples: int = N_RESAMPLES, seed: int = 0
) -> Iterator[NDArray[np.int64]]:
    """Indices of every resample: as many clusters as there are, drawn with replacement, each with all its values."""
    member = cluster_members(clusters, n)
    n_clusters = int(member.max()) + 1 if n else 0
    order = np.argsort(member, kind="stable")
    groups = np.split(order, np.flatnonzero(np.diff(member[order])) + 1)
    rng = np.random.default_rng(seed)
    for _ in range(n_resamples if n else 0):
        yield np.concatenate([groups[c] for c in rng.integers(0, n_clusters, n_clusters)])


def statistic_interval(
    statistic: Callable[[NDArray[np.int64]], float],
    n: int,
    *,
    clusters: Sequence[Hashable] | None = None,
    level: float = 0.95,
    n_resamples: int = N_RESAMPLES,
    seed: int = 0,
) -> Interval:
    """Any statistic of N values with a percentile interval. Called once per resample: for what has no faster way.

    Args:
        statistic: of (M,) indices into the values; NaN where it has no value, such resamples are left out.
        n: number of values.
        clusters, level, n_resamples, seed: as for :func:`mean_interval`.
    """
    if n == 0:
        return Interval(float("nan"), float("nan"), float("nan"), 0, level)
    values = np.array([statistic(index) for index in cluster_draws(clusters, n, n_resamples, seed)], dtype=np.float64)
    return Interval(float(statistic(np.arange(n))), *_ends(values, level), n, level)


def combined_interval(
    parts: ArrayLike,
    combine: Callable[[NDArray[np.float64]], NDArray[np.float64]],
    *,
    clusters: Sequence[Hashable] | None = None,
    level: float = 0.95,
    n_resamples: int = N_RESAMPLES,
    seed: int = 0,
) -> Interval:
    """A function of means with a percentile interval, all resamples at once.

    A ratio of means (pooled F1, skill) is no mean of ratios; this resamples the means and combines each time.

    Args:
        parts: (N, K) values per clip; NaN where one does not apply, which leaves it out of its mean.
        combine: (..., K) means to (...) values.
        clusters, level, n_resamples, seed: as for :func:`mean_interval`.

    Returns:
        ``n`` counts the clips with at least one value.
    """
    array = np.asarray(parts, dtype=np.float64)
    if array.size == 0:
        return Interval(float("nan"), float("nan"), float("nan"), 0, level)
    sums = cluster_sums(array, clusters)
    n_clusters = len(sums)
    weights = np.random.default_rng(seed).multinomial(n_clusters, np.full(n_clusters, 1 / n_clusters), n_resamples)
    # A resample may lack what a ratio divides by: its value is NaN and left out.
    with np.errstate(divide="ignore", invalid="ignore"):
        values = combine(means_of(weights @ sums))
        value = float(combine(means_of(sums.sum(0))))
    n = int((~np.isnan(array)).any(axis=1).sum())
    return Interval(value, *_ends(values, level), n, level)


def cluster_sums(parts: NDArray[np.float64], clusters: Sequence[Hashable] | None) -> NDArray[np.float64]:
    """(N, K) values to (C, 2K): by cluster the sum of each part, then the count of values behind it. Sums add up."""
    member = cluster_members(clusters, len(parts))
    there = ~np.isnan(parts)
    both = np.concatenate([np.where(there, parts, 0.0), there.astype(np.float64)], axis=1)
    sums = np.zeros((int(member.max()) + 1, both.shape[1]))
    np.add.at(sums, member, both)
    return sums


def means_of(sums: NDArray[np.float64]) -> NDArray[np.float64]:
    """(..., 2K) added :func:`cluster_sums` to (..., K) means, NaN without a value."""
    total, count = np.split(sums, 2, axis=-1)
    out = np.full(total.shape, np.nan, dtype=np.float64)
    np.divide(total, count, out=out, where=count > 0)
    return out


def only(means: NDArray[np.float64]) -> NDArray[np.float64]:
    """The mean of the only part: (..., 1) to (...)."""
    return means[..., 0]


def _ends(values: NDArray[np.float64], level: float) -> tuple[float, float]:
    values = values[~np.isnan(values)]
    if values.size == 0:
        return float("nan"), float("nan")
    low, high = np.quantile(values, [(1 - level) / 2, (1 + level) / 2])
    return float(low), float(high)
