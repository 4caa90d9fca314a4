"""Columns seen in view of the whole clip: a strike of an act that turns out to be a decoy is none. Ours."""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from silentfoley.classifiers.recurrent import valid_columns


class ClipView(nn.Module):
    """Scales and shifts every column's units by what the clip as a whole is (FiLM, Perez et al. 2018).

    A clip is summed up by the mean of its columns and the class posterior. At first columns pass unchanged. Curves
    read after it are not causal: a clip has to be over before they are known.

    Args:
        size: S, width of a column.
        n_classes: K.
        hidden: units between.
    """

    def __init__(self, size: int, n_classes: int, hidden: int = 64) -> None:
        super().__init__()
        self.size = size
        self.clip = nn.Linear(size + n_classes, hidden)
        self.film = nn.Linear(hidden, 2 * size)
        nn.init.zeros_(self.film.weight)
        nn.init.zeros_(self.film.bias)

    def forward(self, columns: Tensor, class_logits: Tensor, lengths: Tensor) -> Tensor:
        """Columns in view of their clips.

        Args:
            columns: (B, T, S); what lies past a clip's end has no influence on the rest.
            class_logits: (B, K); curves do not train them.
            lengths: (B,) valid columns, >= 1.

        Returns:
            (B, T, S).
        """
        mask = valid_columns(lengths.to(columns.device), columns.shape[1])[..., None]
        mean = torch.where(mask, columns, 0.0).sum(1) / mask.sum(1)
        clip = F.relu(self.clip(torch.cat([mean, class_logits.detach().softmax(1)], dim=1)))
        scale, shift = self.film(clip)[:, None].chunk(2, dim=-1)
        seen: Tensor = columns * (1 + scale) + shift
        return seen
