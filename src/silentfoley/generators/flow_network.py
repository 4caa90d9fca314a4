"""The velocity of a flow over log-mel columns: a small U-Net of convolutions."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

import torch
from einops import rearrange
from torch import Tensor, nn

from silentfoley.generators.conv_block import ColumnConv, ConvBlock

#: Waves by which a network is told the time of the flow.
TIME_WAVES = 16


@dataclass(frozen=True)
class Given:
    """What a flow is told of the sound. T columns of M bands.

    Attributes:
        label: (B,) class; the number of classes stands for none.
        variant: (B,) material or manner; 0 for none.
        strength: (B, 1) in [0, 1].
        curves: (B, T, C) rasterised cue.
        colour: (B, T, M) what the take's colour adds to each column, in log-mel units.
        manner: (B, M + 1) how far each band of the take strays, and how peaked its level is.
        context: (B, T, M) columns that are known already, zeros elsewhere.
        known: (B, T, 1) whether they are, 0 or 1.
        states: (B, T, S) states of a perception on the same columns, or None.
    """

    label: Tensor
    variant: Tensor
    strength: Tensor
    curves: Tensor
    colour: Tensor
    manner: Tensor
    context: Tensor
    known: Tensor
    states: Tensor | None = None

    def without_names(self, n_labels: int, drop: Tensor) -> Given:
        """The same with class, variant and strength hidden where (B,) ``drop`` is true."""
        return replace(
            self,
            label=torch.where(drop, n_labels, self.label),
            variant=torch.where(drop, 0, self.variant),
            strength=torch.where(drop[:, None], 0.0, self.strength),
        )


class VelocityNet(nn.Module):
    """Velocity of each column, from columns around it.

    Convolutions only, over columns and over pairs and fours of them: any length, and no column knows how long the whole
    is.

    Args:
        n_mels: bands M.
        n_curves: rasterised curves C.
        n_labels, n_variants: classes; materials and manners, the first being none.
        dims: channels at each of three rates: every column, every second, every fourth.
        blocks: blocks at each rate on the way down; the last ones turn round.
        n_condition: size of what steers the blocks.
        n_states: size S of a perception's states; 0 if it will never be told any.
    """

    def __init__(
        self,
        n_mels: int,
        n_curves: int,
        n_labels: int,
        n_variants: int,
        dims: Sequence[int] = (112, 176, 240),
        blocks: Sequence[int] = (2, 2, 3),
        n_condition: int = 128,
        n_states: int = 0,
    ) -> None:
        super().__init__()
        self.label = nn.Embedding(n_labels + 1, n_condition)
        self.variant = nn.Embedding(n_variants, n_condition)
        self.strength = nn.Linear(1, n_condition)
        self.manner = nn.Linear(n_mels + 1, n_condition)
        self.time = nn.Sequential(
            nn.Linear(2 * TIME_WAVES, n_condition), nn.SiLU(), nn.Linear(n_condition, n_condition)
        )
        self.mix = nn.Sequential(nn.SiLU(), nn.Linear(n_condition, n_condition), nn.SiLU())
        self.enter = ColumnConv(3 * n_mels + 1 + n_curves, dims[0])
        self.states = nn.Linear(n_states, dims[0]) if n_states else None
        self.no_states = nn.Parameter(torch.zeros(dims[0])) if n_states else None

        def row(rate: int) -> nn.ModuleList:
            return nn.ModuleList(ConvBlock(dims[rate], 2 * dims[rate], n_condition) for _ in range(blocks[rate]))

        rates = range(len(dims) - 1)
        self.falling, self.turn = nn.ModuleList(row(i) for i in rates), row(len(dims) - 1)
        self.rising = nn.ModuleList(row(i) for i in rates)
        self.pair = nn.ModuleList(nn.Linear(2 * dims[i], dims[i + 1]) for i in rates)
        self.part = nn.ModuleList(nn.Linear(dims[i + 1], 2 * dims[i]) for i in rates)
        last = nn.Linear(dims[0], n_mels)
        nn.init.zeros_(last.weight)
        nn.init.zeros_(last.bias)
        self.leave = nn.Sequential(nn.LayerNorm(dims[0]), last)

    @property
    def step(self) -> int:
        """Lengths are multiples of so many columns."""
        return int(2 ** len(self.falling))

    def forward(self, x: Tensor, time: Tensor, given: Given) -> Tensor:
        """(B, T, M) points at (B,) times to (B, T, M) velocities; T is a multiple of :attr:`step`."""
        condition = self._condition(time, given)
        x = self.enter(torch.cat([x, given.context, given.colour / 2, given.known, given.curves], dim=-1))
        if self.states is not None and self.no_states is not None:
            x = x + (self.no_states if given.states is None else self.states(given.states))
        passed = []
        for blocks, pair in zip(self.falling, self.pair, strict=True):
            x = _through(blocks, x, condition)
            passed.append(x)
            x = pair(rearrange(x, "b (t two) c -> b t (two c)", two=2))
        x = _through(self.turn, x, condition)
        for blocks, part in zip(reversed(self.rising), reversed(self.part), strict=True):
            x = passed.pop() + rearrange(part(x), "b t (two c) -> b (t two) c", two=2)
            x = _through(blocks, x, condition)
        out: Tensor = self.leave(x)
        return out

    def _condition(self, time: Tensor, given: Given) -> Tensor:
        waves = time[:, None] * torch.exp(torch.linspace(0, math.log(100), TIME_WAVES, device=time.device))
        told = self.time(torch.cat([waves.sin(), waves.cos()], dim=-1))
        told = told + self.label(given.label) + self.variant(given.variant) + self.strength(given.strength)
        told = told + self.manner(given.manner)
        out: Tensor = self.mix(told)
        return out


def _through(blocks: nn.Module, x: Tensor, condition: Tensor) -> Tensor:
    assert isinstance(blocks, nn.ModuleList)
    for block in blocks:
        x = block(x, condition)
    return x
