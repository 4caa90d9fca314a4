"""The block that the vocoder and the flow are made of: a ConvNeXt block over columns."""

from __future__ import annotations

import torch
from einops import rearrange
from torch import Tensor, nn

#: Columns that a block sees at a time; to each side it reaches half of that.
KERNEL = 7
REACH = KERNEL // 2


class ColumnConv(nn.Module):
    """A convolution over columns for tensors whose last axis is the channels: (B, T, C) to (B, T, D).

    Args:
        n_in, n_out: channels.
        groups: ``n_in`` for one filter per channel.
    """

    def __init__(self, n_in: int, n_out: int, groups: int = 1) -> None:
        super().__init__()
        self.conv = nn.Conv1d(n_in, n_out, KERNEL, padding=REACH, groups=groups)

    def forward(self, x: Tensor) -> Tensor:
        """(B, T, n_in) to (B, T, n_out); beyond the ends there are zeros."""
        out: Tensor = rearrange(self.conv(rearrange(x, "b t c -> b c t")), "b c t -> b t c")
        return out


class ConvBlock(nn.Module):
    """One filter per channel, then two layers per column, added to what came in (Liu et al. 2022, in 1-D as in Vocos).

    Nothing is normalised over time, so a column hangs on its neighbours within :data:`REACH` and on no others.

    Args:
        dim: channels D.
        hidden: width between the two layers.
        n_condition: size E of what steers the block (adaptive norm, Peebles & Xie 2023); 0 for none.
        gain: what the block adds at first is scaled by.
    """

    def __init__(self, dim: int, hidden: int, n_condition: int = 0, gain: float = 0.3) -> None:
        super().__init__()
        self.near = ColumnConv(dim, dim, groups=dim)
        self.norm = nn.LayerNorm(dim, elementwise_affine=n_condition == 0)
        self.widen, self.narrow = nn.Linear(dim, hidden), nn.Linear(hidden, dim)
        self.gain = nn.Parameter(torch.full((dim,), gain))
        self.steer = nn.Linear(n_condition, 2 * dim) if n_condition else None
        if self.steer is not None:
            nn.init.zeros_(self.steer.weight)
            nn.init.zeros_(self.steer.bias)

    def forward(self, x: Tensor, condition: Tensor | None = None) -> Tensor:
        """(B, T, D) to (B, T, D), under (B, E) ``condition`` if the block was made for one."""
        y = self.norm(self.near(x))
        if self.steer is not None and condition is not None:
            scale, shift = rearrange(self.steer(condition), "b (two d) -> two b 1 d", two=2)
            y = y * (1 + scale) + shift
        out: Tensor = x + self.gain * self.narrow(nn.functional.gelu(self.widen(y)))
        return out
