"""FoleyGAN's discriminator: convolutions with spectral norm, and a projection of class and action.

The projection is that of Miyato and Koyama 2018 (arXiv 1802.05637), the norm that of Miyato et al. 2018
(arXiv 1802.05957). That both stand here, and all sizes, is our choice: the paper's discriminator is not known to us.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch.nn.functional as F
from einops import rearrange
from torch import Tensor, nn
from torch.nn.utils.parametrizations import spectral_norm

from silentfoley.generators.foley_gan_blocks import ActionVector, folded

#: Grid columns per score.
PATCH_COLUMNS = 4
#: Log-mel level of a full-scale sine, about: half of it is the middle of what a discriminator sees.
FULL_LEVEL = 9.2


@dataclass(frozen=True)
class Verdict:
    """What a discriminator says. P = T / 4, rounded up.

    Attributes:
        scores: (B, P), high for what it takes for true.
        maps: its hidden maps, first to last, for feature matching.
    """

    scores: Tensor
    maps: tuple[Tensor, ...]


class PlainHead(nn.Module):
    """Scores that know neither class nor action.

    Args:
        size: E, width of the vectors judged.
    """

    def __init__(self, size: int = 64) -> None:
        super().__init__()
        self.score = spectral_norm(nn.Linear(size, 1))

    def forward(self, vectors: Tensor, inputs: Tensor, label: Tensor) -> Tensor:
        """(B, P, E) to (B, P)."""
        scores: Tensor = self.score(vectors)
        return rearrange(scores, "b p 1 -> b p")


class ProjectionHead(nn.Module):
    """``psi(phi) + <V y, phi> + <W a, phi>`` for class y and the action a of the patch's columns.

    Args:
        n_classes: K.
        action: reads states; None to project the class alone.
        size: E.
    """

    def __init__(self, n_classes: int, action: ActionVector | None = None, size: int = 64) -> None:
        super().__init__()
        self.plain = PlainHead(size)
        self.embedding = spectral_norm(nn.Embedding(n_classes, size))
        self.action = action
        self.project = None if action is None else spectral_norm(nn.Linear(PATCH_COLUMNS * action.size, size))

    def forward(self, vectors: Tensor, inputs: Tensor, label: Tensor) -> Tensor:
        """Scores.

        Args:
            vectors: (B, P, E) phi of every patch.
            inputs: (B, T, D) states and sound features.
            label: (B,) class index.

        Returns:
            (B, P).
        """
        wanted = self.embedding(label)[:, None]
        if self.action is not None and self.project is not None:
            wanted = wanted + self.project(rearrange(folded(self.action(inputs), PATCH_COLUMNS), "b a p -> b p a"))
        scores: Tensor = self.plain(vectors, inputs, label) + (wanted * vectors).sum(dim=-1)
        return scores


class FoleyDiscriminator(nn.Module):
    """True or made? One score for every 4 columns.

    Args:
        head: from vectors to scores; None for :class:`PlainHead`.
        widths: channels of the four maps of 32, 16, 8 and 4 bands.
        size: E, width of the vectors the head reads.
    """

    def __init__(self, head: nn.Module | None = None, widths: Sequence[int] = (16, 32, 64, 64), size: int = 64) -> None:
        super().__init__()
        a, b, c, d = widths
        self.maps = nn.ModuleList(
            [
                spectral_norm(nn.Conv2d(1, a, 4, stride=2, padding=1)),
                spectral_norm(nn.Conv2d(a, b, 4, stride=2, padding=1)),
                spectral_norm(nn.Conv2d(b, c, (4, 3), stride=(2, 1), padding=1)),
                spectral_norm(nn.Conv2d(c, d, (4, 3), stride=(2, 1), padding=1)),
            ]
        )
        # Bands are joined, not averaged: where in pitch something lies decides whether it is true.
        self.join = spectral_norm(nn.Linear(4 * d, size))
        self.head = PlainHead(size) if head is None else head

    def forward(self, features: Tensor, inputs: Tensor, label: Tensor) -> Verdict:
        """Judge sound features.

        Args:
            features: (B, T, 64) true or made.
            inputs: (B, T, D) states and sound features of the Perception they shall fit.
            label: (B,) class index.
        """
        whole = folded(2 * features / FULL_LEVEL - 1, PATCH_COLUMNS)
        maps = rearrange(whole, "b (n f) t -> b 1 f (t n)", n=PATCH_COLUMNS)
        seen = []
        for layer in self.maps:
            maps = F.leaky_relu(layer(maps), 0.2)
            seen.append(maps)
        vectors = F.leaky_relu(self.join(rearrange(maps, "b c f t -> b t (c f)")), 0.2)
        return Verdict(self.head(vectors, inputs, label), tuple(seen))
