"""The torchmetrics twins say what the functions say, in one process and in two."""

from __future__ import annotations

from functools import partial

import numpy as np
import pytest
from support.processes import in_processes

from silentfoley.metrics.bins import compare_bins
from silentfoley.metrics.frechet import frechet_distance
from silentfoley.metrics.inception_score import inception_score
from silentfoley.metrics.nearest import novelty, retrieval_hits
from silentfoley.metrics.paired_frechet_infinity import paired_frechet_infinity
from silentfoley.metrics.paired_kad import paired_kad
from silentfoley.metrics.sound_metric import (
    BinMetric,
    FrechetInfinityMetric,
    FrechetMetric,
    InceptionScoreMetric,
    KadMetric,
    NoveltyMetric,
    RetrievalMetric,
)

N, D = 26, 4
RNG = np.random.default_rng(0)
TRUE, MADE = RNG.standard_normal((N, D)), RNG.standard_normal((N, D)) + 0.3
RECORDING, LABEL = [i // 2 for i in range(N)], [i // 2 % 3 for i in range(N)]


def filled(metric: object, clips: range | list[int]) -> object:
    for i in clips:
        metric.update(i, TRUE[i], MADE[i], RECORDING[i], LABEL[i])
    return metric


def values(metric: object) -> dict[str, float]:
    return {name: float(value) for name, value in metric.compute().items() if value.ndim == 0}


def wanted() -> dict[str, float]:
    kad = paired_kad(TRUE, MADE, RECORDING)
    infinity = paired_frechet_infinity(TRUE, MADE, RECORDING, RECORDING, n_draws=4)
    hits, bins = retrieval_hits(TRUE, MADE, [str(c) for c in LABEL], RECORDING), compare_bins(TRUE, MADE)
    return {
        "kad": kad.mean,
        "low": infinity.low,
        "frechet": frechet_distance(TRUE, MADE),
        "frechet_infinity": infinity.mean,
        "ndb": bins.ndb,
        "jsd": bins.jsd,
        "retrieval_accuracy": hits.mean(),
        "judged": 1.0,
    }


METRICS = (KadMetric, FrechetMetric, BinMetric, RetrievalMetric, partial(FrechetInfinityMetric, n_draws=4))


def test_twins_say_what_the_functions_say() -> None:
    found: dict[str, float] = {}
    for kind in METRICS:  # the last one's interval is the one compared
        found |= values(filled(kind(D), [*reversed(range(N))]))
    for name, value in wanted().items():
        assert found[name] == pytest.approx(value, rel=1e-9), name


def _half(rank: int) -> dict[str, float]:
    # Clip 0 is repeated to even the halves, as a distributed sampler does; the second process has one clip less.
    clips = [i for i in range(N) if i % 2 == rank] + ([0] if rank else [])
    return {name: v for kind in METRICS[:4] for name, v in values(filled(kind(D), clips)).items()}


def test_two_processes_say_what_one_says() -> None:
    alone = {name: v for kind in METRICS[:4] for name, v in values(filled(kind(D), range(N))).items()}
    for answer in in_processes(_half):
        assert answer == pytest.approx(alone, rel=1e-9)


def test_several_patches_of_a_clip() -> None:
    metric = FrechetMetric(D)
    metric.update(0, TRUE[:5], MADE[:3], recording=0)
    metric.update(1, TRUE[5:9], MADE[3:9], recording=1)
    assert values(metric)["frechet"] == pytest.approx(frechet_distance(TRUE[:9], MADE[:9]))


def test_inception_score_twin() -> None:
    p = RNG.dirichlet(np.ones(5), 9)
    metric = InceptionScoreMetric(5)
    for i in range(9):
        metric.update(i, p[i])
    assert values(metric)["inception_score"] == pytest.approx(inception_score(p))


def test_novelty_twin() -> None:
    metric = NoveltyMetric(TRUE, RECORDING)
    for i in range(5):
        metric.update(i, MADE[i])
    clips = novelty(MADE[:5], TRUE, RECORDING)
    assert values(metric)["novelty"] == pytest.approx(np.median(clips))
    np.testing.assert_allclose(metric.compute()["clip_novelty"].numpy(), clips)
