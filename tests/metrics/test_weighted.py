import numpy as np
import pytest

from silentfoley.metrics.bootstrap import statistic_interval
from silentfoley.metrics.ranking import average_precision_of_hits
from silentfoley.metrics.weighted import weighted_average_precision, weighted_interval, weighted_quantile


def spread(weights, of):
    """Indices of the values that a row of counts stands for."""
    return np.concatenate([np.flatnonzero(of == c) for c, w in enumerate(weights) for _ in range(w)] or [[]]).astype(
        int
    )


@pytest.mark.parametrize("seed", range(10))
def test_counts_stand_for_copies(seed):
    rng = np.random.default_rng(seed)
    n, m = 6, int(rng.integers(1, 25))
    of = rng.integers(0, n, m)
    hits, ranks = rng.random(m) < 0.5, rng.integers(0, 4, m) / 3
    values, n_true = rng.normal(size=m), np.bincount(of[hits], minlength=n) + rng.integers(0, 3, n)
    weights = rng.multinomial(n, np.full(n, 1 / n), 30)
    ap = weighted_average_precision(hits, ranks, of, n_true, weights)
    for row, got, half, high in zip(
        weights,
        ap,
        weighted_quantile(values, of, weights, 0.5),
        weighted_quantile(values, of, weights, 0.9),
        strict=True,
    ):
        index = spread(row, of)
        assert got == pytest.approx(average_precision_of_hits(hits[index], ranks[index], int(row @ n_true)))
        if index.size:
            assert half == pytest.approx(np.median(values[index]))
            assert high == pytest.approx(np.quantile(values[index], 0.9))
        else:
            assert np.isnan(half)


def test_nothing_to_find_and_nothing_found():
    weights = np.array([[1, 0], [0, 1], [0, 0]])
    assert weighted_average_precision([True], [1.0], [0], [1, 0], weights).tolist() == [1.0, 1.0, 1.0]
    assert weighted_average_precision([], [], [], [1, 0], weights).tolist() == [0.0, 1.0, 1.0]
    assert weighted_average_precision([False], [1.0], [0], [0, 1], weights).tolist() == [0.0, 0.0, 1.0]
    assert np.isnan(weighted_quantile([], [], weights, 0.5)).all()


def test_interval_agrees_with_the_slow_one():
    rng = np.random.default_rng(3)
    values = rng.normal(size=40)
    clusters = [i // 2 for i in range(40)]
    fast = weighted_interval(lambda w: weighted_quantile(values, np.arange(40), w, 0.5), 40, clusters=clusters, size=40)
    slow = statistic_interval(lambda i: float(np.median(values[i])), 40, clusters=clusters)
    assert fast.mean == pytest.approx(slow.mean)
    assert (fast.low, fast.high) == pytest.approx((slow.low, slow.high), abs=0.08)
    assert weighted_interval(lambda w: w[:, 0] * 1.0, 0).n == 0


def test_blocks_do_not_show(monkeypatch):
    whole = weighted_interval(lambda w: w.std(axis=1), 9, n_resamples=50)
    monkeypatch.setattr("silentfoley.metrics.weighted._BLOCK", 20)
    assert weighted_interval(lambda w: w.std(axis=1), 9, n_resamples=50) == whole
