"""What generator and discriminator of a GAN are trained by."""

from __future__ import annotations

from collections.abc import Sequence

import torch
import torch.nn.functional as F
from torch import Tensor


def hinge_discriminator(true: Tensor, made: Tensor) -> Tensor:
    """``E max(0, 1 - D(x)) + E max(0, 1 + D(G(z)))`` over scores of any shape (Lim and Ye 2017; Miyato et al. 2018).

    2 for a discriminator that says nothing, 0 for one that tells all apart by a margin of 1.
    """
    return F.relu(1 - true).mean() + F.relu(1 + made).mean()


def hinge_generator(made: Tensor) -> Tensor:
    """``-E D(G(z))``."""
    return -made.mean()


def feature_matching(true: Sequence[Tensor], made: Sequence[Tensor]) -> Tensor:
    """Mean absolute difference of a discriminator's hidden maps (Salimans et al. 2016), mean over maps.

    The true maps are what is aimed at: no gradient goes into them.
    """
    return torch.stack([(m - t.detach()).abs().mean() for t, m in zip(true, made, strict=True)]).mean()
