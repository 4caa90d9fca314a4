"""Frechet distance of two Gaussians fitted to embeddings (Heusel et al., arXiv:1706.08500; FAD: arXiv:1812.08466).

``|m1 - m2|^2 + tr(S1 + S2 - 2 (S1^1/2 S2 S1^1/2)^1/2)``. The root's trace is the sum of the roots of the eigenvalues of
a symmetric matrix: nothing turns complex, and no general matrix root is taken.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import torch
from numpy.typing import ArrayLike
from torch import Tensor

from silentfoley.metrics.vectors import as_sets, as_vectors


@dataclass(frozen=True)
class Moments:
    """What a set of N vectors is reduced to.

    Attributes:
        n: vectors.
        mean: (D,) float64.
        covariance: (D, D) float64, divided by N - 1.
    """

    n: int
    mean: Tensor
    covariance: Tensor


def moments(vectors: ArrayLike | Tensor) -> Moments:
    """Mean and covariance of (N, D), N >= 2."""
    checked = as_vectors(vectors, "vectors")
    return Moments(checked.shape[0], checked.mean(dim=0), _covariance(checked))


def frechet_of_moments(one: Moments, two: Moments) -> float:
    """Distance of two fitted Gaussians; >= 0 but for rounding, which is cut off."""
    return float(frechet_of_gaussians((one.mean, one.covariance), (two.mean, two.covariance)))


def frechet_of_gaussians(one: tuple[Tensor, Tensor], two: tuple[Tensor, Tensor]) -> Tensor:
    """(...) distances of Gaussians, each given by (..., D) means and (..., D, D) covariances, float64."""
    (mean, covariance), (other_mean, other_covariance) = one, two
    spread = (covariance + other_covariance).diagonal(dim1=-2, dim2=-1).sum(dim=-1)
    roots = _roots_by_covariance(covariance, other_covariance)
    return ((mean - other_mean).square().sum(dim=-1) + spread - 2.0 * roots).clamp_min(0.0)


def frechet_distance(reference: ArrayLike | Tensor, generated: ArrayLike | Tensor) -> float:
    """Distance of (N, D) and (M, D), biased upwards the more, the smaller N: see :func:`small_sample_note`."""
    one, two = as_sets(reference, generated)
    return float(frechet_distances(one[None], two[None])[0])


def frechet_to(reference: ArrayLike | Tensor) -> Callable[[ArrayLike | Tensor], float]:
    """:func:`frechet_distance` to one (N, D) reference, whose own half of the work is done once."""
    one = as_vectors(reference, "reference")
    mean, scaled = one.mean(dim=0), _scaled(one[None])[0]
    spread = scaled.square().sum()
    half = _root(scaled.T @ scaled) if scaled.shape[0] >= scaled.shape[1] else None

    def distance(generated: ArrayLike | Tensor) -> float:
        two = as_sets(one, generated)[1]
        if half is None or two.shape[0] < two.shape[1]:
            return float(frechet_distances(one[None], two[None])[0])
        other = _scaled(two[None])[0]
        roots = _sum_of_roots(half.mT @ (other.T @ other) @ half)
        far = (mean - two.mean(dim=0)).square().sum()
        return max(0.0, float(far + spread + other.square().sum() - 2.0 * roots))

    return distance


def frechet_distances(reference: Tensor, generated: Tensor) -> Tensor:
    """(R,) distances of R pairs of sets, (R, N, D) and (R, M, D) float64, taken together."""
    means = (reference.mean(dim=1) - generated.mean(dim=1)).square().sum(dim=1)
    one, two = _scaled(reference), _scaled(generated)
    spread = one.square().sum(dim=(1, 2)) + two.square().sum(dim=(1, 2))
    if min(one.shape[1], two.shape[1]) < one.shape[2]:  # fewer vectors than dimensions: the small side is N x M
        product = one @ two.mT
        gram = product @ product.mT if product.shape[1] <= product.shape[2] else product.mT @ product
        roots = _sum_of_roots(gram)
    else:
        roots = _roots_by_covariance(one.mT @ one, two.mT @ two)
    return (means + spread - 2.0 * roots).clamp_min(0.0)


def small_sample_note(n: int, n_dimensions: int) -> str:
    """What to beware of when the smaller set has ``n`` vectors; empty from ``2 D`` on."""
    if n >= 2 * n_dimensions:
        return ""
    return f"N = {n} < 2 d = {2 * n_dimensions}: mostly the bias of a small sample; compare only at equal N"


def _covariance(vectors: Tensor) -> Tensor:
    scaled = _scaled(vectors[None])[0]
    covariance: Tensor = scaled.T @ scaled
    return covariance


def _scaled(sets: Tensor) -> Tensor:
    """Centred, and divided by the root of N - 1: its product with itself is the covariance."""
    scaled: Tensor = (sets - sets.mean(dim=1, keepdim=True)) / math.sqrt(sets.shape[1] - 1)
    return scaled


def _roots_by_covariance(one: Tensor, two: Tensor) -> Tensor:
    """Trace of ``(S1^1/2 S2 S1^1/2)^1/2`` for (..., D, D). Any root H of ``H H^T = S1`` gives the same eigenvalues."""
    half = _root(one)
    return _sum_of_roots(half.mT @ two @ half)


def _root(covariance: Tensor) -> Tensor:
    """(..., D, D) H with H H^T the covariance: Cholesky's, ten times cheaper, where there is one."""
    triangle, failed = torch.linalg.cholesky_ex(covariance)
    if not bool(failed.any()):
        return torch.as_tensor(triangle)
    values, vectors = torch.linalg.eigh(covariance)
    root: Tensor = vectors * values.clamp_min(0.0).sqrt()[..., None, :]
    return root


def _sum_of_roots(symmetric: Tensor) -> Tensor:
    balanced = (symmetric + symmetric.mT) / 2.0
    roots: Tensor = torch.linalg.eigvalsh(balanced).clamp_min(0.0).sqrt().sum(dim=-1)
    return roots
