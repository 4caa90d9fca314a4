"""Frechet distance extrapolated to endless samples.

FID-infinity by Chong and Forsyth (arXiv:1911.07023), brought to sound by Gui et al. (arXiv:2311.01616).
The bias of a sample of n falls nearly with 1/n, so the distance is taken of subsets of several sizes and the line
through them read off at 1/n = 0. Subsets hold no clip twice. Drawn with replacement, as is the custom, they tend to the
distance of the finite pools, and nine tenths of the bias stay.

Subsets here are drawn in balance, which is ours: the clips are dealt into K folds and each fold is left out in turn, so
that every clip is missing equally often. Nine distances then scatter less than eighty of free draws. A recording that
is on both sides leaves both at once: answers that are the truth stay at distance 0.

The line is straight for independent vectors. Vectors of one recording are alike, and then it is bent as long as there
are few recordings for the dimensions (:func:`few_recordings_note`; counted in benchmarks/README.md).
"""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from torch import Tensor

from silentfoley.errors import SilentFoleyError
from silentfoley.metrics.bootstrap import cluster_members
from silentfoley.metrics.frechet import frechet_of_gaussians
from silentfoley.metrics.frechet_folds import Side, Sides, Sums, distances_without_folds
from silentfoley.metrics.subsampling import NO_INTERVAL_BELOW
from silentfoley.metrics.vectors import as_sets

#: Folds of each size: subsets of 1 - 1/K of the clips. The larger K, the dearer and the less it says: its part in the
#: slope is as 1 / (K - 1)^2, so that three sizes do.
FOLDS = (2, 3, 5, 8)
_SIZES = 3
#: These are used however few the clips are; a larger part left out only where ``2 D`` vectors remain.
_SAFE_FOLDS = 5
#: Recordings of several vectors per dimension below which part of the bias stays: a quarter at 0.4, 3 % at 5.
_UNITS_PER_DIMENSION = 8

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
    sides = number_clips(one, two, reference_clips, generated_clips)
    check_size(sides)
    return extrapolate(sides, usable_folds(sides), seed)


def number_clips(
    one: Tensor, two: Tensor, one_clips: Sequence[Hashable] | None, two_clips: Sequence[Hashable] | None
) -> Sides:
    """Sides with their clips numbered: alike on both where the same names are on both, else each on its own."""
    n = one.shape[0]
    if one_clips is None or two_clips is None or set(one_clips) != set(two_clips):
        members = cluster_members(one_clips, n), cluster_members(two_clips, two.shape[0])
    else:
        both = cluster_members([*one_clips, *two_clips], n + two.shape[0])
        members = both[:n], both[n:]
    return Side(one, members[0]), Side(two, members[1])


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


def few_recordings_note(n_recordings: int, n_vectors: int, n_dimensions: int) -> str:
    """What to beware of where recordings give several vectors each; empty where each gives one, or they are many."""
    if n_vectors <= n_recordings or n_recordings >= _UNITS_PER_DIMENSION * n_dimensions:
        return ""
    return (
        f"{n_recordings} recordings of several vectors in {n_dimensions} dimensions: part of the bias stays, and the "
        "interval does not cover it; compare only at equal N"
    )


def usable_folds(sides: Sides) -> tuple[int, ...]:
    """The three lowest numbers of folds that serve, few folds (small subsets) only where ``2 D`` vectors remain."""
    n, d = min(len(s.member) for s in sides), sides[0].vectors.shape[1]
    return tuple(k for k in FOLDS if k >= _SAFE_FOLDS or n * (1 - 1 / k) >= 2 * d)[:_SIZES]


def extrapolate(sides: Sides, folds: Sequence[int], seed: int) -> Extrapolation:
    """The line through the distances that folds leave; sizes are not checked."""
    centre = sides[0].vectors.mean(dim=0)
    sides = (Side(sides[0].vectors - centre, sides[0].member), Side(sides[1].vectors - centre, sides[1].member))
    whole = (Sums.of([sides[0].vectors]), Sums.of([sides[1].vectors]))
    at_all = float(frechet_of_gaussians(whole[0].gaussians(), whole[1].gaussians())[0])
    over = np.array([1.0 / (k - 1) for k in folds])  # 1/n beyond that of the whole sets, which counts as 1
    rise = np.array([distances_without_folds(sides, whole, k, seed).mean() for k in folds]) - at_all
    slope = float((over * rise).sum() / (over**2).sum())
    variation = float((rise**2).sum())
    r2 = 1.0 - float(((rise - slope * over) ** 2).sum()) / variation if variation > 0 else float("nan")
    smallest = round((1.0 - 1.0 / min(folds)) * min(s.n_units for s in sides))
    return Extrapolation(at_all - slope, at_all, r2, smallest)
