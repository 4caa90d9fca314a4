"""Nearest neighbours: does a generated sound fall among its class, and is it a copy of something learnt?"""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import ArrayLike, NDArray
from torch import Tensor

from silentfoley.errors import SilentFoleyError
from silentfoley.metrics.bootstrap import cluster_members
from silentfoley.metrics.vectors import as_sets

_BLOCK_ROWS = 1000


@dataclass(frozen=True)
class Nearest:
    """For each of N vectors the nearest of another set.

    Attributes:
        distance: (N,) Euclidean, infinite where none was allowed.
        index: (N,) its row; -1 where none was allowed.
    """

    distance: NDArray[np.float64]
    index: NDArray[np.int64]


def nearest(
    vectors: ArrayLike | Tensor,
    takes: ArrayLike | Tensor,
    vector_clusters: Sequence[Hashable] | None = None,
    take_clusters: Sequence[Hashable] | None = None,
) -> Nearest:
    """Nearest of (M, D) takes to each of (N, D) vectors, never one of the same recording where those are named.

    Args:
        vectors: (N, D).
        takes: (M, D).
        vector_clusters: N names of recordings, or None.
        take_clusters: M names; both or neither.

    Raises:
        SilentFoleyError: if the sets or names do not fit.
    """
    one, two = as_sets(takes, vectors, at_least=1)
    same = None
    if vector_clusters is not None and take_clusters is not None:
        names = cluster_members([*vector_clusters, *take_clusters], two.shape[0] + one.shape[0])
        same = names[: two.shape[0], None] == names[None, two.shape[0] :]
    distances, indices = [], []
    for start in range(0, two.shape[0], _BLOCK_ROWS):
        # Exact differences, not the expanded square: a copy is at distance 0, not 1e-7.
        table = torch.cdist(two[start : start + _BLOCK_ROWS], one, compute_mode="donot_use_mm_for_euclid_dist")
        if same is not None:
            table[torch.from_numpy(same[start : start + _BLOCK_ROWS]).to(table.device)] = torch.inf
        best = table.min(dim=1)
        distances.append(best.values.cpu().numpy())
        indices.append(np.where(np.isfinite(distances[-1]), best.indices.cpu().numpy(), -1))
    return Nearest(np.concatenate(distances), np.concatenate(indices).astype(np.int64))


def retrieval_hits(
    reference: ArrayLike | Tensor,
    generated: ArrayLike | Tensor,
    labels: Sequence[str],
    clusters: Sequence[Hashable] | None = None,
) -> NDArray[np.float64]:
    """(N,) 1 where the nearest true clip of another recording is of the generated clip's class, else 0.

    NaN where no other recording of that class is there to be found; the mean of the rest is the retrieval accuracy.

    Args:
        reference: (N, D) true clips.
        generated: (N, D), row by row their answers.
        labels: N classes.
        clusters: N recordings; None: each clip is one.
    """
    one, two = as_sets(reference, generated, at_least=1)
    if not one.shape[0] == two.shape[0] == len(labels):
        cause = f"{one.shape[0]} true and {two.shape[0]} generated clips with {len(labels)} labels"
        raise SilentFoleyError("retrieval_hits", cause, "pass pairs and the label of each")
    member = cluster_members(clusters, len(labels)).tolist()
    found = nearest(two, one, member, member)
    names = np.array(labels)
    hits = (names[found.index] == names).astype(np.float64)
    others = (names[:, None] == names) & (np.array(member)[:, None] != np.array(member))
    return np.where(others.any(axis=1), hits, np.nan)


def novelty(
    generated: ArrayLike | Tensor, training: ArrayLike | Tensor, training_clusters: Sequence[Hashable]
) -> NDArray[np.float64]:
    """(N,) distance of each generated clip to the nearest training take, in units of what is usual among takes.

    Usual is the median distance of a training take to the nearest of another recording. About 1: as far from all it
    learnt as one recording is from another. Near 0: it recites.

    Args:
        generated: (N, D).
        training: (M, D).
        training_clusters: M recordings, two or more.

    Raises:
        SilentFoleyError: if no training take has a neighbour of another recording, or half of them are copies.
    """
    among = nearest(training, training, training_clusters, training_clusters).distance
    usual = float(np.median(among))
    if not 0 < usual < np.inf:
        cause = f"the usual distance of training takes is {usual}"
        raise SilentFoleyError("novelty", cause, "use two recordings or more")
    return np.asarray(nearest(generated, training).distance / usual, dtype=np.float64)
