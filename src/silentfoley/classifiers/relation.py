"""Temporal relations of frames, after Zhou, Andonian, Oliva & Torralba (2018) and their release.

Known from the release (zhoubolei/TRN-pytorch): scales N, N-1, ..., 2; every scale its own MLP, ReLU ->
Linear(s * 256, 256) -> ReLU -> Linear(256, K), on ordered tuples of s of the N frames; logits summed over
scales; at most three random tuples of each smaller scale in a forward pass, at test time too.

Two departures, both ours. At test *all* tuples count, so the answer repeats. And a scale's tuples are
*averaged*, not summed: with sums, all 70 tuples of scale 4 of 8 would weigh 23 times what three did in
training, and the scales' balance would change with them.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations
from math import comb

import torch
import torch.nn.functional as F
from einops import rearrange
from torch import Tensor, nn

from silentfoley.errors import SilentFoleyError

TUPLES_IN_TRAINING = 3


class Relation(nn.Module):
    """One scale: the mean over ordered tuples of ``scale`` of ``n_frames`` frames of an MLP on each tuple.

    The MLP's first layer is linear in the concatenation, so it falls into one matrix per place in the
    tuple. Each frame meets each matrix once; tuples only add what is already there. The last layer is
    linear too and comes after the mean.

    Args:
        n_frames: N.
        scale: s, in [1, N]; 1 relates nothing, which makes the network a plain CNN.
        size: width of a frame.
        hidden: width of the MLP.
        n_classes: K.
    """

    tuples: Tensor

    def __init__(self, n_frames: int, scale: int, size: int, hidden: int, n_classes: int) -> None:
        super().__init__()
        if not 1 <= scale <= n_frames:
            raise SilentFoleyError("Relation scale", f"{scale} of {n_frames} frames", f"use 1 to {n_frames}")
        self.scale = scale
        self.first = nn.Linear(scale * size, hidden)
        self.last = nn.Linear(hidden, n_classes)
        index = torch.tensor(list(combinations(range(n_frames), scale)))
        self.register_buffer("tuples", index, persistent=False)

    def forward(self, frames: Tensor, generator: torch.Generator | None = None) -> Tensor:
        """Logits of one scale.

        Args:
            frames: (B, N, size) in time order.
            generator: for the tuples drawn in training, on the CPU; None for torch's global one.

        Returns:
            (B, K).
        """
        matrices = rearrange(self.first.weight, "h (s d) -> s d h", s=self.scale)
        placed = torch.einsum("bnd,sdh->sbnh", F.relu(frames), matrices)
        total: Tensor = self.first.bias
        for place, index in enumerate(self._choose(generator).unbind(1)):
            total = total + placed[place].index_select(1, index)
        logits: Tensor = self.last(F.relu(total).mean(1))
        return logits

    def _choose(self, generator: torch.Generator | None) -> Tensor:
        """(M, s) frame indices: all tuples at test, at most three in training."""
        if not self.training or len(self.tuples) <= TUPLES_IN_TRAINING:
            return self.tuples
        drawn = torch.randperm(len(self.tuples), generator=generator)[:TUPLES_IN_TRAINING]
        return self.tuples[drawn.to(self.tuples.device)]


class MultiScaleRelation(nn.Module):
    """The sum of :class:`Relation` over scales.

    Args:
        n_frames: N.
        size: width of a frame.
        hidden: width of every MLP.
        n_classes: K.
        scales: tuple sizes, largest first; None for N, N-1, ..., 2. One entry makes a single-scale network.
    """

    def __init__(
        self, n_frames: int, size: int, hidden: int, n_classes: int, scales: Sequence[int] | None = None
    ) -> None:
        super().__init__()
        chosen = tuple(range(n_frames, 1, -1)) if scales is None else tuple(scales)
        if not chosen or len(set(chosen)) < len(chosen):
            raise SilentFoleyError("MultiScaleRelation", f"scales {chosen} are none or repeat", "name each scale once")
        self.relations = nn.ModuleList(Relation(n_frames, s, size, hidden, n_classes) for s in chosen)
        self.n_frames = n_frames

    @property
    def n_tuples(self) -> int:
        """Tuples looked at at test, over all scales."""
        return sum(comb(self.n_frames, r.scale) for r in self.relations if isinstance(r, Relation))

    def forward(self, frames: Tensor, generator: torch.Generator | None = None) -> Tensor:
        """(B, N, size) frames in time order to (B, K) logits. See :meth:`Relation.forward`."""
        return torch.stack([relation(frames, generator) for relation in self.relations]).sum(0)


class LocalRelation(nn.Module):
    """What strikes now: relations of frames around every column, a few distances apart. Ours.

    For each distance d the ``places`` frames at t + d * (-p ... p) form one ordered tuple per column.
    A linear layer on such a tuple, for all columns at once, is a convolution of dilation d; distances
    are summed and share one ReLU, as the scales of :class:`MultiScaleRelation` share one softmax.

    Args:
        input_size: width of a column.
        size: width in the relation, and of the result.
        places: odd number of frames of a tuple; 1 relates nothing.
        distances: in columns.
        dropout: on the input, in [0, 1).
    """

    def __init__(
        self,
        input_size: int,
        size: int = 64,
        places: int = 5,
        distances: Sequence[int] = (1, 2, 4),
        dropout: float = 0.0,
    ) -> None:
        super().__init__()
        if places % 2 == 0 or not distances:
            raise SilentFoleyError("LocalRelation", f"{places} places, distances {distances}", "use odd places, >= 1 d")
        self.output_size = size
        self.dropout = nn.Dropout(dropout)
        self.shrink = nn.Linear(input_size, size)
        self.relations = nn.ModuleList(nn.Conv1d(size, size, places, padding="same", dilation=d) for d in distances)

    def forward(self, x: Tensor, mask: Tensor) -> Tensor:
        """(B, T, D) columns and (B, T) bool of valid ones to (B, T, size); padded columns count as zeros."""
        small = F.relu(self.shrink(self.dropout(x))) * mask[..., None]
        columns = rearrange(small, "b t c -> b c t")
        related = torch.stack([relation(columns) for relation in self.relations]).sum(0)
        return F.relu(rearrange(related, "b c t -> b t c"))
