"""What is usual of a class, what manner its takes have, and how far a sound strays from both: where a flow draws."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor, nn

from silentfoley.errors import DataError
from silentfoley.generators.flow_columns import LEAD_COLUMNS
from silentfoley.generators.flow_noise import coloured_noise, correlations

#: Least deviation of a band, in log-mel units (natural logarithm above the floor). Our choice.
LEAST_STD = 0.25
#: Mean and deviation where nothing was fitted.
UNFITTED = (4.0, 1.5)
#: Manners remembered of a class.
COLOURS = 48
#: Columns after its first ones at which the colour of a hit is told, and how much each knot is held to 0.
KNOTS, RIDGE = (3, 6, 13, 28, 60, 130, 280), 0.05
#: How far the manner drawn leans towards another take's at most.
LEAN = 0.25
#: Mean and colours of takes of different length are told apart in so many rounds.
ROUNDS = 4
#: Takes shorter than this share of the class's median are pieces of one: they teach, but lend nobody their manner.
WHOLE = 1 / 3
#: Columns of this age are counted together with those earlier and later by an ``AGE``-th of it.
AGE = 16
#: Skewness that counts as 1, and the most that is told of it.
SKEW, MOST_SKEW = 4.0, 3.0


@dataclass(frozen=True)
class Manner:
    """What one take of a class has of its own.

    Attributes:
        colour: (K, M) more or less of each band than the class, at K knots.
        spread: (M,) natural logarithm of how much further each band strays than the class's; 0 for a hit.
        crackle: skewness of its level, of :data:`SKEW`; 0 for a hit.
        columns: how long it is; of no account for a texture.
    """

    colour: Tensor
    spread: Tensor
    crackle: Tensor
    columns: int

    @property
    def told(self) -> Tensor:
        """(M + 1,) spread and crackle."""
        return torch.cat([self.spread, self.crackle[None]])

    def leaning(self, other: Manner, share: float) -> Manner:
        """This, with a share of another's, but as long as it was."""
        return Manner(
            torch.lerp(self.colour, other.colour, share),
            torch.lerp(self.spread, other.spread, share),
            torch.lerp(self.crackle, other.crackle, share),
            self.columns,
        )


