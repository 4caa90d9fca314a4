"""What is usual of a class, and how far its sounds stray from it: the scale on which a flow draws."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import torch
from torch import Tensor, nn

from silentfoley.errors import DataError

#: Least deviation of a band, in log-mel units (natural logarithm above the floor). Our choice.
LEAST_STD = 0.25
#: Mean and deviation where nothing was fitted.
UNFITTED = (4.0, 1.5)


class ClassScale(nn.Module):
    """Mean and deviation of log-mel per class: of a hit column by column, of a texture for all columns at once.

    A flow on this scale begins where AutoFoley's class mean ends: noise that is not moved at all is already the class's
    mean with every band straying as takes do, though each for itself. What is learned is how they stray together.

    Args:
        columns: for each class how many columns it has; 1 for a texture.
        n_mels: bands M.
    """

    def __init__(self, columns: Mapping[str, int], n_mels: int) -> None:
        super().__init__()
        for label, n in columns.items():
            self.register_buffer(f"mean_{label}", torch.full((n, n_mels), UNFITTED[0]))
            self.register_buffer(f"std_{label}", torch.full((n, n_mels), UNFITTED[1]))

    def rows(self, label: str, columns: range) -> tuple[Tensor, Tensor]:
        """(len(columns), M) means and deviations; past the last column of a class they are those of the last."""
        mean, std = self.get_buffer(f"mean_{label}"), self.get_buffer(f"std_{label}")
        index = torch.arange(columns.start, columns.stop).clamp(0, len(mean) - 1)
        return mean[index], std[index]

    def normalise(self, label: str, log_mel: Tensor, first: int) -> Tensor:
        """(T, M) columns of a class from its ``first`` on, as the flow sees them: mean 0 and deviation 1."""
        mean, std = self.rows(label, range(first, first + len(log_mel)))
        return (log_mel - mean) / std

    def restore(self, label: str, drawn: Tensor, first: int) -> Tensor:
        """The (T, M) log-mel of what :meth:`normalise` makes ``drawn`` of."""
        mean, std = self.rows(label, range(first, first + len(drawn)))
        return drawn * std + mean

    @torch.no_grad()
    def fit(self, label: str, takes: Sequence[Tensor]) -> None:
        """Count mean and deviation of a class.

        Args:
            takes: (T, M) log-mels, T at least the columns of a class of hits; any for a texture.

        Raises:
            DataError: if there is no take.
        """
        if not takes:
            raise DataError(label, "there is no take to count a mean of", "add lessons of this class")
        mean, std = self.get_buffer(f"mean_{label}"), self.get_buffer(f"std_{label}")
        table = torch.cat(list(takes))[:, None] if len(mean) == 1 else torch.stack([t[: len(mean)] for t in takes])
        mean.copy_(table.mean(dim=0))
        std.copy_(table.std(dim=0, correction=0).clamp_min(LEAST_STD))
