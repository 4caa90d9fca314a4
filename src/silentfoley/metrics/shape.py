"""Does the generated sound have the shape of the true one? All shape measures of one clip, and of a set."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from silentfoley.metrics.bootstrap import only
from silentfoley.metrics.correlation import SUM_NAMES, correlation_of_sums, correlation_sums, ratio
from silentfoley.metrics.envelope_error import envelope_error
from silentfoley.metrics.hits import hit_errors
from silentfoley.metrics.levels import Floats, level_difference_db
from silentfoley.metrics.spectral_distance import log_spectral_distance_db


@dataclass(frozen=True)
class ShapeMeasure:
    """How a measure of a set comes from per-clip values.

    Attributes:
        parts: names of per-clip values.
        combine: (..., K) means of the parts over clips to (...) values.
    """

    parts: tuple[str, ...]
    combine: Callable[[Floats], Floats]


def _sums(name: str) -> tuple[str, ...]:
    return tuple(f"{name}_{s}" for s in SUM_NAMES)


#: Measures of a set. Events of all clips count alike, as in the paper: means of sums over means of counts.
SHAPE_MEASURES: dict[str, ShapeMeasure] = {
    "log_spectral_distance_db": ShapeMeasure(("log_spectral_distance_db",), only),
    "envelope_error": ShapeMeasure(("envelope_error",), only),
    "loudness_error": ShapeMeasure(("loudness_error_sum", "hits"), ratio),
    "loudness_r": ShapeMeasure(_sums("loudness"), correlation_of_sums),
    "centroid_error": ShapeMeasure(("centroid_error_sum", "hits"), ratio),
    "centroid_r": ShapeMeasure(_sums("centroid"), correlation_of_sums),
    "level_difference_db": ShapeMeasure(("level_difference_db",), only),
}
#: Per-clip values, in the order :func:`clip_shape` gives them.
SHAPE_PARTS: tuple[str, ...] = tuple(dict.fromkeys(p for m in SHAPE_MEASURES.values() for p in m.parts))


def clip_shape(true: ArrayLike, made: ArrayLike, events_s: ArrayLike, sample_rate_hz: int) -> dict[str, float]:
    """Per-clip values of one pair.

    Args:
        true: (N,) samples.
        made: (N,) samples.
        events_s: (E,) true events in seconds; may be empty.
        sample_rate_hz: of both, see :func:`~silentfoley.signal.cochleagram.cochleagram`.

    Returns:
        a number for each of ``SHAPE_PARTS``; NaN where one does not apply.
    """
    hits = hit_errors(true, made, events_s, sample_rate_hz)
    values = {
        "log_spectral_distance_db": log_spectral_distance_db(true, made),
        "envelope_error": envelope_error(true, made, sample_rate_hz),
        "level_difference_db": level_difference_db(true, made),
        "hits": float(hits.loudness.size),
        "loudness_error_sum": float(hits.loudness.sum()),
        "centroid_error_sum": float(hits.centroid.sum()),
        **_named("loudness", correlation_sums(hits.true.loudness, hits.made.loudness)),
        **_named("centroid", correlation_sums(hits.true.centroid, hits.made.centroid)),
    }
    return {name: values[name] for name in SHAPE_PARTS}


def summarise_shape(clips: Sequence[Mapping[str, float]]) -> dict[str, float]:
    """Measures of a set from its clips' values; NaN where no clip has one."""
    measures = {}
    for name, measure in SHAPE_MEASURES.items():
        table = np.array([[clip[p] for p in measure.parts] for clip in clips], dtype=np.float64)
        known = ~np.isnan(table)
        with np.errstate(invalid="ignore"):
            means = np.where(known, table, 0).sum(axis=0) / known.sum(axis=0)
        measures[name] = float(measure.combine(means))
    return measures


def _named(name: str, sums: Floats) -> dict[str, float]:
    return dict(zip(_sums(name), sums.tolist(), strict=True))