class ClassScale(nn.Module):
    """Mean and deviation of log-mel per class: of a hit column by column, of a texture for all columns at once.

    A take's colour is what it has more or less of each band than its class: of a texture over all its columns, of a hit
    on lines between a few moments after the onset (:data:`KNOTS`), so that a short clap of thunder and a long one are
    two colours. Convolutions that see half a second cannot keep it for a minute, and a few takes do not teach it: so it
    is taken out, drawn once per cue among those of takes, and told. The same holds of how far a texture strays and how
    peaked it is, and of how long a hit is. On this scale a flow begins where AutoFoley's class mean ends: noise that is
    not moved at all already has a take's colour on the class's mean and strays as far as it does, bands and columns
    together as in the class (:mod:`flow_noise`). What is learned is what is not Gaussian in how they stray.

    Args:
        columns: for each class how many columns it has at most; 1 for a texture.
        n_mels: bands M.
    """

    def __init__(self, columns: Mapping[str, int], n_mels: int) -> None:
        super().__init__()
        self.n_mels = n_mels
        for label, n in columns.items():
            self.register_buffer(f"mean_{label}", torch.full((n, n_mels), UNFITTED[0]))
            self.register_buffer(f"std_{label}", torch.full((n, n_mels), UNFITTED[1]))
            self.register_buffer(f"mix_{label}", torch.eye(n_mels))
            self.register_buffer(f"carry_{label}", torch.zeros(()))
            self.register_buffer(f"hats_{label}", hats(n), persistent=False)
            self.register_buffer(
                f"colours_{label}", torch.zeros(COLOURS, self.get_buffer(f"hats_{label}").shape[1], n_mels)
            )
            # Number of the variant of each take, below 0 where there is none; its length; its spread and crackle.
            self.register_buffer(f"marks_{label}", torch.full((COLOURS,), -1.0))
            self.register_buffer(f"lengths_{label}", torch.full((COLOURS,), float(n)))
            if n == 1:
                self.register_buffer(f"spreads_{label}", torch.zeros(COLOURS, n_mels + 1))

    def steady(self, label: str) -> bool:
        """Whether it is a texture, all of whose columns are alike."""
        return len(self.get_buffer(f"mean_{label}")) == 1

    def rows(self, label: str, columns: range) -> tuple[Tensor, Tensor]:
        """(len(columns), M) means and deviations; past the last column of a class they are those of the last."""
        mean, std = self.get_buffer(f"mean_{label}"), self.get_buffer(f"std_{label}")
        index = torch.arange(columns.start, columns.stop).clamp(0, len(mean) - 1)
        return mean[index], std[index]

    def manner(self, label: str, log_mel: Tensor) -> Manner:
        """Manner of a take, from its (T, M) log-mel from the first column to its end."""
        if not self.steady(label):
            log_mel = log_mel[: len(self.get_buffer(f"mean_{label}"))]
            return self._bare(label, self._colour(label, log_mel), len(log_mel))
        mean, std = self.get_buffer(f"mean_{label}"), self.get_buffer(f"std_{label}")
        colour = (log_mel - mean).mean(dim=0, keepdim=True)
        strays = log_mel - mean - colour
        own = strays.std(dim=0, correction=0).clamp_min(LEAST_STD)
        level = (strays / own).mean(dim=1)
        skew = (level**3).mean() / level.square().mean().clamp_min(1e-6) ** 1.5
        return Manner(colour, torch.log(own / std[0]), (skew / SKEW).clamp(-MOST_SKEW, MOST_SKEW), len(log_mel))

    def coloured(self, label: str, columns: range, colour: Tensor) -> Tensor:
        """(len(columns), M) what a (K, M) colour adds to each column."""
        basis = self.get_buffer(f"hats_{label}")
        return basis[torch.arange(columns.start, columns.stop).clamp(0, len(basis) - 1)] @ colour

    def normalise(self, label: str, log_mel: Tensor, first: int, manner: Manner) -> Tensor:
        """(T, M) columns of a class from its ``first`` on, as the flow sees them: mean 0 and deviation 1."""
        usual, deviation = self._usual(label, range(first, first + len(log_mel)), manner)
        return (log_mel - usual) / deviation

    def restore(self, label: str, drawn: Tensor, first: int, manner: Manner) -> Tensor:
        """The (T, M) log-mel of what :meth:`normalise` makes ``drawn`` of."""
        usual, deviation = self._usual(label, range(first, first + len(drawn)), manner)
        return drawn * deviation + usual

    def noise(self, label: str, white: Tensor, before: Tensor | None = None) -> Tensor:
        """(T, M) noise that strays as takes of the class do, from white; see :func:`coloured_noise`."""
        return coloured_noise(white, self.get_buffer(f"mix_{label}"), self.get_buffer(f"carry_{label}"), before)

    def draw(self, label: str, variant: int, rng: torch.Generator) -> Manner:
        """Manner for a cue: that of a take of its variant, where there are such.

        Whatever its strength: soft takes of one clock are brighter than loud ones of another, and a cue made stronger
        shall stay the same clock.
        """
        variants = self.get_buffer(f"marks_{label}")
        fitted = variants >= 0
        if not fitted.any():
            n = len(self.get_buffer(f"mean_{label}"))
            return self._bare(label, torch.zeros_like(self.get_buffer(f"colours_{label}")[0]), n)
        lengths = self.get_buffer(f"lengths_{label}")
        fitted &= lengths >= WHOLE * lengths[fitted].median()
        same = fitted & (variants == variant)
        among = torch.nonzero(same if variant and same.any() else fitted)[:, 0]
        one, other = (int(among[torch.randint(len(among), (1,), generator=rng)[0]]) for _ in range(2))
        share = LEAN * float(torch.rand(1, generator=rng))
        return self._remembered(label, one).leaning(self._remembered(label, other), share)

    @torch.no_grad()
    def fit(self, label: str, takes: Sequence[Tensor], variants: Sequence[int]) -> None:
        """Count mean, deviation, correlations and manners of a class.

        Args:
            takes: (T, M) log-mels, each from its first column to its end.
            variants: number of the variant of each; 0 for none.

        Raises:
            DataError: if there is no take.
        """
        if not takes:
            raise DataError(label, "there is no take to count a mean of", "add lessons of this class")
        mean, std = self.get_buffer(f"mean_{label}"), self.get_buffer(f"std_{label}")
        mean.copy_(_by_column(takes, len(mean)))
        takes = takes if self.steady(label) else [t[: len(mean)] for t in takes]
        for _ in range(ROUNDS):
            colours = [self.manner(label, t).colour for t in takes]
            plain = [t - self.coloured(label, range(len(t)), c) for t, c in zip(takes, colours, strict=True)]
            mean.copy_(_by_column(plain, len(mean)))
        strays = [p - self.rows(label, range(len(p)))[0] for p in plain]
        std.copy_(_by_column([s.square() for s in strays], len(mean)).sqrt().clamp_min(LEAST_STD))
        manners = [self.manner(label, t) for t in takes]
        straying = [self.normalise(label, t, 0, m) for t, m in zip(takes, manners, strict=True)]
        mix, carry = correlations(straying)
        self.get_buffer(f"mix_{label}").copy_(mix)
        self.get_buffer(f"carry_{label}").copy_(carry)
        for i, manner in enumerate(manners[:COLOURS]):
            self.get_buffer(f"colours_{label}")[i] = manner.colour
            self.get_buffer(f"lengths_{label}")[i] = 0 if self.steady(label) else manner.columns
            if self.steady(label):
                self.get_buffer(f"spreads_{label}")[i] = manner.told
        n = min(COLOURS, len(takes))
        self.get_buffer(f"marks_{label}")[:n] = torch.tensor(list(variants[:n]), dtype=torch.float32)

    def _usual(self, label: str, columns: range, manner: Manner) -> tuple[Tensor, Tensor]:
        mean, std = self.rows(label, columns)
        return mean + self.coloured(label, columns, manner.colour), std * manner.spread.exp()

    def _colour(self, label: str, log_mel: Tensor) -> Tensor:
        """The least squares of a hit's knots over the columns that sound."""
        basis = self.get_buffer(f"hats_{label}")[: len(log_mel)]
        gram = basis.T @ basis + RIDGE * torch.eye(basis.shape[1])
        knots: Tensor = torch.linalg.solve(gram, basis.T @ (log_mel - self.get_buffer(f"mean_{label}")[: len(log_mel)]))
        return knots

    def _bare(self, label: str, colour: Tensor, columns: int) -> Manner:
        return Manner(colour, torch.zeros(self.n_mels), torch.zeros(()), columns)

    def _remembered(self, label: str, i: int) -> Manner:
        colour, columns = self.get_buffer(f"colours_{label}")[i], int(self.get_buffer(f"lengths_{label}")[i])
        if not self.steady(label):
            return self._bare(label, colour, columns)
        told = self.get_buffer(f"spreads_{label}")[i]
        return Manner(colour, told[:-1], told[-1], columns)


