"""Frechet distances of what is left when clips are dealt into folds and each fold is taken out in turn.

What is left of a sum is the whole less the fold, and covariances are made of sums: all K distances read every vector
once.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from silentfoley.metrics.frechet import frechet_distances, frechet_of_gaussians

Members = NDArray[np.int64]
#: Numbers of covariances held at once; more no longer fit the processor's cache.
_BLOCK = 70_000


@dataclass(frozen=True)
class Side:
    """Vectors (N, D) and the number of the clip (or recording) each belongs to, from 0 without gaps."""

    vectors: Tensor
    member: Members

    @property
    def n_units(self) -> int:
        """Clips or recordings."""
        return int(self.member.max()) + 1

    def take(self, chosen: NDArray[np.bool_]) -> Tensor:
        """Vectors of the chosen (n_units,) clips."""
        return self.vectors[torch.from_numpy(chosen[self.member]).to(self.vectors.device)]

    def folds(self, k: int, seed: int) -> list[Tensor]:
        """Vectors of each of ``k`` folds. Clips are dealt by their numbers: sides of equal numbers are dealt alike."""
        dealt = (np.random.default_rng([seed, k]).permutation(self.n_units) % k)[self.member]
        order = torch.from_numpy(np.argsort(dealt, kind="stable")).to(self.vectors.device)
        ends = np.cumsum(np.bincount(dealt, minlength=k))[:-1].tolist()
        return list(torch.tensor_split(self.vectors[order], ends))


Sides = tuple[Side, Side]


@dataclass(frozen=True)
class Sums:
    """What Gaussians are fitted from: numbers (...) of vectors, their sums (..., D) and of products (..., D, D)."""

    n: Tensor
    total: Tensor
    products: Tensor

    @classmethod
    def of(cls, sets: Sequence[Tensor]) -> Sums:
        """Of each of several (N, D) sets."""
        n = torch.tensor([len(s) for s in sets], dtype=sets[0].dtype, device=sets[0].device)
        return cls(n, torch.stack([s.sum(dim=0) for s in sets]), torch.stack([s.mT @ s for s in sets]))

    def without(self, parts: Sums) -> Sums:
        """What is left."""
        return Sums(self.n - parts.n, self.total - parts.total, self.products - parts.products)

    def gaussians(self) -> tuple[Tensor, Tensor]:
        """(..., D) means and (..., D, D) covariances, divided by N - 1."""
        mean = self.total / self.n[..., None]
        squares = self.n[..., None, None] * mean[..., :, None] * mean[..., None, :]
        return mean, (self.products - squares) / (self.n[..., None, None] - 1.0)


def distances_without_folds(sides: Sides, whole: tuple[Sums, Sums], k: int, seed: int) -> NDArray[np.float64]:
    """(k,) distances with each fold left out.

    Args:
        sides: with their vectors about the origin; sums lose their last digits far from it.
        whole: sums of both sides.
        k: folds.
        seed: of the folds.
    """
    one, two = (s.folds(k, seed) for s in sides)
    d = sides[0].vectors.shape[1]
    # Covariances without full rank have a shorter and surer way, from the vectors themselves.
    short = [min(len(s.member) - len(f[i]) for s, f in zip(sides, (one, two), strict=True)) <= d for i in range(k)]
    found = np.empty(k)
    for i in np.flatnonzero(short).tolist():
        found[i] = float(frechet_distances(_but(one, i)[None], _but(two, i)[None])[0])
    full, step = np.flatnonzero(~np.array(short)), max(1, _BLOCK // d**2)
    for block in (full[i : i + step] for i in range(0, len(full), step)):
        left = [w.without(Sums.of([f[i] for i in block])) for w, f in zip(whole, (one, two), strict=True)]
        found[block] = frechet_of_gaussians(left[0].gaussians(), left[1].gaussians()).cpu().numpy()
    return found


def _but(folds: Sequence[Tensor], left_out: int) -> Tensor:
    return torch.cat([fold for i, fold in enumerate(folds) if i != left_out])
