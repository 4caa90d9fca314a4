"""NDB and JSD: do generated clips fill the same corners of the space as true ones?

Number of statistically different bins: Richardson and Weiss, arXiv:1805.12462.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import ndtri
from torch import Tensor

from silentfoley.metrics.vectors import as_sets

#: True clips per bin on average: below about ten the test of a bin's share says nothing.
CLIPS_PER_BIN = 10
FEWEST_BINS, MOST_BINS = 2, 100
_LEVEL = 0.05


@dataclass(frozen=True)
class BinComparison:
    """How two sets fill the bins.

    Attributes:
        ndb: share of bins whose shares differ at the 5 % level, in [0, 1]; about 0.05 for equal distributions, and not
            below it for better ones.
        jsd: Jensen-Shannon divergence of the two shares in bits, in [0, 1]; small sets are above 0 by chance.
        reference_share: (K,) of the true clips.
        generated_share: (K,) of the generated.
    """

    ndb: float
    jsd: float
    reference_share: NDArray[np.float64]
    generated_share: NDArray[np.float64]

    @property
    def n_bins(self) -> int:
        """K."""
        return int(self.reference_share.size)


def n_bins_for(n: int) -> int:
    """Bins for ``n`` true clips: one per ten, 2 at least and 100 at most."""
    return min(MOST_BINS, max(FEWEST_BINS, n // CLIPS_PER_BIN))


def compare_bins(reference: ArrayLike | Tensor, generated: ArrayLike | Tensor, seed: int = 0) -> BinComparison:
    """Cut the space into k-means cells of the reference and count both sets in them.

    Args:
        reference: (N, D).
        generated: (M, D).
        seed: of the k-means start.
    """
    one, two = (v.cpu().numpy() for v in as_sets(reference, generated))
    cells, n_cells = fit_bins(one, seed)
    return compare_counts(*(np.bincount(cells(v), minlength=n_cells) for v in (one, two)))


def fit_bins(
    reference: NDArray[np.float64], seed: int = 0
) -> tuple[Callable[[NDArray[np.float64]], NDArray[np.int64]], int]:
    """The bins of (N, D) true clips: what gives (M, D) vectors their (M,) bins, and how many there are."""
    centres = k_means(reference, n_bins_for(len(reference)), seed)
    return lambda vectors: _cells(vectors, centres), len(centres)


def k_means(vectors: NDArray[np.float64], n_centres: int, seed: int, rounds: int = 100) -> NDArray[np.float64]:
    """Up to ``n_centres`` means of (N, D) vectors, fewer where fewer differ. Lloyd's rounds from a k-means++ start."""
    rng = np.random.default_rng(seed)
    centres = vectors[[rng.integers(len(vectors))]]
    while len(centres) < n_centres:
        far = _squares(vectors, centres).min(axis=1)
        if far.sum() <= 0:
            break
        centres = np.concatenate([centres, vectors[[rng.choice(len(vectors), p=far / far.sum())]]])
    for _ in range(rounds):
        cell = _cells(vectors, centres)
        # A cell that lost all its vectors is given up.
        moved = np.stack([vectors[cell == i].mean(axis=0) for i in np.unique(cell)])
        if moved.shape == centres.shape and np.allclose(moved, centres):
            break
        centres = moved
    return centres


def _squares(vectors: NDArray[np.float64], centres: NDArray[np.float64]) -> NDArray[np.float64]:
    """(N, K) squared distances, exactly 0 for equal vectors."""
    return np.stack([((vectors - c) ** 2).sum(axis=1) for c in centres], axis=1)


def _cells(vectors: NDArray[np.float64], centres: NDArray[np.float64]) -> NDArray[np.int64]:
    cells: NDArray[np.int64] = _squares(vectors, centres).argmin(axis=1)
    return cells


def compare_counts(reference: ArrayLike, generated: ArrayLike) -> BinComparison:
    """NDB and JSD of (K,) counts.

    A bin differs where the difference of its shares is beyond 1.96 standard errors of the pooled share.
    """
    one, two = np.asarray(reference, dtype=np.float64), np.asarray(generated, dtype=np.float64)
    p, q = one / one.sum(), two / two.sum()
    pooled = (one + two) / (one.sum() + two.sum())
    error = np.sqrt(pooled * (1 - pooled) * (1 / one.sum() + 1 / two.sum()))
    different = np.abs(p - q) > ndtri(1 - _LEVEL / 2) * error
    return BinComparison(float(different.mean()), _jsd_bits(p, q), p, q)


def _jsd_bits(p: NDArray[np.float64], q: NDArray[np.float64]) -> float:
    middle = (p + q) / 2

    def divergence(x: NDArray[np.float64]) -> float:
        some = x > 0
        return float((x[some] * np.log2(x[some] / middle[some])).sum())

    return max(0.0, (divergence(p) + divergence(q)) / 2)
