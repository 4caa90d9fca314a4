"""Noise that strays as takes do: from band to band together, and slowly."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor

#: Share of the correlations that is counted; the rest is white, so that no direction is without noise. Our choice.
TOGETHER = 0.9
#: Most that a column may resemble the one before.
MOST_CARRIED = 0.9


def correlations(strays: Sequence[Tensor]) -> tuple[Tensor, Tensor]:
    """How takes stray: a factor of the correlations between bands, and how far a column resembles the one before.

    Args:
        strays: (T, M) columns on a scale of deviation 1.

    Returns:
        (M, M) lower triangular, of rows of length 1; and a scalar in [0, :data:`MOST_CARRIED`].
    """
    rows = torch.cat(list(strays))
    second = rows.T @ rows / len(rows)
    scale = second.diagonal().clamp_min(1e-6).rsqrt()
    between = TOGETHER * (scale[:, None] * second * scale) + (1 - TOGETHER) * torch.eye(len(second))
    between.fill_diagonal_(1.0)
    ahead = sum(float((s[1:] * s[:-1]).sum()) for s in strays)
    power = sum(float(s[1:].square().sum() + s[:-1].square().sum()) / 2 for s in strays)
    carried = min(max(TOGETHER * ahead / max(power, 1e-6), 0.0), MOST_CARRIED)
    return torch.linalg.cholesky(between), torch.tensor(carried)


def coloured_noise(white: Tensor, mix: Tensor, carry: Tensor, before: Tensor | None = None) -> Tensor:
    """(T, M) noise of deviation 1 with these correlations: an autoregression over columns.

    Args:
        white: (T, M) of deviation 1.
        mix, carry: see :func:`correlations`.
        before: (M,) the column that it goes on from; None at the beginning.
    """
    n, r = len(white), float(carry)
    if n == 0:
        return white
    lag = torch.arange(n)[:, None] - torch.arange(n)
    filtered = torch.where(lag >= 0, r ** lag.clamp_min(0).float(), 0.0) * (1 - r * r) ** 0.5
    if before is None:
        filtered[:, 0] /= (1 - r * r) ** 0.5
    out: Tensor = filtered @ (white @ mix.T)
    if before is not None:
        out = out + r ** torch.arange(1, n + 1).float()[:, None] * before
    return out
