"""What the backbone itself says of strikes of the act that the network names. Ours."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from einops import rearrange
from torch import Tensor, nn

from silentfoley.errors import SilentFoleyError


class NamedStrikes(nn.Module):
    """Onset logits from numbers of a column that say, act by act, whether it strikes now.

    A backbone that was trained to time every act, such as a :class:`~silentfoley.encoders.moment_cnn.MomentCNN`, ends
    its vectors in logits that a network would otherwise have to learn to read from few clips of each act. With p the
    class posterior, a the answers of J backbones for K acts, and w and b learned::

        logit(t) = sum over k of p_k (b_k + sum over j of w_jk a_jk(t))

    Args:
        n_classes: K.
        firsts: where in a column the K answers of each backbone begin, J places >= 0.
        weight: what every w is at first; b is 0.

    Raises:
        SilentFoleyError: without a place.
    """

    places: Tensor

    def __init__(self, n_classes: int, firsts: Sequence[int], weight: float = 0.5) -> None:
        super().__init__()
        if not firsts or min(firsts) < 0:
            raise SilentFoleyError("NamedStrikes firsts", f"{list(firsts)} are no places", "say where answers begin")
        self.register_buffer("places", torch.tensor(list(firsts))[:, None] + torch.arange(n_classes), persistent=False)
        self.weight = nn.Parameter(torch.full((len(firsts), n_classes), weight))
        self.bias = nn.Parameter(torch.zeros(n_classes))

    def forward(self, features: Tensor, class_logits: Tensor) -> Tensor:
        """Logits to be added to those of the onset curve.

        Args:
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
        logits: Tensor = torch.einsum("bk,btjk,jk->bt", named, answers, self.weight) + (named @ self.bias)[:, None]
        return logits