def hats(n_columns: int) -> Tensor:
    """(n_columns, K) weights of knots on straight lines between :data:`KNOTS`, held beyond the first and the last; one
    knot for a single column."""
    columns = np.arange(n_columns)
    knots = np.array([k for k in KNOTS if k < n_columns] or [0])
    rows = [np.interp(columns, knots, np.eye(len(knots))[i]) for i in range(len(knots))]
    return torch.from_numpy(np.stack(rows, axis=1)).float()


def _by_column(takes: Sequence[Tensor], n: int) -> Tensor:
    """(n, M) means over takes that have the column, and over more columns the older they are; past the longest take
    they are those of its last column."""
    if n == 1:
        return torch.cat(list(takes)).mean(dim=0, keepdim=True)
    total, count = torch.zeros(n + 1, takes[0].shape[1], dtype=torch.float64), torch.zeros(n + 1, dtype=torch.float64)
    for take in takes:
        total[1 : len(take) + 1] += take[:n]
        count[1 : len(take) + 1] += 1
    longest = int(count.count_nonzero())
    place = torch.arange(longest)
    around = (place - LEAD_COLUMNS).clamp_min(0) // AGE
    low, high = (place - around).clamp_min(0), (place + around + 1).clamp_max(longest)
    sums, counts = total.cumsum(dim=0), count.cumsum(dim=0)
    means = (sums[high] - sums[low]) / (counts[high] - counts[low])[:, None]
    return means[torch.arange(n).clamp_max(longest - 1)].float()
