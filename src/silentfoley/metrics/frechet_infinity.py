"""Frechet distance extrapolated to endless samples.

FID-infinity by Chong and Forsyth (arXiv:1911.07023), brought to sound by Gui et al. (arXiv:2311.01616).
The bias of a sample of n falls nearly with 1/n, so the distance is taken of subsets of several sizes and the line
through them read off at 1/n = 0. Subsets hold no clip twice. Drawn with replacement, as is the custom, they tend to the
distance of the finite pools, and nine tenths of the bias stay.

Subsets here are drawn in balance, which is ours: the clips are dealt into K folds and each fold is left out in turn, so
that every clip is missing equally often. Nine distances then scatter less than eighty of free draws.
"""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import ArrayLike, NDArray
from torch import Tensor

from silentfoley.errors import SilentFoleyError
from silentfoley.metrics.bootstrap import Interval, cluster_members
from silentfoley.metrics.frechet import frechet_distances
from silentfoley.metrics.subsampling import NO_INTERVAL_BELOW, draw_subsets, interval_of_variance
from silentfoley.metrics.vectors import as_sets

#: Folds of each size: subsets of 1 - 1/K of the clips.
FOLDS = (2, 3, 5, 8, 12)
#: These are used however few the clips are; a larger part left out only where ``2 D`` vectors remain.
_SAFE_FOLDS = 5
_INTERVAL_FOLDS = (8,)
#: Share of the recordings in a subset for the interval.
_SHARE = 0.75

Members = NDArray[np.int64]


@dataclass(frozen=True)
class Extrapolation:
    """A line through distances of subsets.

    Attributes:
        value: where it meets 1/n = 0; may be negative by chance.
        at_all: distance of the whole sets.
        r2: share of the variation over sizes that the line explains, in [0, 1]; NaN where nothing varies. Well below
            1: the line is bent, or lost in noise.
        smallest: clips of the smallest subset.
    """

    value: float
    at_all: float
    r2: float
    smallest: int


@dataclass(frozen=True)
class Side:
    """Vectors (N, D) and the number of the clip (or recording) each belongs to, from 0 without gaps."""

    vectors: Tensor
    member: Members

    @property
    def n_units(self) -> int:
        """Clips or recordings."""
        return int(self.member.max()) + 1

    def take(self, chosen: NDArray[np.bool_]) -> Tensor:
        """Vectors of the chosen (n_units,) clips."""
        return self.vectors[torch.from_numpy(chosen[self.member]).to(self.vectors.device)]

    def part(self, chosen: NDArray[np.bool_]) -> Side:
        """The side without the clips that are not chosen."""
        return Side(self.take(chosen), (np.cumsum(chosen) - 1)[self.member[chosen[self.member]]])


Sides = tuple[Side, Side]


def frechet_infinity(
    reference: ArrayLike | Tensor,
    generated: ArrayLike | Tensor,
    reference_clips: Sequence[Hashable] | None = None,
    generated_clips: Sequence[Hashable] | None = None,
    *,
    seed: int = 0,
) -> Extrapolation:
    """Frechet distance of (N, D) and (M, D) at endless samples.

    The line passes through the distance of the whole sets, which no draw blurs.

    Args:
        reference: (N, D) vectors, several of one clip or recording if need be.
        generated: (M, D).
        reference_clips: N names; vectors of one name are drawn together. None: each on its own.
        generated_clips: M names.
        seed: of the folds.

    Raises:
        SilentFoleyError: if a set has fewer vectors than dimensions (the line is not straight there), or fewer than
            twelve clips.
    """
    one, two = as_sets(reference, generated)
    sides = (
        Side(one, cluster_members(reference_clips, one.shape[0])),
        Side(two, cluster_members(generated_clips, two.shape[0])),
    )
    check_size(sides)
    return _extrapolate(sides, usable_folds(sides), seed)


