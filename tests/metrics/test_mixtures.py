"""Every mixture against the measure itself, worked out from scratch on the mixed answers."""

import numpy as np
import pytest

from silentfoley.metrics.bins import compare_bins
from silentfoley.metrics.frechet import frechet_distance, frechet_to
from silentfoley.metrics.frechet_infinity import frechet_infinity
from silentfoley.metrics.inception_score import inception_score
from silentfoley.metrics.mixtures import (
    average_precision_mixture,
    bins_mixtures,
    frechet_infinity_mixture,
    frechet_mixture,
    inception_mixture,
    kad_mixture,
    mean_mixture,
    quantile_mixture,
)
from silentfoley.metrics.paired_kad import paired_kad
from silentfoley.metrics.permutation import mixture_test, paired_test
from silentfoley.metrics.ranking import average_precision_of_hits

N, D = 18, 5
#: Two clips of a recording, but for the last two.
CLUSTERS = [f"r{i // 2}" if i < 16 else f"lone{i}" for i in range(N)]
UNIT = np.array([i // 2 if i < 16 else i - 8 for i in range(N)])
CHOSEN = np.random.default_rng(3).random((6, 10)) < 0.5
CHOSEN[0], CHOSEN[1] = False, True


@pytest.fixture
def sets():
    rng = np.random.default_rng(0)
    return [rng.standard_normal((N, D)) + shift for shift in (0, 0.3, 0.7)]


def mix(first, second):
    """The mixed answers of every choice."""
    return [[(b if row[u] else a) for a, b, u in zip(first, second, UNIT, strict=True)] for row in CHOSEN]


def test_mean(sets):
    first, second = sets[1][:, 0].copy(), sets[2][:, 0].copy()
    first[2], second[5] = np.nan, np.nan
    wanted = [np.nanmean(m) for m in mix(first, second)]
    np.testing.assert_allclose(mean_mixture(first, second, CLUSTERS)(CHOSEN), wanted)


def test_kad(sets):
    true, first, second = sets
    wanted = [paired_kad(true, np.array(m), CLUSTERS, n_draws=2).mean for m in mix(first, second)]
    np.testing.assert_allclose(kad_mixture(true, first, second, CLUSTERS)(CHOSEN), wanted)


@pytest.mark.parametrize("rows", [1, 4])
def test_frechet(sets, rows):
    # With one row of eighty dimensions the sets are smaller than their space, with four of five larger.
    rng = np.random.default_rng(1)
    ragged = [[rng.standard_normal((rows + i % 2, D if rows > 1 else 80)) + s for i in range(N)] for s in (0, 0.3, 0.7)]
    true, first, second = ragged
    wanted = [frechet_distance(np.concatenate(true), np.concatenate(m)) for m in mix(first, second)]
    np.testing.assert_allclose(frechet_mixture(true, first, second, CLUSTERS)(CHOSEN), wanted, rtol=1e-6)
    whole = np.concatenate(true)
    assert frechet_to(whole)(whole) == pytest.approx(0, abs=1e-6)


def test_frechet_infinity():
    rng = np.random.default_rng(1)
    clusters = [f"r{i}" for i in range(14)]
    true, first, second = ([rng.standard_normal((4, 3)) + s for _ in clusters] for s in (0, 0.3, 0.7))
    of = np.repeat(np.arange(14), 4).tolist()
    both = np.array([[False] * 14, [True] * 14])
    wanted = [frechet_infinity(np.concatenate(true), np.concatenate(m), of, of, seed=5).value for m in (first, second)]
    np.testing.assert_allclose(frechet_infinity_mixture(true, first, second, clusters, 5)(both), wanted)


def test_inception_score():
    first, second = np.random.default_rng(0).dirichlet(np.full(6, 0.3), (2, N))
    first[0] = [1, 0, 0, 0, 0, 0]
    wanted = [inception_score(m) for m in mix(first, second)]
    np.testing.assert_allclose(inception_mixture(first, second, CLUSTERS)(CHOSEN), wanted)


def test_bins(sets):
    true, first, second = (np.tile(s, (2, 1)) + 0.01 * np.arange(2 * N)[:, None] for s in sets)
    clusters, unit = [*CLUSTERS, *CLUSTERS], np.concatenate([UNIT, UNIT])
    ndb, jsd = bins_mixtures(true, first, second, clusters, (0, 1))
    for row, one, two in zip(CHOSEN, ndb(CHOSEN), jsd(CHOSEN), strict=True):
        found = [compare_bins(true, np.where(row[unit][:, None], second, first), seed) for seed in (0, 1)]
        assert one == pytest.approx(np.mean([f.ndb for f in found]))
        assert two == pytest.approx(np.mean([f.jsd for f in found]))


def test_average_precision_and_quantiles():
    rng = np.random.default_rng(0)
    sizes = rng.integers(0, 5, (2, N))
    hits = [[rng.random(k) < 0.6 for k in row] for row in sizes]
    ranks = [[np.round(rng.random(k), 1) for k in row] for row in sizes]
    n_true = rng.integers(3, 6, N)
    found = average_precision_mixture(tuple(hits), tuple(ranks), n_true, CLUSTERS)(CHOSEN)
    for value, h, r in zip(found, mix(*hits), mix(*ranks), strict=True):
        wanted = average_precision_of_hits(np.concatenate(h), np.concatenate(r), int(n_true.sum()))
        assert value == pytest.approx(wanted)
    found = quantile_mixture(*ranks, 0.9, CLUSTERS)(CHOSEN)
    np.testing.assert_allclose(found, [np.quantile(np.concatenate(r), 0.9) for r in mix(*ranks)])


def test_of_a_mean_it_is_the_paired_test(sets):
    first, second = sets[1][:, 0], sets[2][:, 0]
    exact = mixture_test(mean_mixture(first, second, CLUSTERS), 10, N)
    wanted = paired_test(first[:, None], second[:, None], lambda m: m[..., 0], clusters=CLUSTERS)
    assert (exact.difference, exact.p_value) == pytest.approx((wanted.difference, wanted.p_value))
    assert (exact.n_permutations, wanted.n_permutations) == (1024, 1024)
    drawn = mixture_test(mean_mixture(first, second, CLUSTERS), 10, N, n_permutations=1000)
    assert drawn.p_value == pytest.approx(wanted.p_value, abs=0.05)
    assert (drawn.n, drawn.n_clusters, drawn.n_permutations) == (N, 10, 1000)
    assert np.isnan([drawn.low, drawn.high]).all()


def test_time_ends_it_and_the_seed_decides_which_are_looked_at(sets):
    mixed = mean_mixture(sets[1][:, 0], sets[2][:, 0], CLUSTERS)
    now = [0.0]

    def slow(chosen):
        now[0] += 0.5 * len(chosen)
        return mixed(chosen)

    # A swap takes a second: blocks of 1, 2, 4 and 8 are done in 15 s, the next one of 16 would end after 31.
    test = mixture_test(slow, 10, N, n_permutations=1000, budget_s=20.0, clock=lambda: now[0])
    assert test.n_permutations == 15
    same = mixture_test(mixed, 10, N, n_permutations=1000, budget_s=1e9)
    assert same.n_permutations == 1000
    now[0] = 0.0
    hurried = mixture_test(slow, 10, N, n_permutations=1000, budget_s=0.0, clock=lambda: now[0])
    assert hurried.n_permutations == 1
    assert hurried.p_value >= 0.5
    assert test.p_value >= 1 / 16
    again = mixture_test(mixed, 10, N, n_permutations=15)
    assert again.n_permutations == 15


def test_what_cannot_be_measured_is_no_evidence():
    def mixed(chosen):
        return np.where(chosen.all(axis=1) | ~chosen.any(axis=1), chosen[:, 0].astype(float), np.nan)

    assert mixture_test(mixed, 20, 20, n_permutations=50).p_value == 1.0
    nothing = mixture_test(lambda chosen: np.full(len(chosen), np.nan), 20, 20)
    assert (nothing.p_value, nothing.n_permutations) == (1.0, 0)


def test_size_is_right_where_nothing_differs():
    p = []
    for seed in range(120):
        true, first, second = np.random.default_rng(seed).standard_normal((3, 30, 4))
        p.append(mixture_test(kad_mixture(true, first, second, list(range(30))), 30, 30, n_permutations=99).p_value)
    # 5 % expected; 120 trials leave it below 11 % but once in a thousand.
    assert np.mean(np.array(p) <= 0.05) < 0.11
    assert np.mean(p) == pytest.approx(0.5, abs=0.1)
