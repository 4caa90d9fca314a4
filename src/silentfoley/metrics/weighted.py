"""Statistics of all resamples at once: a resample is how often each clip counts, not a new list of clips."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterator, Sequence

import numpy as np
from numpy.typing import ArrayLike, NDArray

from silentfoley.metrics.bootstrap import N_RESAMPLES, Interval, cluster_members

Floats = NDArray[np.float64]
Counts = NDArray[np.int64]
#: Numbers held at once.
_BLOCK = 4_000_000


def weighted_interval(
    statistic: Callable[[Counts], Floats],
    n: int,
    *,
    clusters: Sequence[Hashable] | None = None,
    level: float = 0.95,
    n_resamples: int = N_RESAMPLES,
    seed: int = 0,
    size: int = 1,
) -> Interval:
    """A statistic with a percentile interval, its recordings drawn with replacement.

    Args:
        statistic: of (R, N) counts of N clips to (R,) values, NaN where there is none.
        n: number of clips.
        clusters, level, n_resamples, seed: as for :func:`~silentfoley.metrics.bootstrap.mean_interval`.
        size: numbers the statistic holds per resample; many resamples are then taken in several turns.
    """
    if n == 0:
        return Interval(float("nan"), float("nan"), float("nan"), 0, level)
    blocks = [statistic(w) for w in _draws(clusters, n, n_resamples, seed, max(1, _BLOCK // max(size, n)))]
    values = np.concatenate(blocks)
    values = values[~np.isnan(values)]
    low, high = np.quantile(values, [(1 - level) / 2, (1 + level) / 2]) if values.size else (np.nan, np.nan)
    return Interval(float(statistic(np.ones((1, n), dtype=np.int64))[0]), float(low), float(high), n, level)


def _draws(clusters: Sequence[Hashable] | None, n: int, n_resamples: int, seed: int, rows: int) -> Iterator[Counts]:
    """(R, N) how often each clip counts, block by block."""
    member = cluster_members(clusters, n)
    n_clusters = int(member.max()) + 1
    rng = np.random.default_rng(seed)
    for start in range(0, n_resamples, rows):
        drawn = rng.multinomial(n_clusters, np.full(n_clusters, 1 / n_clusters), min(rows, n_resamples - start))
        yield drawn[:, member]


def weighted_average_precision(
    hits: ArrayLike, ranks: ArrayLike, clip: ArrayLike, n_true: ArrayLike, weights: Counts
) -> Floats:
    """As :func:`~silentfoley.metrics.ranking.average_precision_of_hits`, for many resamples.

    Args:
        hits, ranks: (M,) of all cues.
        clip: (M,) number of the clip of each cue.
        n_true: (N,) true events of each clip.
        weights: (R, N) how often each clip counts.

    Returns:
        (R,) in [0, 1].
    """
    hit, rank, of = np.asarray(hits, dtype=bool), np.asarray(ranks, dtype=np.float64), np.asarray(clip, dtype=np.int64)
    total: Counts = weights @ np.asarray(n_true, dtype=np.int64)
    if hit.size == 0:
        return np.asarray(total == 0, dtype=np.float64)
    order = np.argsort(-rank, kind="stable")
    last_of_tie = np.append(np.diff(rank[order]) != 0, True)
    counted = weights[:, of[order]]
    kept = np.cumsum(counted, axis=1)[:, last_of_tie]
    found = np.cumsum(counted * hit[order], axis=1)[:, last_of_tie]
    gained = np.diff(found, axis=1, prepend=0)
    precision = np.divide(found, kept, out=np.zeros(kept.shape), where=kept > 0)
    area = np.divide((gained * precision).sum(1), total, out=np.zeros(total.shape), where=total > 0)
    return np.asarray(np.where((total == 0) & (kept[:, -1] == 0), 1.0, area), dtype=np.float64)


def weighted_quantile(values: ArrayLike, clip: ArrayLike, weights: Counts, q: float) -> Floats:
    """Quantile of values that count as often as their clip, between neighbours as ``numpy.quantile`` does.

    Args:
        values: (M,).
        clip: (M,) number of the clip of each.
        weights: (R, N).
        q: in [0, 1].

    Returns:
        (R,); NaN where nothing counts.
    """
    array = np.asarray(values, dtype=np.float64)
    if array.size == 0:
        return np.full(len(weights), np.nan)
    order = np.argsort(array, kind="stable")
    ordered = array[order]
    reached = np.cumsum(weights[:, np.asarray(clip, dtype=np.int64)[order]], axis=1)
    n = reached[:, -1]
    at = q * np.maximum(n - 1, 0)

    def value(place: Counts) -> Floats:
        index = (reached <= place[:, None]).sum(1)
        return np.asarray(ordered[np.minimum(index, ordered.size - 1)], dtype=np.float64)

    low, high = value(np.floor(at).astype(np.int64)), value(np.ceil(at).astype(np.int64))
    return np.asarray(np.where(n > 0, low + (high - low) * (at - np.floor(at)), np.nan), dtype=np.float64)
