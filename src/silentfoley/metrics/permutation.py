"""Is one system better than another on the same clips? Paired, by swapping their answers recording by recording."""

from __future__ import annotations

import time
from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from silentfoley.errors import SilentFoleyError
from silentfoley.metrics.bootstrap import cluster_sums, combined_interval, means_of
from silentfoley.metrics.mixtures import Bools, Mixture

N_PERMUTATIONS = 10_000
#: Up to this many clusters every swap is tried; beyond, swaps are drawn.
_EXACT_CLUSTERS = 13
_BLOCK = 1024
#: Of measures of a set, unless time runs out before.
N_SET_PERMUTATIONS = 2000
_SET_BLOCK = 64

Combine = Callable[[NDArray[np.float64]], NDArray[np.float64]]


@dataclass(frozen=True)
class PairedTest:
    """Second system minus first.

    Attributes:
        difference: of the measure; NaN without a clip.
        low, high: 95 % percentile bootstrap interval, recordings drawn, both systems on the same.
        p_value: two-sided, of the hypothesis that it does not matter which system answered; 1 without a clip.
        n: clips.
        n_clusters: recordings, the units swapped. With fewer than six no difference can reach p < 0.05.
        n_permutations: swaps looked at. With fewer than twenty no difference can reach p < 0.05.
    """

    difference: float
    low: float
    high: float
    p_value: float
    n: int
    n_clusters: int
    n_permutations: int = 0


def paired_test(
    a: ArrayLike,
    b: ArrayLike,
    combine: Combine,
    *,
    clusters: Sequence[Hashable] | None = None,
    n_permutations: int = N_PERMUTATIONS,
    seed: int = 0,
) -> PairedTest:
    """Compare two systems on a function of means.

    Each permutation swaps all answers of a recording or none; recordings are independent, clips of one are not.
    With 13 recordings or fewer all swaps are counted, otherwise they are drawn and the test counts itself as one
    (Phipson & Smyth 2010), so p is never 0.

    Args:
        a, b: (N, K) values per clip of the two systems, in the same order; NaN where one does not apply.
        combine: (..., K) means to (...) values, as for :func:`~silentfoley.metrics.bootstrap.combined_interval`.
        clusters: N recordings; None: every clip its own.
        n_permutations: draws.
        seed: of the draws.

    Raises:
        SilentFoleyError: if the two differ in shape.
    """
    first, second = np.asarray(a, dtype=np.float64), np.asarray(b, dtype=np.float64)
    if first.shape != second.shape or first.ndim != 2:
        raise SilentFoleyError(
            "paired_test", f"values of shape {first.shape} and {second.shape}", "pass (clips, parts) of the same clips"
        )
    if not first.size:
        return PairedTest(float("nan"), float("nan"), float("nan"), 1.0, 0, 0)
    sums, other = cluster_sums(first, clusters), cluster_sums(second, clusters)
    change = other - sums

    def differences(swapped: NDArray[np.float64]) -> NDArray[np.float64]:
        moved = swapped @ change
        with np.errstate(divide="ignore", invalid="ignore"):
            return combine(means_of(other.sum(0) - moved)) - combine(means_of(sums.sum(0) + moved))

    n_clusters = len(sums)
    observed = float(differences(np.zeros((1, n_clusters)))[0])
    interval = combined_interval(
        np.concatenate([first, second], axis=1), _difference(combine), clusters=clusters, seed=seed
    )
    p_value = _p_value(differences, observed, n_clusters, n_permutations, seed)
    n_looked = 2**n_clusters if n_clusters <= _EXACT_CLUSTERS else n_permutations
    return PairedTest(observed, interval.low, interval.high, p_value, len(first), n_clusters, n_looked)


