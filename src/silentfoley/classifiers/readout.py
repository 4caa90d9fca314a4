"""From states per column to one vector per clip."""

from __future__ import annotations

from abc import abstractmethod

import torch
from torch import Tensor, nn

from silentfoley.classifiers.recurrent import valid_columns


class Readout(nn.Module):
    """Sums a clip up.

    Args:
        size: S, width of a state; the summary is as wide.
    """

    def __init__(self, size: int) -> None:
        super().__init__()
        self.size = size

    @abstractmethod
    def forward(self, states: Tensor, lengths: Tensor) -> Tensor:
        """(B, T, S) states and (B,) valid columns in [1, T] to (B, S)."""


class LastState(Readout):
    """The state at the last valid column, as recalled (not verified) of AutoFoley."""

    def forward(self, states: Tensor, lengths: Tensor) -> Tensor:
        """See :class:`Readout`."""
        return states[torch.arange(states.shape[0], device=states.device), lengths.to(states.device) - 1]


class MeanOverTime(Readout):
    """The mean over valid columns. Ours: a clip's end may be quiet."""

    def forward(self, states: Tensor, lengths: Tensor) -> Tensor:
        """See :class:`Readout`."""
        mask = valid_columns(lengths.to(states.device), states.shape[1])[..., None]
        return torch.where(mask, states, 0.0).sum(1) / lengths.to(states)[:, None]


class AttentionReadout(Readout):
    """A mean weighted by a softmax over valid columns of a learned score. Ours.

    Args:
        size: S, width of a state.
        hidden: units of the score.
    """

    def __init__(self, size: int, hidden: int = 64) -> None:
        super().__init__(size)
        self.score = nn.Sequential(nn.Linear(size, hidden), nn.Tanh(), nn.Linear(hidden, 1))

    def forward(self, states: Tensor, lengths: Tensor) -> Tensor:
        """See :class:`Readout`."""
        mask = valid_columns(lengths.to(states.device), states.shape[1])
        weight = self.score(states).squeeze(-1).masked_fill(~mask, -torch.inf).softmax(1)
        return torch.einsum("bt,bts->bs", weight, torch.where(mask[..., None], states, 0.0))
