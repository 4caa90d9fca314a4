"""KAD: the squared maximum mean discrepancy of two sets of embeddings, without bias (Chung et al., arXiv:2502.15602).

A Gaussian kernel whose bandwidth is the median distance within the reference. No Gaussian is fitted and no matrix root
taken, and the mean over equal distributions is 0 whatever N: a small set does not look worse. It may come out negative.
"""

from __future__ import annotations

import math
from collections.abc import Iterator

import torch
from numpy.typing import ArrayLike
from torch import Tensor

from silentfoley.errors import SilentFoleyError
from silentfoley.metrics.vectors import as_sets, as_vectors

#: Figures are given in thousandths, as is the custom.
SCALE = 1000.0
#: Rows of a block: 10,000 vectors take 160 MB at a time.
_BLOCK_ROWS = 2000


def median_bandwidth(reference: ArrayLike | Tensor) -> float:
    """Median of the N (N - 1) / 2 distances between (N, D) reference vectors.

    Raises:
        SilentFoleyError: if half of the vectors or more are alike, which leaves no scale.
    """
    vectors = as_vectors(reference, "reference")
    distances = torch.cat(
        [d2[torch.ones_like(d2, dtype=torch.bool).triu(diagonal=1 + start)] for start, d2 in _blocks(vectors, vectors)]
    )
    # Twice the lower and the upper middle: torch.median takes the lower one alone.
    n = distances.numel()
    middle: list[float] = [math.sqrt(float(torch.kthvalue(distances, k).values)) for k in {(n + 1) // 2, n // 2 + 1}]
    bandwidth = sum(middle) / len(middle)
    if bandwidth <= 0:
        raise SilentFoleyError("reference", "half of its vectors are alike", "use a reference of different clips")
    return bandwidth


def kad(reference: ArrayLike | Tensor, generated: ArrayLike | Tensor, bandwidth: float | None = None) -> float:
    """Unbiased squared MMD of two independent sets, times 1000.

    For clip-by-clip pairs use :func:`silentfoley.metrics.paired_kad.paired_kad`, where a clip does not meet its pair.

    Args:
        reference: (N, D).
        generated: (M, D).
        bandwidth: of the kernel; None takes :func:`median_bandwidth` of the reference.

    Returns:
        0 on average for equal distributions, at most 2000.
    """
    one, two = as_sets(reference, generated)
    scale = median_bandwidth(one) if bandwidth is None else _checked(bandwidth)
    within = sum(_mean_off_diagonal(vectors, scale) for vectors in (one, two))
    between = _kernel_sum(one, two, scale) / (one.shape[0] * two.shape[0])
    return SCALE * (within - 2.0 * between)


def gaussian_kernel(one: Tensor, two: Tensor, bandwidth: float) -> Tensor:
    """(N, M) ``exp(-|x - y|^2 / (2 bandwidth^2))`` of (N, D) and (M, D)."""
    return torch.cat([torch.exp(d2 * _factor(bandwidth)) for _, d2 in _blocks(one, two)])


def _checked(bandwidth: float) -> float:
    if not 0 < bandwidth < float("inf"):
        raise SilentFoleyError("bandwidth", f"{bandwidth!r} is no width", "pass a number > 0")
    return bandwidth


def _factor(bandwidth: float) -> float:
    return -0.5 / bandwidth**2


def _mean_off_diagonal(vectors: Tensor, bandwidth: float) -> float:
    n = vectors.shape[0]
    return (_kernel_sum(vectors, vectors, bandwidth) - n) / (n * (n - 1))


def _kernel_sum(one: Tensor, two: Tensor, bandwidth: float) -> float:
    total = 0.0
    for start, d2 in _blocks(one, two):
        if one is two:
            d2.diagonal(start).zero_()  # exactly, so that k(x, x) is 1 and can be taken off
        total += float(d2.mul_(_factor(bandwidth)).exp_().sum())
    return total


def _blocks(one: Tensor, two: Tensor) -> Iterator[tuple[int, Tensor]]:
    """First row and (R, M) squared distances, block by block."""
    centre = one.mean(dim=0)  # a common offset would cost digits in |x|^2 - 2 x.y + |y|^2
    a, b = one - centre, two - centre
    squares = b.square().sum(dim=1)
    for start in range(0, a.shape[0], _BLOCK_ROWS):
        rows = a[start : start + _BLOCK_ROWS]
        d2 = torch.addmm(squares[None, :] + rows.square().sum(dim=1, keepdim=True), rows, b.T, alpha=-2.0)
        yield start, d2.clamp_min_(0.0)
