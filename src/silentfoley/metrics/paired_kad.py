"""KAD of clips in pairs, and how sure it is.

The generated clip answers the true one, so the two are no independent draws: their own kernel value stays out of the
mean, and so do those of clips of one recording. What is left is Gretton's one-sample U-statistic (JMLR 13, 2012, eq. 4)
with recordings for its units. Generated clips that are the true ones, in order or shuffled, score exactly 0.
"""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from torch import Tensor

from silentfoley.errors import SilentFoleyError
from silentfoley.metrics.bootstrap import Interval, cluster_members
from silentfoley.metrics.kad import SCALE, gaussian_kernel, median_bandwidth
from silentfoley.metrics.subsampling import subsampled_interval
from silentfoley.metrics.vectors import as_sets

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]
Members = NDArray[np.int64]


@dataclass(frozen=True)
class _Mean:
    """A mean of kernel values over pairs of clips, for any choice of units: (C, C) sums and numbers by unit."""

    sums: Floats
    counts: Floats

    def over(self, chosen: Bools) -> Floats:
        """(R, C) subsets to (R,) means; NaN where a subset holds no such pair."""
        rows = chosen.astype(np.float64)
        total, number = (((rows @ table) * rows).sum(axis=1) for table in (self.sums, self.counts))
        mean: Floats = np.full(len(rows), np.nan)
        np.divide(total, number, out=mean, where=number > 0)
        return mean


def paired_kad(
    reference: ArrayLike | Tensor,
    generated: ArrayLike | Tensor,
    clusters: Sequence[Hashable] | None = None,
    generated_clusters: Sequence[Hashable] | None = None,
    *,
    level: float = 0.95,
    n_draws: int = 1000,
    seed: int = 0,
) -> Interval:
    """Squared MMD times 1000 of N pairs, over pairs of different recordings, with its interval.

    Args:
        reference: (N, D).
        generated: (N, D), row by row the answer to the reference.
        clusters: N names of the recordings; None: every pair is one of its own.
        generated_clusters: N names of the recordings the answers come from, where answers are themselves recordings
            (a shuffled truth); None: made for their pair.
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
    unit = cluster_members(clusters, one.shape[0])
    if unit.max() == 0:
        raise SilentFoleyError("clusters", "all clips are of one recording", "use clips of two recordings or more")
    answer = unit if generated_clusters is None else _numbers(clusters, generated_clusters, len(unit))
    bandwidth = median_bandwidth(one)
    sides = ((one, unit), (two, answer))
    means = {
        (i, j): _mean(gaussian_kernel(a, b, bandwidth).cpu().numpy(), unit, a_names[:, None] != b_names[None, :])
        for i, (a, a_names) in enumerate(sides)
        for j, (b, b_names) in enumerate(sides)
    }

    def statistic(chosen: Bools) -> Floats:
        within = means[0, 0].over(chosen) + means[1, 1].over(chosen)
        return np.asarray(SCALE * (within - means[0, 1].over(chosen) - means[1, 0].over(chosen)), dtype=np.float64)

    n_units = int(unit.max()) + 1
    value = float(statistic(np.ones((1, n_units), dtype=np.bool_))[0])
    return subsampled_interval(value, statistic, n_units, len(unit), level=level, n_draws=n_draws, seed=seed)


def _numbers(clusters: Sequence[Hashable] | None, generated: Sequence[Hashable], n: int) -> Members:
    """(N,) numbers of the answers' recordings, in the numbering of the references'."""
    names = [*(range(n) if clusters is None else clusters), *generated]
    return cluster_members(names, 2 * n)[n:]


def _mean(kernel: Floats, unit: Members, apart: Bools) -> _Mean:
    """Sums by unit over the pairs of clips that are of different recordings."""
    belongs = np.eye(int(unit.max()) + 1)[unit]
    sums, counts = (belongs.T @ table @ belongs for table in (np.where(apart, kernel, 0.0), apart.astype(np.float64)))
    return _Mean(sums, counts)
