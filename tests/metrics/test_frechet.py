"""Frechet distance against scipy's matrix root; its extrapolation against the truth and against what is customary."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from scipy.linalg import sqrtm

from silentfoley.errors import SilentFoleyError
from silentfoley.metrics.bootstrap import Interval
from silentfoley.metrics.frechet import (
    Moments,
    frechet_distance,
    frechet_distances,
    frechet_of_moments,
    moments,
    small_sample_note,
)
from silentfoley.metrics.frechet_infinity import few_recordings_note, frechet_infinity
from silentfoley.metrics.frechet_influence import frechet_influences
from silentfoley.metrics.paired_frechet_infinity import paired_frechet_infinity


def draw(n: int, d: int, seed: int, scale: float = 1.0, shift: float = 0.0) -> np.ndarray:
    spectrum = np.sqrt(1.0 / np.arange(1, d + 1))
    return np.random.default_rng(seed).standard_normal((n, d)) * spectrum * scale + shift


def by_matrix_root(x: np.ndarray, y: np.ndarray) -> float:
    one, two = np.cov(x.T), np.cov(y.T)
    root = np.real(sqrtm(one @ two))
    return float(((x.mean(0) - y.mean(0)) ** 2).sum() + np.trace(one + two - 2 * root))


def test_by_hand() -> None:
    # Means 0 and 3, variances 1 and 4: 9 + (1 - 2)^2.
    x, y = np.array([[-1.0], [0.0], [1.0]]), np.array([[1.0], [3.0], [5.0]])
    assert frechet_distance(x, y) == pytest.approx(10.0, rel=1e-12)


def test_two_dimensions_by_hand() -> None:
    # Axis-aligned: variances (1, 4) and (4, 1) about one mean, (1 - 2)^2 + (2 - 1)^2.
    corners = np.array([[1.0, 1], [1, -1], [-1, 1], [-1, -1]]) * np.sqrt(3 / 4)
    assert frechet_distance(corners * [1, 2], corners * [2, 1]) == pytest.approx(2.0, rel=1e-12)


@pytest.mark.parametrize(("n", "m", "d"), [(60, 40, 8), (20, 90, 8), (200, 200, 32)])
def test_is_scipys(n: int, m: int, d: int) -> None:
    x, y = draw(n, d, 0), draw(m, d, 1, 1.4, 0.2) @ np.linalg.qr(np.random.default_rng(2).standard_normal((d, d)))[0]
    assert frechet_distance(x, y) == pytest.approx(by_matrix_root(x, y), rel=1e-6)


@pytest.mark.parametrize(("n", "m"), [(5, 9), (9, 5), (5, 40), (40, 5)])
def test_fewer_vectors_than_dimensions(n: int, m: int) -> None:
    # The short way round must give what the (D, D) matrices give.
    x, y = draw(n, 20, 0), draw(m, 20, 1, 1.3, 0.1)
    assert frechet_distance(x, y) == pytest.approx(frechet_of_moments(moments(x), moments(y)), rel=1e-6)


@pytest.mark.slow  # importing torchmetrics' image half takes its time
def test_is_torchmetrics() -> None:
    from torchmetrics.image.fid import _compute_fid

    x, y = draw(80, 12, 0), draw(70, 12, 1, 1.2)
    one, two = moments(x), moments(y)
    theirs = _compute_fid(one.mean, one.covariance, two.mean, two.covariance)
    assert frechet_distance(x, y) == pytest.approx(float(theirs), rel=1e-6)


def test_same_set_is_nought_and_sides_are_alike() -> None:
    x, y = draw(50, 10, 0), draw(60, 10, 1, 1.5)
    assert frechet_distance(x, x) == pytest.approx(0.0, abs=1e-6)
    assert frechet_distance(x, y) == pytest.approx(frechet_distance(y, x), rel=1e-9)
    assert frechet_of_moments(moments(x), moments(y)) == pytest.approx(frechet_distance(x, y), rel=1e-9)


def test_batch_equals_loop() -> None:
    sets = torch.tensor(np.stack([draw(12, 5, s, 1 + s / 3) for s in range(4)]))
    other = torch.tensor(np.stack([draw(20, 5, 10 + s) for s in range(4)]))
    together = frechet_distances(sets, other)
    assert together.tolist() == pytest.approx([frechet_distance(a, b) for a, b in zip(sets, other, strict=True)])


def test_constant_vectors() -> None:
    assert frechet_distance(np.ones((5, 3)), np.zeros((5, 3))) == pytest.approx(3.0)


def test_small_sample_note() -> None:
    assert small_sample_note(255, 128).startswith("N = 255 < 2 d = 256")
    assert small_sample_note(256, 128) == ""


def test_the_small_sample_bias_is_as_known() -> None:
    # Table of the field: 700 vectors of one Gaussian in 128 dimensions, spectrum 1/i: 5 % of the total variance.
    found = [frechet_distance(draw(700, 128, 2 * s), draw(700, 128, 2 * s + 1)) for s in range(3)]
    total = (1 / np.arange(1, 129)).sum()
    assert np.mean(found) / total == pytest.approx(0.05, abs=0.01)


def test_extrapolation_takes_the_bias_away() -> None:
    plain, ours = [], []
    for s in range(8):
        x, y = draw(160, 16, 2 * s), draw(160, 16, 2 * s + 1)
        plain.append(frechet_distance(x, y))
        ours.append(frechet_infinity(x, y, seed=s).value)
    assert abs(np.mean(ours)) < 0.15 * np.mean(plain)
    assert abs(np.mean(ours)) < 3 * np.std(ours) / 8**0.5 + 1e-3


def test_with_replacement_the_bias_would_stay() -> None:
    x, y = draw(160, 16, 0), draw(160, 16, 1)
    rng = np.random.default_rng(0)
    sizes = np.repeat([80, 100, 120, 140, 160], 8)
    drawn = [frechet_distance(x[rng.integers(0, 160, n)], y[rng.integers(0, 160, n)]) for n in sizes]
    intercept = np.polyfit(1 / sizes, drawn, 1)[-1]
    assert intercept > 0.5 * frechet_distance(x, y)


def test_extrapolation_keeps_a_true_distance() -> None:
    truth = 16 * 0.3**2
    found = [frechet_infinity(draw(200, 16, 2 * s), draw(200, 16, 2 * s + 1, shift=0.3)).value for s in range(6)]
    assert np.mean(found) == pytest.approx(truth, rel=0.15)


def test_line() -> None:
    x, y = draw(300, 16, 0), draw(200, 16, 1)
    line = frechet_infinity(x, y, seed=1)
    assert line.at_all == pytest.approx(frechet_distance(x, y))
    assert line.r2 > 0.95
    assert line.smallest == 100
    assert line == frechet_infinity(x, y, seed=1)


def test_clips_are_drawn_whole() -> None:
    # Ten copies of every vector: as clips of ten, the bias of 60 and not of 600 is taken away.
    x, y = draw(60, 4, 0), draw(60, 4, 1)
    names = np.repeat(np.arange(60), 10).tolist()
    alone = frechet_infinity(x, y).value
    whole = frechet_infinity(np.repeat(x, 10, axis=0), np.repeat(y, 10, axis=0), names, names).value
    torn = frechet_infinity(np.repeat(x, 10, axis=0), np.repeat(y, 10, axis=0)).value
    assert abs(whole - alone) < 0.25 * abs(torn - alone)


def paired(seed: int, n: int, d: int, n_draws: int) -> Interval:
    return paired_frechet_infinity(
        draw(n, d, 2 * seed), draw(n, d, 2 * seed + 1), range(n), range(n), n_draws=n_draws, seed=seed
    )


def test_folds_are_left_out_as_if_never_there() -> None:
    # Far from the origin, where sums of squares are mostly the mean's.
    x, y = draw(90, 6, 0, shift=1e4), draw(70, 6, 1, 1.3, 1e4)
    line = frechet_infinity(x, y, seed=3)
    over, rise = [], []
    for k in (2, 3, 5):
        dealt = [np.random.default_rng([3, k]).permutation(len(side)) % k for side in (x, y)]
        over.append(1 / (k - 1))
        rise.append(np.mean([frechet_distance(x[dealt[0] != i], y[dealt[1] != i]) for i in range(k)]) - line.at_all)
    slope = np.dot(over, rise) / np.dot(over, over)
    assert line.value == pytest.approx(line.at_all - slope, abs=1e-8)


def test_dimensions_in_which_nothing_lies_change_nothing() -> None:
    x, y = draw(60, 6, 0), draw(60, 6, 1, 1.3)
    wide = [np.concatenate([side, np.zeros((60, 3))], axis=1) for side in (x, y)]
    assert frechet_infinity(*wide).value == pytest.approx(frechet_infinity(x, y).value, abs=1e-7)
    for found, wanted in zip(frechet_influences(*map(torch.tensor, wide)), influences(x, y), strict=True):
        np.testing.assert_allclose(found.numpy(), wanted, atol=1e-7)


def influences(x: np.ndarray, y: np.ndarray) -> list[np.ndarray]:
    return [found.numpy() for found in frechet_influences(torch.tensor(x), torch.tensor(y))]


def of_weights(x: np.ndarray, y: np.ndarray, w: np.ndarray, v: np.ndarray) -> float:
    parts = []
    for side, weight in ((x, w), (y, v)):
        share = weight / weight.sum()
        mean = share @ side
        covariance = (share[:, None] * (side - mean)).T @ (side - mean) * len(side) / (len(side) - 1)
        parts.append(Moments(len(side), torch.tensor(mean), torch.tensor(covariance)))
    return frechet_of_moments(*parts)


def test_influences_are_derivatives() -> None:
    x, y = draw(400, 4, 0), draw(300, 4, 1, 1.5, 0.4)
    found = influences(x, y)
    for side, n in ((0, 400), (1, 300)):
        assert found[side].mean() == pytest.approx(0.0, abs=1e-9)
        for i in (0, 7, n - 1):
            ends = []
            for step in (1e-4, -1e-4):
                weights = [np.ones(400), np.ones(300)]
                weights[side][i] += step
                ends.append(of_weights(x, y, *weights))
            slope = (ends[0] - ends[1]) / 2e-4 * n
            assert found[side][i] == pytest.approx(slope, rel=0.01, abs=0.01)


def test_of_one_vector_each_way_far_apart() -> None:
    # One dimension, variances 1 and 1, means 0 and 2: T is 1, so only the means pull, with 2 * (m1 - m2) * x.
    x, y = np.array([[-1.0], [0.0], [1.0]]), np.array([[1.0], [2.0], [3.0]])
    first, second = influences(x, y)
    np.testing.assert_allclose(first, [4, 0, -4], atol=1e-12)
    np.testing.assert_allclose(second, [-4, 0, 4], atol=1e-12)


def test_paired_interval_is_neither_wide_nor_narrow() -> None:
    spread = np.std([frechet_infinity(draw(60, 8, 2 * s), draw(60, 8, 2 * s + 1)).value for s in range(60)])
    width = np.mean([i.high - i.low for i in (paired(s, 60, 8, 16) for s in range(4))]) / 2
    assert 1.4 * spread < width < 3.2 * spread


@pytest.mark.slow
def test_paired_interval_covers_nought() -> None:
    found = [paired(s, 60, 8, 30) for s in range(100)]
    assert 0.90 <= np.mean([i.low <= 0 <= i.high for i in found]) <= 0.99


@pytest.mark.slow
@pytest.mark.parametrize("shift", [0.3, 1.0])
def test_paired_interval_covers_a_true_distance(shift: float) -> None:
    sets = [(draw(60, 8, 2 * s), draw(60, 8, 2 * s + 1, shift=shift)) for s in range(60)]
    found = [paired_frechet_infinity(x, y, range(60), range(60), n_draws=16) for x, y in sets]
    assert np.mean([i.low <= 8 * shift**2 <= i.high for i in found]) >= 0.88


def test_paired_interval_is_as_wide_as_recordings_are_few() -> None:
    # Every vector four times over: four copies of a recording say no more than one.
    x, y = draw(40, 4, 0), draw(40, 4, 1, shift=0.5)
    alone = paired_frechet_infinity(x, y, range(40), range(40), n_draws=12)
    copies, names = [np.repeat(side, 4, axis=0) for side in (x, y)], np.repeat(np.arange(40), 4).tolist()
    together = paired_frechet_infinity(*copies, names, names, n_draws=12)
    torn = paired_frechet_infinity(*copies, range(160), range(160), n_draws=12)
    assert together.high - together.low == pytest.approx(alone.high - alone.low, rel=0.15)
    assert torn.high - torn.low < 0.7 * (alone.high - alone.low)


def test_paired_interval_knows_a_true_distance() -> None:
    found = paired_frechet_infinity(draw(60, 8, 0), draw(60, 8, 1, shift=1.0), range(60), range(60), n_draws=12)
    assert found.low > 0
    assert found.low < 8.0 < found.high
    assert found.n == 60


def test_answers_that_are_the_truth_are_at_nought_for_sure() -> None:
    x = draw(30, 4, 0)
    found = paired_frechet_infinity(x, x, range(30), range(30), n_draws=4)
    assert (found.mean, found.low, found.high) == pytest.approx((0, 0, 0), abs=1e-6)


def test_extrapolation_refuses_what_it_cannot_do() -> None:
    with pytest.raises(SilentFoleyError, match="15 vectors in 16 dimensions give no straight line; pass 16 or more"):
        frechet_infinity(draw(15, 16, 0), draw(40, 16, 1))
    with pytest.raises(SilentFoleyError, match="4 clips are too few to draw from"):
        frechet_infinity(draw(40, 4, 0), draw(40, 4, 1), [i % 4 for i in range(40)])
    with pytest.raises(SilentFoleyError, match="a recording is on one side alone"):
        paired_frechet_infinity(draw(20, 4, 0), draw(20, 4, 1), range(20), range(1, 21))


def test_few_recordings_of_several_vectors_leave_a_bias_and_the_note_says_so() -> None:
    def alike(recordings: int, seed: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        rng = np.random.default_rng(seed)
        names = np.arange(4 * recordings) // 4
        one, two = (
            rng.standard_normal((4 * recordings, 64)) + rng.standard_normal((recordings, 64))[names] for _ in range(2)
        )
        return one, two, names

    def left(recordings: int) -> float:
        """Of the plain distance, the share that stays; the truth is 0."""
        sets = [alike(recordings, seed) for seed in range(6)]
        lines = [frechet_infinity(x, y, n, n) for x, y, n in sets]
        return float(np.mean([line.value for line in lines]) / np.mean([line.at_all for line in lines]))

    assert left(16) > 0.2
    assert abs(left(520)) < 0.1
    assert few_recordings_note(16, 64, 64).startswith("16 recordings of several vectors in 64 dimensions")
    assert not few_recordings_note(520, 2080, 64)
    assert not few_recordings_note(64, 64, 64), "each vector is one of its own: the line is straight"