def paired_frechet_infinity(
    reference: ArrayLike | Tensor,
    generated: ArrayLike | Tensor,
    reference_clips: Sequence[Hashable],
    generated_clips: Sequence[Hashable],
    *,
    level: float = 0.95,
    n_draws: int = 120,
    seed: int = 0,
) -> Interval:
    """:func:`frechet_infinity` with its interval; a recording's vectors enter and leave on both sides at once.

    The variance has a part A that falls with 1/n and a part Q that falls with 1/n^2 (see
    :mod:`silentfoley.metrics.subsampling`). Q is what is left when true and generated are exchanged in random
    recordings, which makes the distributions equal; subsets of three quarters vary by A / 3 + 7 Q / 9.

    Args:
        reference: (N, D).
        generated: (M, D).
        reference_clips: N names of recordings.
        generated_clips: M names, the same set of names.
        level: of the interval.
        n_draws: half of them exchanges, half of them subsets; each costs nine distances.
        seed: of the draws.

    Raises:
        SilentFoleyError: as :func:`frechet_infinity`, or if a recording is on one side alone.
    """
    one, two = as_sets(reference, generated)
    if set(reference_clips) != set(generated_clips):
        raise SilentFoleyError("clips", "a recording is on one side alone", "pass pairs")
    member = cluster_members([*reference_clips, *generated_clips], one.shape[0] + two.shape[0])
    sides = (Side(one, member[: one.shape[0]]), Side(two, member[one.shape[0] :]))
    check_size(sides)
    value = _extrapolate(sides, usable_folds(sides), seed).value
    units, draws = sides[0].n_units, max(2, n_draws // 2)
    swapped = draw_coins(units, draws, seed)
    chosen = draw_subsets(units, round(_SHARE * units), draws, seed + 1)
    q = _variance([_exchange(sides, row) for row in swapped], seed)
    subsets = _variance([(sides[0].part(row), sides[1].part(row)) for row in chosen], seed)
    over = 1.0 / _SHARE
    a = max(0.0, (subsets - (over**2 - 1.0) * q) / (over - 1.0))
    return interval_of_variance(value, a + q, one.shape[0], level)


def draw_coins(n_units: int, n_draws: int, seed: int) -> NDArray[np.bool_]:
    """(n_draws, n_units) fair coins."""
    return np.random.default_rng(seed).random((n_draws, n_units)) < 0.5


def check_size(sides: Sides) -> None:
    """Refuse sets that cannot be extrapolated.

    Raises:
        SilentFoleyError: for fewer vectors than dimensions, or fewer than twelve clips.
    """
    n, d = min(len(s.member) for s in sides), sides[0].vectors.shape[1]
    if n < d:
        cause = f"{n} vectors in {d} dimensions give no straight line"
        raise SilentFoleyError("Frechet distance at infinity", cause, f"pass {d} or more")
    units = min(s.n_units for s in sides)
    if units < NO_INTERVAL_BELOW:
        cause = f"{units} clips are too few to draw from"
        raise SilentFoleyError("Frechet distance at infinity", cause, f"pass {NO_INTERVAL_BELOW} or more")


def usable_folds(sides: Sides) -> tuple[int, ...]:
    """Numbers of folds, few folds (small subsets) only where ``2 D`` vectors remain."""
    n, d = min(len(s.member) for s in sides), sides[0].vectors.shape[1]
    return tuple(k for k in FOLDS if k >= _SAFE_FOLDS or n * (1 - 1 / k) >= 2 * d)


def _exchange(sides: Sides, swapped: NDArray[np.bool_]) -> Sides:
    """The sides with the vectors of the swapped recordings on the other."""
    stay = [s.take(~swapped) for s in sides]
    go = [s.take(swapped) for s in sides]
    names = [(s.member[~swapped[s.member]], s.member[swapped[s.member]]) for s in sides]
    return (
        Side(torch.cat([stay[0], go[1]]), np.concatenate([names[0][0], names[1][1]])),
        Side(torch.cat([stay[1], go[0]]), np.concatenate([names[1][0], names[0][1]])),
    )


def _variance(sets: Sequence[Sides], seed: int) -> float:
    values = [_extrapolate(sides, _INTERVAL_FOLDS, seed + i).value for i, sides in enumerate(sets)]
    return float(np.var(values, ddof=1))


def _extrapolate(sides: Sides, folds: Sequence[int], seed: int) -> Extrapolation:
    at_all = _distance(sides[0].vectors, sides[1].vectors)
    over = np.array([1.0 / (k - 1) for k in folds])  # 1/n beyond that of the whole sets, which counts as 1
    rise = np.array([_mean_distance(sides, k, seed) for k in folds]) - at_all
    slope = float((over * rise).sum() / (over**2).sum())
    variation = float((rise**2).sum())
    r2 = 1.0 - float(((rise - slope * over) ** 2).sum()) / variation if variation > 0 else float("nan")
    smallest = round((1.0 - 1.0 / min(folds)) * min(s.n_units for s in sides))
    return Extrapolation(at_all - slope, at_all, r2, smallest)


def _mean_distance(sides: Sides, k: int, seed: int) -> float:
    """Mean distance with each of ``k`` folds left out."""
    rng = np.random.default_rng([seed, k])
    dealt = [rng.permutation(s.n_units) % k for s in sides]
    return float(np.mean([_distance(*(s.take(d != i) for s, d in zip(sides, dealt, strict=True))) for i in range(k)]))


def _distance(one: Tensor, two: Tensor) -> float:
    return float(frechet_distances(one[None], two[None])[0])
