"""A row of a table: one protocol on one set of pairs, every figure with interval and seeds."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from silentfoley.evaluation.clip_features import Pair
from silentfoley.evaluation.protocol import SEEDS, Context, Figure, Measure, Protocol
from silentfoley.metrics.bootstrap import combined_interval, means_of

Floats = NDArray[np.float64]
#: Resamples of the set figures of control rows: nobody ranks by them, and they may be slow.
CONTROL_RESAMPLES = 200


@dataclass(frozen=True)
class Row:
    """A system or a control under one protocol.

    Attributes:
        name: ``system`` or the control.
        figures: by measure.
        ids: (N,) of the clips.
        clusters: (N,) recordings.
        values: (N, K) per-clip values, means over the seeds; NaN where one does not apply.
        columns: (K,) their names.
    """

    name: str
    figures: dict[str, Figure]
    ids: tuple[str, ...]
    clusters: tuple[str, ...]
    values: Floats = field(repr=False)
    columns: tuple[str, ...] = ()

    def parts(self, measure: Measure) -> Floats:
        """(N, parts) per-clip values behind a measure."""
        return self.values[:, [self.columns.index(p) for p in measure.parts]]


def evaluate(
    protocol: Protocol, pairs_of: Callable[[int], Sequence[Pair]], context: Context, *, drawn: bool = False
) -> Row:
    """Judge one set of pairs.

    Args:
        protocol: how.
        pairs_of: the pairs by seed; the same clips in the same order for each.
        context: clusters, row, intervals; its seed is replaced by each in turn.
        drawn: whether ``pairs_of`` depends on the seed.
    """
    seeds = SEEDS if protocol.draws or drawn else SEEDS[:1]
    values: list[Floats] = []
    set_figures: list[dict[str, Figure]] = []
    columns: tuple[str, ...] = ()
    pairs: Sequence[Pair] = ()
    n_resamples = context.n_resamples if context.row == "system" else min(context.n_resamples, CONTROL_RESAMPLES)
    at_set = replace(context, n_resamples=n_resamples)
    for seed in seeds:
        if not pairs or drawn:
            pairs = pairs_of(seed)
        of_clip = [protocol.per_clip(p.reference, p.generated, seed) for p in pairs]
        columns = tuple(of_clip[0]) if of_clip else ()
        values.append(np.array([[v[c] for c in columns] for v in of_clip], dtype=np.float64).reshape(len(pairs), -1))
        if drawn or protocol.set_draws or not set_figures:
            set_figures.append(protocol.set_figures(pairs, replace(at_set, seed=seed)))
    stacked = np.stack(values)
    mean = _nanmean(stacked)
    row = Row(context.row, {}, tuple(p.id for p in pairs), tuple(str(c) for c in context.clusters), mean, columns)
    for measure in protocol.measures():
        if measure.parts:
            row.figures[measure.name] = _of_means(measure, stacked, row, context)
        else:
            row.figures[measure.name] = _over_seeds([f.get(measure.name) for f in set_figures])
    return row


def _of_means(measure: Measure, stacked: Floats, row: Row, context: Context) -> Figure:
    if not len(row.ids):
        return Figure(float("nan"), note="no clips")
    index = [row.columns.index(p) for p in measure.parts]
    interval = combined_interval(
        row.parts(measure),
        measure.combine,
        clusters=context.clusters,
        level=context.level,
        n_resamples=context.n_resamples,
    )
    with np.errstate(divide="ignore", invalid="ignore"):
        by_seed = [float(measure.combine(_nanmean(values[:, index]))) for values in stacked]
    n = int((~np.isnan(row.parts(measure))).all(axis=1).sum())
    seeds = tuple(by_seed) if len(by_seed) > 1 else ()
    return Figure(interval.mean, interval.low, interval.high, n, seeds)


def _over_seeds(figures: Sequence[Figure | None]) -> Figure:
    """One figure from one per seed: means of value and ends."""
    there = [f for f in figures if f is not None]
    if not there:
        return Figure(float("nan"), note="not made by this protocol")
    if len(there) == 1:
        return there[0]
    value, low, high = (float(np.mean([getattr(f, n) for f in there])) for n in ("value", "low", "high"))
    same = len({f.value for f in there}) == 1
    seeds = () if same else tuple(f.value for f in there)
    return Figure(value, low, high, there[0].n, seeds, there[0].note, there[0].of)


def _nanmean(values: Floats) -> Floats:
    """Mean over the first axis, NaN left out; NaN where there is nothing else."""
    there = ~np.isnan(values)
    sums = np.concatenate([np.where(there, values, 0.0).sum(0), there.sum(0).astype(np.float64)], axis=-1)
    return means_of(sums)


def figure_to_dict(figure: Figure, unit: str = "") -> dict[str, Any]:
    """JSON values; None where there is no number."""

    def number(value: float) -> float | None:
        return None if np.isnan(value) else round(float(value), 6)

    out: dict[str, Any] = {"value": number(figure.value), "low": number(figure.low), "high": number(figure.high)}
    out |= {"n": figure.n, "of": figure.of}
    if unit:
        out["unit"] = unit
    if figure.seed_values:
        out["seed_values"] = [number(v) for v in figure.seed_values]
    if figure.note:
        out["note"] = figure.note
    return out
