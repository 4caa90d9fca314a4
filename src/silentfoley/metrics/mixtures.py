"""Measures of sets of a system mixed of two: some recordings answered by the first, the others by the second.

A measure of a set (KAD, a Frechet distance, average precision) has no value per clip to be swapped between two systems.
But a permutation test needs no more than the measure of every mixture, and most have a faster way to it than from
scratch: sums over recordings that are made once.

Every function here returns a :data:`Mixture`: (R, C) choices over C recordings, True for the second system, to (R,)
values of the R mixed systems. Recordings are numbered in order of first appearance.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from silentfoley.metrics.av_bench import split_inception_score
from silentfoley.metrics.bins import compare_counts, fit_bins
from silentfoley.metrics.bootstrap import cluster_members, cluster_sums, means_of
from silentfoley.metrics.frechet import frechet_to
from silentfoley.metrics.frechet_folds import Side
from silentfoley.metrics.frechet_infinity import check_size, frechet_infinity
from silentfoley.metrics.kad import SCALE, gaussian_kernel, median_bandwidth
from silentfoley.metrics.vectors import as_sets
from silentfoley.metrics.weighted import Counts, weighted_average_precision, weighted_quantile

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]
Mixture = Callable[[Bools], Floats]
Names = Sequence[Hashable]
#: Rows of each of N clips.
Ragged = Sequence[NDArray[Any]]


def mean_mixture(first: Floats, second: Floats, clusters: Names) -> Mixture:
    """Mean over clips of (N,) values; NaN where one does not apply."""
    one, two = (cluster_sums(np.asarray(v, dtype=np.float64)[:, None], clusters) for v in (first, second))

    def mixed(chosen: Bools) -> Floats:
        return np.asarray(means_of(~chosen @ one + chosen @ two)[:, 0], dtype=np.float64)

    return mixed


def kad_mixture(reference: Floats, first: Floats, second: Floats, clusters: Names) -> Mixture:
    """:func:`~silentfoley.metrics.paired_kad.paired_kad` of (N, D) answers to (N, D) clips."""
    true, one = as_sets(reference, first)
    _, two = as_sets(reference, second)
    unit = cluster_members(clusters, true.shape[0])
    belongs = np.eye(int(unit.max()) + 1)[unit]
    apart = unit[:, None] != unit[None, :]
    bandwidth = median_bandwidth(true)
    n_pairs = float(apart.sum())

    def sums(a: torch.Tensor, b: torch.Tensor) -> Floats:
        kernel = np.where(apart, gaussian_kernel(a, b, bandwidth).cpu().numpy(), 0.0)
        return np.asarray(belongs.T @ kernel @ belongs / n_pairs, dtype=np.float64)

    within_true = sums(true, true).sum()
    across = [sums(one, true).sum(axis=1), sums(two, true).sum(axis=1)]
    within_one, within_two, between = sums(one, one), sums(two, two), sums(one, two)

    def mixed(chosen: Bools) -> Floats:
        b = chosen.astype(np.float64)
        a = 1.0 - b
        made = ((a @ within_one) * a + (b @ within_two) * b + 2.0 * (a @ between) * b).sum(axis=1)
        cross = a @ across[0] + b @ across[1]
        return np.asarray(SCALE * (within_true + made - 2.0 * cross), dtype=np.float64)

    return mixed


def frechet_mixture(reference: Ragged, first: Ragged, second: Ragged, clusters: Names) -> Mixture:
    """Frechet distance of the pooled (P, D) rows of every clip."""
    unit = cluster_members(clusters, len(reference))
    distance = frechet_to(np.concatenate(reference))

    def mixed(chosen: Bools) -> Floats:
        return np.array([distance(np.concatenate(_pick(first, second, row[unit]))) for row in chosen])

    return mixed


def frechet_infinity_mixture(reference: Ragged, first: Ragged, second: Ragged, clusters: Names, seed: int) -> Mixture:
    """:func:`~silentfoley.metrics.frechet_infinity.frechet_infinity` of the pooled (P, D) rows of every clip.

    Raises:
        SilentFoleyError: as that, before any mixture is measured.
    """
    unit = cluster_members(clusters, len(reference))
    true, true_of = np.concatenate(reference), np.repeat(unit, [len(r) for r in reference]).tolist()
    for made in (first, second):
        one, two = as_sets(true, np.concatenate(made))
        of = np.repeat(unit, [len(r) for r in made])
        check_size((Side(one, np.array(true_of)), Side(two, of)))

    def value(row: Bools) -> float:
        made = _pick(first, second, row[unit])
        made_of = np.repeat(unit, [len(r) for r in made]).tolist()
        return frechet_infinity(true, np.concatenate(made), true_of, made_of, seed=seed).value

    return lambda chosen: np.array([value(row) for row in chosen])


def inception_mixture(first: Floats, second: Floats, clusters: Names) -> Mixture:
    """:func:`~silentfoley.metrics.inception_score.inception_score` of (N, K) distributions."""
    # exp(entropy of the mean - mean entropy): both are sums over clips.
    one, two = (cluster_sums(np.column_stack([p, _entropy(p)]), clusters) for p in (first, second))

    def mixed(chosen: Bools) -> Floats:
        means = means_of(~chosen @ one + chosen @ two)
        return np.asarray(np.exp(_entropy(means[:, :-1]) - means[:, -1]), dtype=np.float64)

    return mixed


def split_inception_mixture(first: Floats, second: Floats, clusters: Names) -> Mixture:
    """Mean of :func:`~silentfoley.metrics.av_bench.split_inception_score` of (N, C) logits."""
    unit = cluster_members(clusters, len(first))

    def mixed(chosen: Bools) -> Floats:
        return np.array([split_inception_score(np.where(row[unit, None], second, first)).mean for row in chosen])

    return mixed


def bins_mixtures(
    reference: Floats, first: Floats, second: Floats, clusters: Names, seeds: Sequence[int]
) -> tuple[Mixture, Mixture]:
    """NDB and JSD (see :func:`~silentfoley.metrics.bins.compare_bins`) of (N, D) vectors, means over seeds."""
    unit = cluster_members(clusters, len(reference))
    belongs = np.eye(int(unit.max()) + 1)[unit]
    tables = []
    for seed in seeds:
        cells, n_cells = fit_bins(reference, seed)
        filled = [belongs.T @ np.eye(n_cells)[cells(v)] for v in (reference, first, second)]
        tables.append((filled[0].sum(axis=0), filled[1], filled[2]))

    def mixed(name: str) -> Mixture:
        def value(chosen: Bools) -> Floats:
            by_seed = [
                [getattr(compare_counts(true, counts), name) for counts in ~chosen @ one + chosen @ two]
                for true, one, two in tables
            ]
            return np.asarray(np.mean(by_seed, axis=0), dtype=np.float64)

        return value

    return mixed("ndb"), mixed("jsd")


def average_precision_mixture(
    hits: tuple[Ragged, Ragged], ranks: tuple[Ragged, Ragged], n_true: Counts, clusters: Names
) -> Mixture:
    """:func:`~silentfoley.metrics.weighted.weighted_average_precision` of the cues of N clips of either system."""
    hit, rank = (np.concatenate([*a, *b]) for a, b in (hits, ranks))
    clip = _clip_of([*hits[0], *hits[1]])
    twice = np.concatenate([n_true, n_true])
    return _weighted(lambda weights: weighted_average_precision(hit, rank, clip, twice, weights), clusters)


def quantile_mixture(first: Ragged, second: Ragged, q: float, clusters: Names) -> Mixture:
    """Quantile of all values of N clips."""
    values, clip = np.concatenate([*first, *second]), _clip_of([*first, *second])
    return _weighted(lambda weights: weighted_quantile(values, clip, weights, q), clusters)


def _weighted(statistic: Callable[[Counts], Floats], clusters: Names) -> Mixture:
    """Of clips of both systems, one after the other, that count once or not at all."""
    unit = cluster_members(clusters, len(clusters))

    def mixed(chosen: Bools) -> Floats:
        of_clip = chosen[:, unit]
        return statistic(np.concatenate([~of_clip, of_clip], axis=1).astype(np.int64))

    return mixed


def _clip_of(values: Ragged) -> NDArray[np.int64]:
    return np.repeat(np.arange(len(values)), [len(v) for v in values])


def _pick(first: Ragged, second: Ragged, chosen: Bools) -> list[NDArray[Any]]:
    return [b if c else a for a, b, c in zip(first, second, chosen, strict=True)]


def _entropy(p: Floats) -> Floats:
    """(N,) nats of (N, K) distributions."""
    return np.asarray(-np.where(p > 0, p * np.log(np.where(p > 0, p, 1.0)), 0.0).sum(axis=1), dtype=np.float64)
