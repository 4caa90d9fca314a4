"""What is usual of a class, what colours its takes have, and how far a sound strays from both: where a flow draws."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import torch
from torch import Tensor, nn

from silentfoley.errors import DataError

#: Least deviation of a band, in log-mel units (natural logarithm above the floor). Our choice.
LEAST_STD = 0.25
#: Mean and deviation where nothing was fitted.
UNFITTED = (4.0, 1.5)
#: Colours remembered of a class.
COLOURS = 48
#: Columns after its first ones at which the colour of a hit is told, and how much each knot is held to 0.
KNOTS, RIDGE = (3, 6, 13, 28, 60, 130, 280), 0.05
#: How far the colour drawn leans towards another take's at most.
LEAN = 0.25


class ClassScale(nn.Module):
    """Mean and deviation of log-mel per class: of a hit column by column, of a texture for all columns at once.

    A take's colour is what it has more or less of each band than its class: of a texture over all its columns, of a hit
    on lines between a few moments after the onset (:data:`KNOTS`), so that a short clap of thunder and a long one are
    two colours. Convolutions that see half a second cannot keep it for a minute, and a few takes do not teach it: so it
    is taken out, drawn once per cue among those of takes, and told. On this scale a flow begins where AutoFoley's class
    mean ends: noise that is not moved at all is already a take's colour on the class's mean, with every band straying
    as takes do, though each for itself. What is learned is how they stray together.

    Args:
        columns: for each class how many columns it has; 1 for a texture.
        n_mels: bands M.
    """

    def __init__(self, columns: Mapping[str, int], n_mels: int) -> None:
        super().__init__()
        self.n_mels = n_mels
        for label, n in columns.items():
            self.register_buffer(f"mean_{label}", torch.full((n, n_mels), UNFITTED[0]))
            self.register_buffer(f"std_{label}", torch.full((n, n_mels), UNFITTED[1]))
            self.register_buffer(f"hats_{label}", hats(n), persistent=False)
            self.register_buffer(
                f"colours_{label}", torch.zeros(COLOURS, self.get_buffer(f"hats_{label}").shape[1], n_mels)
            )
            # Number of the variant of each colour's take; below 0 there is no take.
            self.register_buffer(f"marks_{label}", torch.full((COLOURS,), -1.0))

    def rows(self, label: str, columns: range) -> tuple[Tensor, Tensor]:
        """(len(columns), M) means and deviations; past the last column of a class they are those of the last."""
        mean, std = self.get_buffer(f"mean_{label}"), self.get_buffer(f"std_{label}")
        index = torch.arange(columns.start, columns.stop).clamp(0, len(mean) - 1)
        return mean[index], std[index]

    def colour(self, label: str, log_mel: Tensor) -> Tensor:
        """(K, M) colour of a take, from its (T, M) log-mel: the least squares of its knots."""
        mean = self.get_buffer(f"mean_{label}")
        if len(mean) == 1:
            return (log_mel - mean).mean(dim=0, keepdim=True)
        basis = self.get_buffer(f"hats_{label}")
        gram = basis.T @ basis + RIDGE * torch.eye(basis.shape[1])
        knots: Tensor = torch.linalg.solve(gram, basis.T @ (log_mel[: len(mean)] - mean))
        return knots

    def coloured(self, label: str, columns: range, colour: Tensor) -> Tensor:
        """(len(columns), M) what a (K, M) colour adds to each column."""
        basis = self.get_buffer(f"hats_{label}")
        return basis[torch.arange(columns.start, columns.stop).clamp(0, len(basis) - 1)] @ colour

    def normalise(self, label: str, log_mel: Tensor, first: int, colour: Tensor) -> Tensor:
        """(T, M) columns of a class from its ``first`` on, as the flow sees them: mean 0 and deviation 1."""
        columns = range(first, first + len(log_mel))
        mean, std = self.rows(label, columns)
        return (log_mel - mean - self.coloured(label, columns, colour)) / std

    def restore(self, label: str, drawn: Tensor, first: int, colour: Tensor) -> Tensor:
        """The (T, M) log-mel of what :meth:`normalise` makes ``drawn`` of."""
        columns = range(first, first + len(drawn))
        mean, std = self.rows(label, columns)
        return drawn * std + mean + self.coloured(label, columns, colour)

    def draw(self, label: str, variant: int, rng: torch.Generator) -> Tensor:
        """(K, M) colour for a cue: that of a take of its variant, where there are such.

        Whatever its strength: soft takes of one clock are brighter than loud ones of another, and a cue made stronger
        shall stay the same clock.
        """
        variants = self.get_buffer(f"marks_{label}")
        fitted = variants >= 0
        colours = self.get_buffer(f"colours_{label}")
        if not fitted.any():
            return torch.zeros_like(colours[0])
        same = fitted & (variants == variant)
        among = torch.nonzero(same if variant and same.any() else fitted)[:, 0]
        one, other = (among[torch.randint(len(among), (1,), generator=rng)[0]] for _ in range(2))
        return torch.lerp(colours[one], colours[other], LEAN * float(torch.rand(1, generator=rng)))

    @torch.no_grad()
    def fit(self, label: str, takes: Sequence[Tensor], variants: Sequence[int]) -> None:
        """Count mean, colours and deviation of a class.

        Args:
            takes: (T, M) log-mels, T at least the columns of a class of hits; any for a texture.
            variants: number of the variant of each; 0 for none.

        Raises:
            DataError: if there is no take.
        """
        if not takes:
            raise DataError(label, "there is no take to count a mean of", "add lessons of this class")
        mean, std = self.get_buffer(f"mean_{label}"), self.get_buffer(f"std_{label}")
        steady = len(mean) == 1

        def table(sounds: Sequence[Tensor]) -> Tensor:
            return torch.cat(list(sounds))[:, None] if steady else torch.stack([s[: len(mean)] for s in sounds])

        mean.copy_(table(takes).mean(dim=0))
        colours = [self.colour(label, take) for take in takes]
        strays = table([t - self.coloured(label, range(len(t)), c) for t, c in zip(takes, colours, strict=True)])
        std.copy_(strays.std(dim=0, correction=0).clamp_min(LEAST_STD))
        n = min(COLOURS, len(takes))
        self.get_buffer(f"colours_{label}")[:n] = torch.stack(colours[:n])
        self.get_buffer(f"marks_{label}")[:n] = torch.tensor(list(variants[:n]), dtype=torch.float32)


def hats(n_columns: int) -> Tensor:
    """(n_columns, K) weights of knots on straight lines between :data:`KNOTS`, held beyond the first and the last; one
    knot for a single column."""
    columns = np.arange(n_columns)
    knots = np.array([k for k in KNOTS if k < n_columns] or [0])
    rows = [np.interp(columns, knots, np.eye(len(knots))[i]) for i in range(len(knots))]
    return torch.from_numpy(np.stack(rows, axis=1)).float()
