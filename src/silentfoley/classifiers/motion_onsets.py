"""When does it strike? A small network over motion features, made to carry over to real pictures. Ours."""

from __future__ import annotations

from collections.abc import Sequence

import torch
import torch.nn.functional as F
from einops import rearrange
from torch import Tensor, nn

from silentfoley.classifiers.columns import check_columns
from silentfoley.classifiers.recurrent import valid_columns
from silentfoley.errors import SilentFoleyError

#: A clip whose channel never exceeds this is taken for still: its noise is not blown up.
UNIT_FLOOR = 1e-3


class MotionOnsetNetwork(nn.Module):
    """Dilated convolutions over a few motion features to onset and strength per column.

    Drawn and real pictures differ in how fast, how noisy and how bright they are, so no absolute level comes in: each
    channel is told in units of its own root mean square over the clip and compressed by ``log(1 + gain |x|)``, sign
    kept. Few events stand high over a low floor then, in any clip. Columns see as far as the dilations reach; nothing
    is pooled over time, so the answer does not depend on where a long clip is cut, but for the units.

    Args:
        channels: indices of the features used, out of those that come in; which ones is a choice made in advance.
        width: channels of the hidden layers.
        dilations: of the layers after the first; the view is ``(kernel - 1) / 2 * (1 + sum(dilations))`` columns
            to both sides.
        kernel: odd, columns.
        gain: of the compression, > 0.
        dropout: on the last hidden columns, in [0, 1).

    Raises:
        SilentFoleyError: for no channels or an even kernel.
    """

    chosen: Tensor

    def __init__(
        self,
        channels: Sequence[int],
        width: int = 24,
        dilations: Sequence[int] = (1, 2, 4),
        kernel: int = 3,
        gain: float = 4.0,
        dropout: float = 0.1,
    ) -> None:
        super().__init__()
        if not channels or min(channels) < 0:
            raise SilentFoleyError("MotionOnsetNetwork channels", f"{list(channels)} names none", "pass indices >= 0")
        if kernel % 2 == 0:
            raise SilentFoleyError("MotionOnsetNetwork kernel", f"{kernel} has no middle", "use an odd number")
        self.register_buffer("chosen", torch.tensor(list(channels)), persistent=False)
        self.gain = gain
        self.first = nn.Conv1d(len(channels), width, kernel, padding=kernel // 2)
        self.norms = nn.ModuleList(nn.LayerNorm(width) for _ in dilations)
        self.layers = nn.ModuleList(
            nn.Conv1d(width, width, kernel, padding=d * (kernel // 2), dilation=d) for d in dilations
        )
        self.dropout = nn.Dropout(dropout)
        self.heads = nn.Linear(width, 2)

    def forward(self, features: Tensor, lengths: Tensor | None = None) -> tuple[Tensor, Tensor]:
        """Onset and strength of a batch.

        Args:
            features: (B, T, M) motion features.
            lengths: (B,) valid columns in [1, T]; all of them if None.

        Returns:
            (B, T) onset logits and (B, T) strength logits; what stands in the padding means nothing.

        Raises:
            SilentFoleyError: if the shapes do not fit, or fewer features come in than ``channels`` names.
        """
        if lengths is None:
            lengths = torch.full(features.shape[:1], features.shape[1])
        check_columns(features, lengths)
        if features.shape[-1] <= int(self.chosen.max()):
            raise SilentFoleyError(
                "MotionOnsetNetwork",
                f"{features.shape[-1]} features come in, channel {int(self.chosen.max())} is wanted",
                "use the features it was trained on",
            )
        mask = valid_columns(lengths.to(features.device), features.shape[1])
        inside = mask[:, None]
        x = self.first(rearrange(self.units(features, mask), "b t c -> b c t")).relu() * inside
        for norm, layer in zip(self.norms, self.layers, strict=True):
            # Normalised over channels, column by column: padding takes no part in it.
            normed = rearrange(norm(rearrange(x, "b c t -> b t c")), "b t c -> b c t") * inside
            x = x + F.relu(layer(normed)) * inside
        onset, strength = self.heads(self.dropout(rearrange(x, "b c t -> b t c"))).unbind(-1)
        return onset, strength

    def units(self, features: Tensor, mask: Tensor) -> Tensor:
        """(B, T, M) features and (B, T) bool mask to (B, T, C) chosen channels without absolute level; padding is 0."""
        x = torch.where(mask[..., None], features[..., self.chosen], 0.0)
        mean_square = x.square().sum(1, keepdim=True) / mask.sum(1)[:, None, None]
        scaled = self.gain * x / (mean_square.sqrt() + UNIT_FLOOR)
        return scaled.sign() * torch.log1p(scaled.abs())


class MotionOnsetEnsemble(nn.Module):
    """Several :class:`MotionOnsetNetwork`, such as those of several seeds: the mean of their logits.

    Args:
        networks: at least one.

    Raises:
        SilentFoleyError: for none.
    """

    def __init__(self, networks: Sequence[nn.Module]) -> None:
        super().__init__()
        if not networks:
            raise SilentFoleyError("MotionOnsetEnsemble", "holds no networks", "pass at least one")
        self.networks = nn.ModuleList(networks)

    def forward(self, features: Tensor, lengths: Tensor | None = None) -> tuple[Tensor, Tensor]:
        """As of :meth:`MotionOnsetNetwork.forward`."""
        answers = [net(features, lengths) for net in self.networks]
        onset, strength = (torch.stack(logits).mean(0) for logits in zip(*answers, strict=True))
        return onset, strength
