"""A small causal convolutional network: what it says of a frame rests on that frame and earlier ones only."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from einops import rearrange
from torch import Tensor, nn

#: Frames a convolution looks at.
_KERNEL = 3


class CausalBlock(nn.Module):
    """Dilated convolution over past frames, scaled and shifted by the condition (FiLM, Perez et al. 2018), residual.

    Args:
        width: channels C.
        dilation: frames between the taps.
        n_condition: D.
    """

    def __init__(self, width: int, dilation: int, n_condition: int) -> None:
        super().__init__()
        self.past_frames = (_KERNEL - 1) * dilation
        self.convolution = nn.Conv1d(width, width, _KERNEL, dilation=dilation)
        self.film = nn.Linear(n_condition, 2 * width)

    def forward(self, x: Tensor, condition: Tensor, past: Tensor) -> tuple[Tensor, Tensor]:
        """(B, C, T) after ``past`` (B, C, P), and the past of what comes next."""
        joined = torch.cat([past, x], dim=-1)
        scale, shift = rearrange(self.film(condition), "b (two c) -> two b c 1", two=2)
        y = nn.functional.gelu(self.convolution(joined) * (1 + scale) + shift)
        return x + y, joined[..., joined.shape[-1] - self.past_frames :]


class CausalNet(nn.Module):
    """Frames and a condition to frames; called piece by piece with its states it answers as if called at once.

    Args:
        n_inputs: I, channels of a frame.
        n_condition: D.
        n_outputs: O.
        width: channels inside.
        dilations: one block each.
    """

    def __init__(self, n_inputs: int, n_condition: int, n_outputs: int, width: int, dilations: Sequence[int]) -> None:
        super().__init__()
        self.width = width
        self.enter = nn.Linear(n_inputs, width)
        self.blocks = nn.ModuleList(CausalBlock(width, d, n_condition) for d in dilations)
        self.leave = nn.Linear(width, n_outputs)
        self.bias = nn.Linear(n_condition, n_outputs)

    def quietened(self) -> CausalNet:
        """Itself, saying 0 of everything until it is trained."""
        for last in (self.leave, self.bias):
            nn.init.zeros_(last.weight)
            nn.init.zeros_(last.bias)
        return self

    @property
    def n_past_frames(self) -> int:
        """Frames before one that it may rest on."""
        return sum(block.past_frames for block in self._blocks())

    def start(self, n: int = 1) -> list[Tensor]:
        """States before the first frame of ``n`` sequences: nothing has been."""
        return [torch.zeros(n, self.width, block.past_frames) for block in self._blocks()]

    def forward(self, frames: Tensor, condition: Tensor, states: list[Tensor]) -> tuple[Tensor, list[Tensor]]:
        """(B, T, I) frames and (B, D) conditions to (B, T, O), and the states after the last frame."""
        x = rearrange(self.enter(frames), "b t c -> b c t")
        after = []
        for block, past in zip(self._blocks(), states, strict=True):
            x, state = block(x, condition, past)
            after.append(state)
        return self.leave(rearrange(x, "b c t -> b t c")) + self.bias(condition)[:, None], after

    def _blocks(self) -> list[CausalBlock]:
        return [block for block in self.blocks if isinstance(block, CausalBlock)]
