"""How sure the extrapolated Frechet distance of clips in pairs is.

Its variance has a part A that falls with 1/n and a part Q that falls with 1/n^2; at equal distributions A is nought and
Q is all there is. The bootstrap sees Q threefold, the jackknife twofold, and no formula for subsets holds where there
are not many more vectors than dimensions. So each part is looked up where it stands alone, which is ours:

- Q is how the very same extrapolation varies when true and generated are exchanged in random recordings. That makes the
  distributions equal and leaves the pairs together.
- A is the sum of squares of the recordings' influences on the distance, less what exchanged sets show of it: the map
  between two samples of one Gaussian is not the identity, and all they show is this noise.
"""

from __future__ import annotations

from collections.abc import Hashable, Sequence

import numpy as np
import torch
from numpy.typing import ArrayLike, NDArray
from torch import Tensor

from silentfoley.errors import SilentFoleyError
from silentfoley.metrics.bootstrap import Interval
from silentfoley.metrics.frechet_folds import Side, Sides
from silentfoley.metrics.frechet_infinity import check_size, extrapolate, number_clips, usable_folds
from silentfoley.metrics.frechet_influence import frechet_influences
from silentfoley.metrics.subsampling import interval_of_variance
from silentfoley.metrics.vectors import as_sets


def paired_frechet_infinity(
    reference: ArrayLike | Tensor,
    generated: ArrayLike | Tensor,
    reference_clips: Sequence[Hashable],
    generated_clips: Sequence[Hashable],
    *,
    level: float = 0.95,
    n_draws: int = 12,
    seed: int = 0,
) -> Interval:
    """:func:`~silentfoley.metrics.frechet_infinity.frechet_infinity` with its interval, by recording.

    Args:
        reference: (N, D).
        generated: (M, D).
        reference_clips: N names of recordings.
        generated_clips: M names, the same set of names.
        level: of the interval.
        n_draws: exchanges, 2 or more; each costs an extrapolation. A variance of few is unsure, and the interval the
            wider for it (Student's t).
        seed: of folds and exchanges.

    Raises:
        SilentFoleyError: as :func:`~silentfoley.metrics.frechet_infinity.frechet_infinity`, or if a recording is on
            one side alone.
    """
    one, two = as_sets(reference, generated)
    if set(reference_clips) != set(generated_clips):
        raise SilentFoleyError("clips", "a recording is on one side alone", "pass pairs")
    sides = number_clips(one, two, reference_clips, generated_clips)
    check_size(sides)
    folds = usable_folds(sides)
    value = extrapolate(sides, folds, seed).value
    values, first_order = [], []
    for i, swapped in enumerate(draw_coins(sides[0].n_units, max(2, n_draws), seed)):
        exchanged = exchange(sides, swapped)
        values.append(extrapolate(exchanged, folds, seed + i).value)
        first_order.append(_first_order(exchanged))
    q = float(np.var(values, ddof=1))
    a = max(0.0, _first_order(sides) - float(np.mean(first_order)))
    # Of A little is unsure beside Q: Satterthwaite's degrees of freedom.
    freedom = (len(values) - 1) * ((a + q) / q) ** 2 if q > 0 else float("inf")
    return interval_of_variance(value, a + q, one.shape[0], level, freedom=freedom)


def draw_coins(n_units: int, n_draws: int, seed: int) -> NDArray[np.bool_]:
    """(n_draws, n_units) fair coins."""
    return np.random.default_rng(seed).random((n_draws, n_units)) < 0.5


def exchange(sides: Sides, swapped: NDArray[np.bool_]) -> Sides:
    """The sides with the vectors of the swapped (n_units,) recordings on the other."""
    stay = [s.take(~swapped) for s in sides]
    go = [s.take(swapped) for s in sides]
    names = [(s.member[~swapped[s.member]], s.member[swapped[s.member]]) for s in sides]
    return (
        Side(torch.cat([stay[0], go[1]]), np.concatenate([names[0][0], names[1][1]])),
        Side(torch.cat([stay[1], go[0]]), np.concatenate([names[1][0], names[0][1]])),
    )


def _first_order(sides: Sides) -> float:
    """Variance of the distance were it linear: recordings' influences on both sides together, squared."""
    by_side = frechet_influences(sides[0].vectors, sides[1].vectors)
    n_units = max(s.n_units for s in sides)
    moved = sum(
        np.bincount(s.member, weights=found.cpu().numpy() / len(s.member), minlength=n_units)
        for s, found in zip(sides, by_side, strict=True)
    )
    return float(np.square(moved).sum() * n_units / (n_units - 1))
