"""What the trained parts of class means are fitted to, and how far they are from it."""

from __future__ import annotations

from math import log

import torch
from torch import Tensor

from silentfoley.generators.class_mean import Pairs

#: ``eps`` of Owens et al.'s robust loss. Recalled, not verified; here a default.
ROBUST_EPS = 1 / 25**2


def masked_mean(values: Tensor, mask: Tensor) -> Tensor:
    """Mean of (M, T) values where (M, T) ``mask`` is true; 0 where it nowhere is."""
    return (values * mask).sum() / mask.sum().clamp_min(1)


def log_l1(pairs: Pairs) -> Tensor:
    """Mean absolute difference of log magnitudes over the columns that count."""
    return masked_mean((pairs.predicted - pairs.target).abs().mean(dim=1), pairs.mask)


def robust_log(pairs: Pairs) -> Tensor:
    """``log(eps + r^2)`` of each column's distance r, in the manner of Owens et al. 2016: a column that is hopeless
    pulls no harder than one that is nearly right. Shifted so that a perfect column costs 0; r is per bin, root mean
    square.
    """
    square = (pairs.predicted - pairs.target).square().mean(dim=1)
    return masked_mean(torch.log(ROBUST_EPS + square) - log(ROBUST_EPS), pairs.mask)


def pairs_loss(pairs: Pairs, robust_weight: float = 0.1) -> Tensor:
    """L1 plus a little of the robust loss. The weight is our choice."""
    return log_l1(pairs) + robust_weight * robust_log(pairs)


def log_spectral_distance_db(pairs: Pairs) -> Tensor:
    """Root mean square difference over frequency in dB, meaned over the columns that count."""
    to_db = 20 / log(10)
    return masked_mean((pairs.predicted - pairs.target).square().mean(dim=1).sqrt() * to_db, pairs.mask)
