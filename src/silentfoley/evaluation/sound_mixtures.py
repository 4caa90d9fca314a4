"""Measures of sets of ``sound_v1`` for mixtures of two systems: what ``silentfoley compare`` tests."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence

import numpy as np
from numpy.typing import NDArray

from silentfoley.errors import SilentFoleyError
from silentfoley.evaluation.answers import Kept
from silentfoley.evaluation.protocol import SEEDS
from silentfoley.metrics.mixtures import (
    Mixture,
    bins_mixtures,
    frechet_infinity_mixture,
    frechet_mixture,
    inception_mixture,
    kad_mixture,
    mean_mixture,
)

Floats = NDArray[np.float64]


def sound_mixtures(first: Kept, second: Kept, clusters: Sequence[Hashable]) -> dict[str, Mixture]:
    """By measure, from what :meth:`SoundV1.kept` gave of two systems on the same clips.

    Measures that these clips do not allow (one recording alone, too few patches) are left out.
    """
    true, one, two = (
        [np.asarray(rows, dtype=np.float64) for rows in patches]
        for patches in (first["true"], first["made"], second["made"])
    )
    mean_true, mean_one, mean_two = (np.stack([rows.mean(axis=0) for rows in side]) for side in (true, one, two))

    classes = _rows(first, "classes"), _rows(second, "classes")

    def column(name: str) -> tuple[Floats, Floats]:
        return _rows(first, name), _rows(second, name)

    def bins() -> dict[str, Mixture]:
        ndb, jsd = bins_mixtures(mean_true, mean_one, mean_two, clusters, SEEDS)
        return {"NDB-YAMNet": ndb, "JSD-YAMNet": jsd}

    makers: tuple[Callable[[], dict[str, Mixture]], ...] = (
        lambda: {"KAD-YAMNet": kad_mixture(mean_true, mean_one, mean_two, clusters)},
        lambda: {"FAD-YAMNet": frechet_mixture(true, one, two, clusters)},
        lambda: {"FAD_infinity-YAMNet": frechet_infinity_mixture(true, one, two, clusters, SEEDS[0])},
        lambda: {"retrieval_accuracy-YAMNet": mean_mixture(*column("retrieved"), clusters)},
        lambda: {"inception_score-YAMNet": inception_mixture(*classes, clusters)},
        bins,
        lambda: {"novelty-YAMNet": mean_mixture(*column("novelty"), clusters)},
    )
    return {name: mixture for make in makers for name, mixture in _tried(make).items()}


def _rows(kept: Kept, name: str) -> Floats:
    """(N, ...) of what has one row per clip."""
    return np.concatenate(kept[name]).astype(np.float64)


def _tried(make: Callable[[], dict[str, Mixture]]) -> dict[str, Mixture]:
    try:
        return make()
    except SilentFoleyError:
        return {}
