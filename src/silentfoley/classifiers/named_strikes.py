"""What the backbone itself says of strikes of the act that the network names. Ours."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from einops import rearrange
from torch import Tensor, nn

from silentfoley.errors import SilentFoleyError


class NamedStrikes(nn.Module):
    """An onset curve joined with numbers of the columns that say, act by act, whether it strikes now.

    A backbone that was trained to time every act, such as a :class:`~silentfoley.encoders.moment_cnn.MomentCNN`, ends
    its vectors in logits that a network would otherwise have to learn to read from few clips of each act. With p the
    class posterior, o the network's own logits, a the answers of J backbones for K acts, and u, w, b learned::

        logit(t) = sum over k of p_k (b_k + u_k o(t) + sum over j of w_jk a_jk(t))

    At first u is 1, w and b are 0: the curve passes unchanged. These few numbers are best learned by themselves, on
    clips that neither network nor backbones have learned from; where the network has, it trusts itself too much.

    Args:
        n_classes: K.
        firsts: where in a column the K answers of each backbone begin, J places >= 0.

    Raises:
        SilentFoleyError: without a place.
    """

    places: Tensor

    def __init__(self, n_classes: int, firsts: Sequence[int]) -> None:
        super().__init__()
        if not firsts or min(firsts) < 0:
            raise SilentFoleyError("NamedStrikes firsts", f"{list(firsts)} are no places", "say where answers begin")
        self.register_buffer("places", torch.tensor(list(firsts))[:, None] + torch.arange(n_classes), persistent=False)
        self.own = nn.Parameter(torch.ones(n_classes))
        self.weight = nn.Parameter(torch.zeros(len(firsts), n_classes))
        self.bias = nn.Parameter(torch.zeros(n_classes))

    def forward(self, onset_logits: Tensor, features: Tensor, class_logits: Tensor) -> Tensor:
        """The joined onset logits.

        Args:
            onset_logits: (B, T) of the network.
            features: (B, T, D) columns as the backbones gave them, not standardised.
            class_logits: (B, K); curves do not train them.

        Returns:
            (B, T).

        Raises:
            SilentFoleyError: if columns end before the answers do.
        """
        if features.ndim != 3 or features.shape[-1] <= int(self.places.max()):
            raise SilentFoleyError(
                "NamedStrikes",
                f"features {tuple(features.shape)} end before place {int(self.places.max())}",
                "pass (B, T, D) vectors of the backbones, or set firsts to where their answers begin",
            )
        named = class_logits.detach().softmax(1)
        answers = rearrange(features[..., self.places.flatten()], "b t (j k) -> b t j k", k=len(self.bias))
        told = torch.einsum("bk,btjk,jk->bt", named, answers, self.weight)
        joined: Tensor = told + (named @ self.own)[:, None] * onset_logits + (named @ self.bias)[:, None]
        return joined
