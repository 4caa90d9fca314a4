from statistics import NormalDist

import numpy as np
import pytest
from scipy import stats

from silentfoley.errors import SilentFoleyError
from silentfoley.metrics.permutation import holm, paired_test


def only(means):
    return means[..., 0]


def test_worked_by_hand():
    # Differences 1, 2, 3: of the eight sign patterns only the two unanimous ones reach a sum of 6.
    test = paired_test([[0.0], [0.0], [0.0]], [[1.0], [2.0], [3.0]], only)
    assert test.difference == pytest.approx(2.0)
    assert test.p_value == pytest.approx(2 / 8)
    assert (test.n, test.n_clusters) == (3, 3)
    assert (test.low, test.high) == pytest.approx((1.0, 3.0))


@pytest.mark.parametrize("n", [10, 40])
def test_agrees_with_scipy(n):
    rng = np.random.default_rng(n)
    a = rng.normal(0, 1, n)
    b = a + rng.normal(0.3, 0.7, n)
    ours = paired_test(a[:, None], b[:, None], only)
    theirs = stats.permutation_test(
        (b, a), lambda x, y, axis: x.mean(axis) - y.mean(axis), permutation_type="samples", n_resamples=9999, rng=rng
    )
    assert ours.difference == pytest.approx(theirs.statistic)
    assert ours.p_value == pytest.approx(theirs.pvalue, abs=1e-12 if n == 10 else 0.015)


def test_size_is_right_where_nothing_differs():
    rng = np.random.default_rng(0)
    p = [
        paired_test(rng.normal(size=(24, 1)), rng.normal(size=(24, 1)), only, n_permutations=400, seed=i).p_value
        for i in range(400)
    ]
    share = np.mean(np.array(p) <= 0.05)
    assert abs(share - 0.05) < NormalDist().inv_cdf(0.9999) * np.sqrt(0.05 * 0.95 / 400)


def test_recordings_are_swapped_whole():
    # Twenty clips of two recordings: four swaps, so no p below a half.
    clusters = ["x"] * 10 + ["y"] * 10
    test = paired_test(np.zeros((20, 1)), np.ones((20, 1)), only, clusters=clusters)
    assert test.p_value == 0.5
    assert test.n_clusters == 2


def test_ratio_of_means():
    a = np.array([[1.0, 2.0], [1.0, 2.0]])
    b = np.array([[2.0, 2.0], [1.0, 6.0]])
    test = paired_test(a, b, lambda m: m[..., 0] / m[..., 1])
    assert test.difference == pytest.approx(3 / 8 - 1 / 2)


def test_equal_systems_and_no_clips():
    same = np.random.default_rng(0).normal(size=(30, 1))
    assert paired_test(same, same, only).p_value == 1.0
    assert paired_test(np.zeros((0, 1)), np.zeros((0, 1)), only).p_value == 1.0
    with pytest.raises(SilentFoleyError, match="pass \\(clips, parts\\) of the same clips"):
        paired_test(np.zeros((2, 1)), np.zeros((3, 1)), only)


def test_holm_by_hand():
    assert holm([0.01, 0.04, 0.03]).tolist() == pytest.approx([0.03, 0.06, 0.06])
    assert holm([0.9, 0.8]).tolist() == pytest.approx([1.0, 1.0])
    assert holm([]).size == 0
