"""KAD: cases by hand, against the definition written out, and what its interval covers."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from scipy.spatial.distance import cdist, pdist

from silentfoley.errors import SilentFoleyError
from silentfoley.metrics.kad import gaussian_kernel, kad, median_bandwidth
from silentfoley.metrics.paired_kad import paired_kad


def sets(n: int, m: int, d: int = 6, shift: float = 0.0, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    return rng.standard_normal((n, d)), rng.standard_normal((m, d)) + shift


def by_definition(x: np.ndarray, y: np.ndarray) -> float:
    width = np.median(pdist(x))

    def k(a: np.ndarray, b: np.ndarray) -> float:
        return np.exp(-((a - b) ** 2).sum() / (2 * width**2))

    n, m = len(x), len(y)
    xx = sum(k(x[i], x[j]) for i in range(n) for j in range(n) if i != j) / (n * (n - 1))
    yy = sum(k(y[i], y[j]) for i in range(m) for j in range(m) if i != j) / (m * (m - 1))
    xy = sum(k(a, b) for a in x for b in y) / (n * m)
    return 1000 * (xx + yy - 2 * xy)


def test_by_hand() -> None:
    # Distances within the reference: 1, 1, 2; bandwidth 1. k(1) = exp(-1/2), k(2) = exp(-2), k(3) = exp(-9/2).
    x, y = [[0.0], [1.0], [2.0]], [[3.0], [3.0]]
    k1, k2, k3 = np.exp([-0.5, -2.0, -4.5])
    assert median_bandwidth(x) == 1.0
    assert kad(x, y) == pytest.approx(1000 * ((2 * k1 + k2) / 3 + 1.0 - 2 * (k1 + k2 + k3) / 3), rel=1e-12)


@pytest.mark.parametrize(("n", "m"), [(12, 9), (5, 30), (2, 2)])
def test_is_its_definition(n: int, m: int) -> None:
    x, y = sets(n, m, shift=0.4)
    assert kad(x, y) == pytest.approx(by_definition(x, y), rel=1e-9)


def test_blocks_do_not_show(monkeypatch: pytest.MonkeyPatch) -> None:
    x, y = sets(31, 17, shift=0.4)
    whole = kad(x, y), median_bandwidth(x)
    monkeypatch.setattr("silentfoley.metrics.kad._BLOCK_ROWS", 7)
    assert (kad(x, y), median_bandwidth(x)) == pytest.approx(whole, rel=1e-12)
    width = 0.7
    wanted = np.exp(-cdist(x, y, "sqeuclidean") / (2 * width**2))
    np.testing.assert_allclose(gaussian_kernel(torch.tensor(x), torch.tensor(y), width).numpy(), wanted, atol=1e-12)


@pytest.mark.parametrize("n", [3, 4, 5, 20])
def test_bandwidth_is_the_median(n: int) -> None:
    x, _ = sets(n, 2, seed=n)
    assert median_bandwidth(x) == pytest.approx(np.median(pdist(x)), abs=0.02)
    values = np.sort(pdist(x))
    middle = values[[(values.size - 1) // 2, values.size // 2]].mean()
    assert median_bandwidth(x) == pytest.approx(middle, rel=1e-12)


def test_a_common_offset_and_a_common_scale_change_nothing() -> None:
    x, y = sets(40, 40, shift=0.3)
    assert kad(x + 1e4, y + 1e4) == pytest.approx(kad(x, y), rel=1e-6)
    assert kad(100 * x, 100 * y) == pytest.approx(kad(x, y), rel=1e-9)


def test_takes_what_torch_and_numpy_give() -> None:
    x, y = sets(10, 10)
    assert kad(torch.tensor(x, dtype=torch.float32), y) == pytest.approx(kad(x, y), abs=1e-3)


def test_no_bias_at_any_size() -> None:
    for n in (10, 60):
        found = [kad(*sets(n, n, seed=s), bandwidth=3.4) for s in range(150)]
        assert abs(np.mean(found)) < 4 * np.std(found) / len(found) ** 0.5


def test_sees_a_shift() -> None:
    assert kad(*sets(100, 100, shift=0.5)) > 20


def test_paired_is_grettons_statistic() -> None:
    x, y = sets(20, 20, shift=0.5)
    width = np.median(pdist(x))
    k = {name: np.exp(-cdist(*pair, "sqeuclidean") / (2 * width**2)) for name, pair in
         {"xx": (x, x), "yy": (y, y), "xy": (x, y)}.items()}  # fmt: skip
    core = k["xx"] + k["yy"] - k["xy"] - k["xy"].T
    wanted = 1000 * (core.sum() - np.trace(core)) / (20 * 19)
    assert paired_kad(x, y).mean == pytest.approx(wanted, rel=1e-9)


def test_paired_leaves_out_pairs_of_one_recording() -> None:
    x, y = sets(12, 12, shift=0.5)
    recordings = [0, 0, 0, 1, 1, 2, 3, 3, 4, 5, 5, 5]
    width = np.median(pdist(x))

    def k(a: np.ndarray, b: np.ndarray) -> float:
        return np.exp(-((a - b) ** 2).sum() / (2 * width**2))

    terms = [
        k(x[i], x[j]) + k(y[i], y[j]) - k(x[i], y[j]) - k(x[j], y[i])
        for i in range(12)
        for j in range(12)
        if recordings[i] != recordings[j]
    ]
    assert paired_kad(x, y, recordings).mean == pytest.approx(1000 * np.mean(terms), rel=1e-9)


def test_the_truth_scores_exactly_nought() -> None:
    x, _ = sets(30, 2)
    found = paired_kad(x, x)
    assert found.mean == pytest.approx(0.0, abs=1e-9)
    assert found.high - found.low < 1e-6
    assert found.n == 30


def test_a_shuffled_truth_scores_exactly_nought() -> None:
    # The answers are the true clips in another order: named as such, a clip never meets itself.
    x, _ = sets(30, 2)
    recordings = [i // 2 for i in range(30)]
    order = np.roll(np.arange(30), 2)
    named = paired_kad(x, x[order], recordings, [recordings[i] for i in order])
    assert named.mean == pytest.approx(0.0, abs=1e-9)
    assert paired_kad(x, x[order], recordings).mean < -5


def test_many_clips_of_a_recording_count_once_in_the_width() -> None:
    # Five exact copies of each pair say nothing new: value and width are those of the pairs.
    x, y = sets(30, 30, shift=0.4)
    alone = paired_kad(x, y, n_draws=4000)
    copies = paired_kad(np.repeat(x, 5, 0), np.repeat(y, 5, 0), np.repeat(np.arange(30), 5).tolist(), n_draws=4000)
    assert copies.mean == pytest.approx(alone.mean, rel=0.1)
    assert copies.high - copies.low == pytest.approx(alone.high - alone.low, rel=0.15)


def test_interval_needs_recordings() -> None:
    x, y = sets(40, 40)
    few = paired_kad(x, y, [i % 11 for i in range(40)])
    assert np.isfinite(few.mean)
    assert np.isnan(few.low)
    assert np.isfinite(paired_kad(x, y, [i % 12 for i in range(40)]).low)


def test_interval_is_the_seeds() -> None:
    x, y = sets(30, 30, shift=0.2)
    assert paired_kad(x, y, seed=3) == paired_kad(x, y, seed=3)
    assert paired_kad(x, y, seed=3).low != paired_kad(x, y, seed=4).low


def test_interval_covers_nought_at_equal_distributions() -> None:
    found = [paired_kad(*sets(60, 60, d=16, seed=s), n_draws=300, seed=s) for s in range(80)]
    covered = np.mean([i.low <= 0 <= i.high for i in found])
    assert 0.90 <= covered <= 0.99


def test_interval_covers_a_true_distance() -> None:
    # Far apart the variance is of the other kind: it falls with 1/n.
    many = [paired_kad(*sets(60, 60, d=4, shift=0.7, seed=s), n_draws=300, seed=s) for s in range(80)]
    truth = np.mean([i.mean for i in many])
    covered = np.mean([i.low <= truth <= i.high for i in many])
    assert 0.84 <= covered <= 0.99


@pytest.mark.parametrize(
    ("reference", "generated", "message"),
    [
        (np.zeros((3, 2)), np.zeros((3, 2)), "half of its vectors are alike"),
        (np.eye(3), np.eye(4), "vectors have 3 and 4 dimensions"),
        (np.eye(3)[:1], np.eye(3), "holds 1 vectors"),
        (np.eye(3), np.full((3, 3), np.nan), "holds NaN or infinity"),
        (np.zeros(3), np.eye(3), r"shape \(3,\) is no set of vectors"),
    ],
)
def test_what_cannot_be_scored(reference: np.ndarray, generated: np.ndarray, message: str) -> None:
    with pytest.raises(SilentFoleyError, match=message):
        kad(reference, generated)


def test_pairs_must_be_pairs() -> None:
    x, y = sets(5, 6)
    with pytest.raises(SilentFoleyError, match="5 and 6 vectors are no pairs"):
        paired_kad(x, y)
    with pytest.raises(SilentFoleyError, match="all clips are of one recording"):
        paired_kad(x, x, ["a"] * 5)
    with pytest.raises(SilentFoleyError, match="4 names for 5 values"):
        paired_kad(x, x, ["a"] * 4)
    with pytest.raises(SilentFoleyError, match="is no width"):
        kad(x, y, bandwidth=0.0)
