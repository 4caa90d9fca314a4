"""What a recurrent part is: columns in, one state per column out."""

from __future__ import annotations

from abc import abstractmethod

import torch
from torch import Tensor, nn


class Recurrent(nn.Module):
    """A network over time that sees no later column than the one it answers for.

    Attributes:
        input_size: width of a column.
        output_size: width of a state.
    """

    def __init__(self, input_size: int, output_size: int) -> None:
        super().__init__()
        self.input_size = input_size
        self.output_size = output_size

    @abstractmethod
    def forward(self, x: Tensor, lengths: Tensor) -> Tensor:
        """(B, T, input_size) and (B,) valid columns in [1, T] to (B, T, output_size), frozen past the end."""


def valid_columns(lengths: Tensor, columns: int) -> Tensor:
    """(B, T) bool: True where a column belongs to its clip. ``lengths`` is (B,), ``columns`` is T."""
    return torch.arange(columns, device=lengths.device) < lengths[:, None]


def freeze_past_end(states: Tensor, lengths: Tensor) -> Tensor:
    """(B, T, S) with every column past a clip's end replaced by its last valid one.

    For a causal network this equals holding the state at each padded step, at the price of one gather.
    """
    columns = torch.arange(states.shape[1], device=states.device)
    index = torch.minimum(columns, lengths.to(states.device)[:, None] - 1)
    return states.gather(1, index[..., None].expand_as(states))