def mixture_test(
    mixed: Mixture,
    n_clusters: int,
    n: int,
    *,
    n_permutations: int = N_SET_PERMUTATIONS,
    budget_s: float = float("inf"),
    seed: int = 0,
    clock: Callable[[], float] = time.monotonic,
) -> PairedTest:
    """Compare two systems on a measure of the set, see :mod:`silentfoley.metrics.mixtures`. No interval is made.

    Each permutation gives every recording's answers to the other system or leaves them, and both systems are measured
    anew. That may be slow: swaps come in an order that the seed decides, and as many are looked at as time allows. The
    test counts itself as one, unless every swap there is was looked at.

    Args:
        mixed: of C recordings.
        n_clusters: C.
        n: clips, for the record.
        n_permutations: at most; all where there are no more.
        budget_s: no block of swaps is begun that would likely end later. At least one is looked at.
        seed: of the order.
        clock: seconds, from any start.
    """
    none, every = np.zeros((1, n_clusters), dtype=np.bool_), np.ones((1, n_clusters), dtype=np.bool_)
    observed = float((mixed(every) - mixed(none))[0])
    if np.isnan(observed):
        return PairedTest(observed, float("nan"), float("nan"), 1.0, n, n_clusters)
    swaps = _swaps(n_clusters, n_permutations, seed)
    least = abs(observed) - 1e-9 * max(1.0, abs(observed))
    start, done, extreme, size, each_s = clock(), 0, 0, 1, 0.0
    while done < len(swaps) and (done == 0 or clock() - start + size * each_s <= budget_s):
        begun, block = clock(), swaps[done : done + size]
        # What cannot be measured is no evidence against chance.
        extreme += int((~(np.abs(mixed(~block) - mixed(block)) < least)).sum())
        done += len(block)
        each_s = (clock() - begun) / len(block)
        size = min(2 * size, _SET_BLOCK)
    whole = done == 2**n_clusters
    p_value = extreme / done if whole else (extreme + 1) / (done + 1)
    return PairedTest(observed, float("nan"), float("nan"), p_value, n, n_clusters, done)


def _swaps(n_clusters: int, n_permutations: int, seed: int) -> Bools:
    """(P, C) swaps in random order: all of them, or as many draws as are wanted."""
    rng = np.random.default_rng(seed)
    if n_clusters <= _EXACT_CLUSTERS and 2**n_clusters <= n_permutations:
        number = rng.permutation(2**n_clusters)
        return np.asarray((number[:, None] >> np.arange(n_clusters)) & 1, dtype=np.bool_)
    return rng.random((n_permutations, n_clusters)) < 0.5


def holm(p_values: ArrayLike) -> NDArray[np.float64]:
    """(M,) p values of M tests of one family, adjusted so that the chance of any false one stays (Holm 1979)."""
    p = np.asarray(p_values, dtype=np.float64)
    order = np.argsort(p, kind="stable")
    adjusted = np.maximum.accumulate(p[order] * np.arange(p.size, 0, -1))
    out = np.empty_like(p)
    out[order] = np.minimum(adjusted, 1.0)
    return out


def _difference(combine: Combine) -> Combine:
    """The function of both systems' means side by side, (..., 2K)."""

    def difference(means: NDArray[np.float64]) -> NDArray[np.float64]:
        first, second = np.split(means, 2, axis=-1)
        return combine(second) - combine(first)

    return difference


def _p_value(differences: Combine, observed: float, n_clusters: int, n_permutations: int, seed: int) -> float:
    if np.isnan(observed):
        return 1.0
    exact = n_clusters <= _EXACT_CLUSTERS
    total = 2**n_clusters if exact else n_permutations
    rng = np.random.default_rng(seed)
    # A hair of slack: the identity must count as as extreme as itself however sums round.
    least = abs(observed) - 1e-12 * max(1.0, abs(observed))
    extreme = 0
    for start in range(0, total, _BLOCK):
        number = np.arange(start, min(start + _BLOCK, total))
        if exact:
            swapped = (number[:, None] >> np.arange(n_clusters)) & 1
        else:
            swapped = rng.integers(0, 2, (number.size, n_clusters))
        extreme += int((np.abs(differences(swapped.astype(np.float64))) >= least).sum())
    return extreme / total if exact else (extreme + 1) / (total + 1)
