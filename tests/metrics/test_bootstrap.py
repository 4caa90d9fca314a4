import numpy as np
import pytest
from scipy import stats

from silentfoley.errors import SilentFoleyError
from silentfoley.metrics.bootstrap import (
    Interval,
    cluster_draws,
    cluster_members,
    combined_interval,
    mean_interval,
    statistic_interval,
)


def only(means):
    return means[..., 0]


def ratio(means):
    return means[..., 0] / means[..., 1]


def test_unknown_ends_are_none_in_json():
    nan = float("nan")
    assert Interval(0.25, nan, nan, 5).to_dict() == {"mean": 0.25, "low": None, "high": None, "n": 5, "level": 0.95}
    assert Interval(nan, nan, nan, 0).to_dict() == {"mean": None, "low": None, "high": None, "n": 0, "level": 0.95}


def test_members_are_numbered_as_they_come():
    assert cluster_members(["b", "a", "b"], 3).tolist() == [0, 1, 0]
    assert cluster_members(None, 3).tolist() == [0, 1, 2]
    with pytest.raises(SilentFoleyError, match="2 names for 3 values"):
        cluster_members(["a", "b"], 3)


def test_draws_take_whole_clusters():
    for index in cluster_draws(["a", "b", "a", "c"], 4, 50):
        counts = np.bincount(index, minlength=4)
        assert counts[0] == counts[2]
        assert counts[0] + counts[1] + counts[3] == 3


def test_all_three_intervals_agree_on_a_mean():
    values = np.random.default_rng(0).normal(3, 2, 80)
    clusters = [i // 2 for i in range(80)]
    plain = mean_interval(values, clusters=clusters)
    ends = [(plain.low, plain.high)]
    for interval in (
        combined_interval(values[:, None], only, clusters=clusters),
        statistic_interval(lambda i: float(values[i].mean()), 80, clusters=clusters),
    ):
        assert interval.mean == pytest.approx(plain.mean)
        assert interval.n == 80
        ends.append((interval.low, interval.high))
    np.testing.assert_allclose(ends, [ends[0]] * 3, atol=0.06)


def test_interval_agrees_with_scipy_on_a_ratio():
    rng = np.random.default_rng(1)
    parts = np.stack([rng.gamma(2, 1, 60), rng.gamma(5, 1, 60)], axis=1)
    ours = combined_interval(parts, ratio, n_resamples=8000)
    theirs = stats.bootstrap(
        (parts[:, 0], parts[:, 1]),
        lambda a, b, axis: a.mean(axis) / b.mean(axis),
        paired=True,
        method="percentile",
        n_resamples=8000,
        rng=rng,
    ).confidence_interval
    assert (ours.low, ours.high) == pytest.approx((theirs.low, theirs.high), abs=0.01)


def test_clustered_interval_is_wider_and_covers():
    rng = np.random.default_rng(2)
    clusters = np.repeat(np.arange(25), 8).tolist()
    covered = {"clustered": 0, "independent": 0}
    for trial in range(200):
        values = np.repeat(rng.standard_normal(25), 8) + 0.3 * rng.standard_normal(200)
        for name, c in (("clustered", clusters), ("independent", None)):
            interval = combined_interval(values[:, None], only, clusters=c, n_resamples=300, seed=trial)
            covered[name] += interval.low <= 0 <= interval.high
    assert covered["clustered"] >= 178
    assert covered["independent"] < 140


def test_values_that_do_not_apply_are_left_out():
    parts = np.array([[1.0, np.nan], [3.0, 10.0], [np.nan, np.nan]])
    assert combined_interval(parts, only).mean == 2.0
    assert combined_interval(parts, lambda m: m[..., 1]).mean == 10.0
    assert combined_interval(parts, only).n == 2
    assert np.isnan(combined_interval(np.full((3, 1), np.nan), only).mean)


def test_nothing_is_not_zero():
    assert combined_interval(np.zeros((0, 1)), only).n == 0
    assert np.isnan(statistic_interval(lambda i: 0.0, 0).mean)
