"""What both networks do to columns before they relate them: the backbone, its scale, and a view around."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from einops import rearrange
from torch import Tensor, nn

from silentfoley.classifiers.recurrent import valid_columns
from silentfoley.errors import SilentFoleyError


def check_columns(features: Tensor, lengths: Tensor) -> None:
    """Refuse a batch no network can read.

    Raises:
        SilentFoleyError: unless ``features`` is (B, T, ...) and ``lengths`` (B,) within [1, T].
    """
    if features.ndim < 3 or lengths.shape != features.shape[:1]:
        raise SilentFoleyError(
            "classifier",
            f"features {tuple(features.shape)} and lengths {tuple(lengths.shape)} do not fit",
            "pass features (B, T, ...) and lengths (B,)",
        )
    if len(lengths) == 0 or int(lengths.min()) < 1 or int(lengths.max()) > features.shape[1]:
        raise SilentFoleyError(
            "classifier", f"a length lies outside [1, {features.shape[1]}]", "give each clip at least one column"
        )


def per_column(backbone: nn.Module, features: Tensor, lengths: Tensor) -> Tensor:
    """Run ``backbone`` on every valid column; padding never reaches it and comes out as zeros.

    Args:
        backbone: (M, ...) to (M, D), such as ``nn.Identity()`` for cached vectors or a CNN for pictures.
        features: (B, T, ...).
        lengths: (B,) valid columns.

    Returns:
        (B, T, D).
    """
    mask = valid_columns(lengths.to(features.device), features.shape[1])
    vectors = backbone(features[mask])
    if vectors.ndim != 2:
        raise SilentFoleyError(
            "backbone", f"gives {tuple(vectors.shape[1:])} per column", "use one that ends in a vector"
        )
    columns: Tensor = vectors.new_zeros(*mask.shape, vectors.shape[-1])
    return columns.masked_scatter(mask[..., None], vectors)


class Standardise(nn.Module):
    """A backbone for cached vectors: to mean 0 and deviation 1 over the training set. Ours.

    The statistics are buffers, so they travel with the weights; before :meth:`fit` it changes nothing.

    Args:
        size: D.
    """

    mean: Tensor
    scale: Tensor

    def __init__(self, size: int) -> None:
        super().__init__()
        self.register_buffer("mean", torch.zeros(size))
        self.register_buffer("scale", torch.ones(size))

    @torch.no_grad()
    def fit(self, vectors: Tensor) -> Standardise:
        """Take the statistics of (M, D) training columns. A dimension that never moves keeps scale 1."""
        deviation = vectors.std(0, unbiased=False)
        self.mean.copy_(vectors.mean(0))
        self.scale.copy_(torch.where(deviation > 1e-6, deviation, 1.0))
        return self

    def forward(self, x: Tensor) -> Tensor:
        """(M, D) to (M, D)."""
        return (x - self.mean) / self.scale


class InputContext(nn.Module):
    """Makes columns smaller and lets each see its neighbours on both sides. Ours.

    A recurrent network that is strictly causal learns of a hit only when it is over. The convolution
    gives column t a view of t - n to t + n, so the network hears of it in time; the price is a delay
    of n columns in a streaming system.

    Args:
        input_size: D, width of a column.
        output_size: width afterwards.
        lookahead_columns: n >= 0; 0 keeps the network strictly causal.
        dropout: on the input, in [0, 1).
    """

    def __init__(self, input_size: int, output_size: int, lookahead_columns: int = 4, dropout: float = 0.0) -> None:
        super().__init__()
        self.input_size = input_size
        self.output_size = output_size
        self.lookahead_columns = lookahead_columns
        self.dropout = nn.Dropout(dropout)
        self.shrink = nn.Linear(input_size, output_size)
        self.around = nn.Conv1d(output_size, output_size, 2 * lookahead_columns + 1, padding="same")

    def forward(self, x: Tensor, lengths: Tensor) -> Tensor:
        """(B, T, D) and (B,) valid columns to (B, T, output_size); padded columns count as zeros."""
        mask = valid_columns(lengths.to(x.device), x.shape[1])[..., None]
        small = F.relu(self.shrink(self.dropout(x))) * mask
        around = rearrange(self.around(rearrange(small, "b t c -> b c t")), "b c t -> b t c")
        # Beside the neighbourhood the column itself goes straight on, so a deep view costs no sharpness.
        wide: Tensor = (small + F.relu(around)) * mask
        return wide
