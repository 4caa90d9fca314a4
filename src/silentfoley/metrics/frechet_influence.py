"""How much each vector moves the Frechet distance of the sets it is in.

The distance's derivative is that of optimal transport between Gaussians: by the first covariance ``1 - T``, by the
second ``1 - T^-1``, where ``T = S1^-1/2 (S1^1/2 S2 S1^1/2)^1/2 S1^-1/2`` carries the first Gaussian into the second
(Gelbrich, Mathematische Nachrichten 147, 1990, for distance and map). The sum of squares of influences is the part of
the variance that falls with 1/N.
"""

from __future__ import annotations

import torch
from torch import Tensor

#: Eigenvalues below this share of the greatest count as nought: nothing lies in their directions.
_RANK = 1e-12


def frechet_influences(one: Tensor, two: Tensor) -> tuple[Tensor, Tensor]:
    """Influence of each vector of (N, D) and (M, D) float64 on the distance of the sets, N > 1 and M > 1.

    Returns:
        (N,) and (M,), each with mean 0: a vector given the weight ``(1 + w) / N`` instead of 1 / N, the others less in
        proportion, moves the distance by ``w / N`` times its influence, for small w.
    """
    apart = one.mean(dim=0) - two.mean(dim=0)
    x, y = one - one.mean(dim=0), two - two.mean(dim=0)
    values, vectors = _eigen(x.mT @ x / (len(x) - 1))
    # (D, r): there and back between the first set's own directions and the space.
    there, back = vectors * values.sqrt(), vectors / values.sqrt()
    squares, turned = _eigen(there.mT @ (y.mT @ y / (len(y) - 1)) @ there)
    mapped = ((x @ back @ turned) * squares**0.25).square().sum(dim=1)
    mapped_back = ((y @ there @ turned) * squares**-0.25).square().sum(dim=1)
    first = 2.0 * (x @ apart) + x.square().sum(dim=1) - mapped
    second = -2.0 * (y @ apart) + y.square().sum(dim=1) - mapped_back
    return first - first.mean(), second - second.mean()


def _eigen(symmetric: Tensor) -> tuple[Tensor, Tensor]:
    """(r,) eigenvalues that are not nought and their (D, r) vectors."""
    values, vectors = torch.linalg.eigh((symmetric + symmetric.mT) / 2.0)
    kept = values > _RANK * values[-1].clamp_min(torch.finfo(values.dtype).tiny)
    return values[kept], vectors[:, kept]
