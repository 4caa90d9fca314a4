"""KAD of clips in pairs, and how sure it is.

The generated clip answers the true one, so the two are no independent draws: their own kernel value stays out of the
mean, and so do those of clips cut from one recording. What is left is Gretton's one-sample U-statistic (JMLR 13, 2012,
eq. 4), with recordings for its units. Generated clips that are the true ones score exactly 0.
"""

from __future__ import annotations

from collections.abc import Hashable, Sequence

import numpy as np
import torch
from numpy.typing import ArrayLike, NDArray
from torch import Tensor

from silentfoley.errors import SilentFoleyError
from silentfoley.metrics.bootstrap import Interval
from silentfoley.metrics.kad import SCALE, gaussian_kernel, median_bandwidth
from silentfoley.metrics.subsampling import subsampled_interval
from silentfoley.metrics.vectors import as_sets, cluster_index

Floats = NDArray[np.float64]


def paired_kad(
    reference: ArrayLike | Tensor,
    generated: ArrayLike | Tensor,
    clusters: Sequence[Hashable] | None = None,
    *,
    level: float = 0.95,
    n_draws: int = 1000,
    seed: int = 0,
) -> Interval:
    """Squared MMD times 1000 of N pairs, over pairs of different recordings, with its interval.

    Args:
        reference: (N, D).
        generated: (N, D), row by row the answer to the reference.
        clusters: N names of recordings; None: every pair is one of its own.
        level: of the interval.
        n_draws: subsets for the interval.
        seed: of the draws.

    Raises:
        SilentFoleyError: if the sets differ in length, or all clips are of one recording.
    """
    one, two = as_sets(reference, generated)
    if one.shape[0] != two.shape[0]:
        cause = f"{one.shape[0]} and {two.shape[0]} vectors are no pairs"
        raise SilentFoleyError("reference and generated", cause, "pair them, or use kad")
    member = cluster_index(clusters, one.shape[0])
    if member.max() == 0:
        raise SilentFoleyError("clusters", "all clips are of one recording", "use clips of two recordings or more")
    sums, counts = _cluster_sums(_core(one, two), member)

    def statistic(chosen: NDArray[np.bool_]) -> Floats:
        rows = chosen.astype(np.float64)
        numbers, pairs = ((rows @ table * rows).sum(axis=1) for table in (sums, counts))
        return SCALE * np.asarray(numbers / pairs, dtype=np.float64)

    value = float(statistic(np.ones((1, len(sums)), dtype=np.bool_))[0])
    return subsampled_interval(value, statistic, len(sums), one.shape[0], level=level, n_draws=n_draws, seed=seed)


def _core(one: Tensor, two: Tensor) -> Tensor:
    """(N, N) ``k(x, x') + k(y, y') - k(x, y') - k(x', y)``."""
    bandwidth = median_bandwidth(one)
    between = gaussian_kernel(one, two, bandwidth)
    within = gaussian_kernel(one, one, bandwidth) + gaussian_kernel(two, two, bandwidth)
    return within - between - between.T


def _cluster_sums(core: Tensor, member: NDArray[np.int64]) -> tuple[Floats, Floats]:
    """(C, C) sums of the core and numbers of its entries, zero within a recording."""
    belongs = torch.nn.functional.one_hot(torch.from_numpy(member)).to(core)
    sums = (belongs.T @ core @ belongs).cpu().numpy()
    sizes = np.bincount(member).astype(np.float64)
    counts = np.outer(sizes, sizes)
    np.fill_diagonal(sums, 0.0)
    np.fill_diagonal(counts, 0.0)
    return sums, counts
