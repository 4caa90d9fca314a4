"""Intervals from halves and quarters: on statistics whose variance is known."""

from __future__ import annotations

import numpy as np
import pytest

from silentfoley.metrics.subsampling import (
    NO_INTERVAL_BELOW,
    draw_subsets,
    interval_of_variance,
    subsampled_interval,
)


def test_subsets_have_their_size_and_every_unit_alike() -> None:
    found = draw_subsets(20, 7, 4000, seed=1)
    assert found.shape == (4000, 20)
    assert (found.sum(axis=1) == 7).all()
    np.testing.assert_allclose(found.mean(axis=0), 7 / 20, atol=0.03)
    np.testing.assert_array_equal(found, draw_subsets(20, 7, 4000, seed=1))
    assert (found != draw_subsets(20, 7, 4000, seed=2)).any()


def means(values: np.ndarray):
    return lambda chosen: chosen @ values / chosen.sum(axis=1)


def test_a_mean_has_its_standard_error() -> None:
    # Drawn without replacement from n values, halves of them vary by s^2 / n, quarters by 3 s^2 / n: A alone.
    values = np.random.default_rng(0).normal(3.0, 2.0, 200)
    found = subsampled_interval(float(values.mean()), means(values), 200, 200, n_draws=20_000)
    error = values.std(ddof=1) / np.sqrt(200)
    assert found.mean == pytest.approx(values.mean())
    assert (found.high - found.low) / 2 == pytest.approx(1.96 * error, rel=0.06)
    assert (found.n, found.level) == (200, 0.95)


def test_a_mean_of_products_of_strangers_has_its_own() -> None:
    # The mean of x_i x_j over i != j of standard values varies by 2 / n^2 about 0: Q alone. That A >= 0 is known,
    # so the estimate never falls below; a bootstrap gives three times as much.
    n = 100
    rng = np.random.default_rng(0)

    def statistic(x: np.ndarray):
        def value(chosen: np.ndarray) -> np.ndarray:
            size = chosen.sum(axis=1)
            return ((chosen @ x) ** 2 - chosen @ x**2) / (size * (size - 1))

        return value

    halves = []
    for _ in range(60):
        x = rng.standard_normal(n)
        whole = float(statistic(x)(np.ones((1, n), dtype=bool))[0])
        found = subsampled_interval(whole, statistic(x), n, n, n_draws=800)
        halves.append(((found.high - found.low) / 2 / 1.96) ** 2)
    assert 2 / n**2 < np.mean(halves) < 1.8 * 2 / n**2


def test_intervals_cover_as_often_as_they_say() -> None:
    held = 0
    for seed in range(200):
        values = np.random.default_rng(seed).exponential(1.0, 80)
        found = subsampled_interval(float(values.mean()), means(values), 80, 80, n_draws=400, seed=seed)
        held += found.low <= 1.0 <= found.high
    assert 0.90 <= held / 200 <= 0.98


def test_few_units_and_unknown_values_have_no_interval() -> None:
    values = np.arange(NO_INTERVAL_BELOW, dtype=float)
    few = subsampled_interval(1.0, means(values[:-1]), NO_INTERVAL_BELOW - 1, 50)
    assert (few.mean, few.n) == (1.0, 50)
    assert np.isnan([few.low, few.high]).all()
    assert np.isfinite(subsampled_interval(1.0, means(values), NO_INTERVAL_BELOW, 50).low)
    assert np.isnan(subsampled_interval(float("nan"), means(values), NO_INTERVAL_BELOW, 50).low)


def test_subsets_without_a_value_are_left_out() -> None:
    values = np.random.default_rng(0).normal(size=40)

    def holes(chosen: np.ndarray) -> np.ndarray:
        return np.where(chosen[:, 0], means(values)(chosen), np.nan)

    assert np.isfinite(subsampled_interval(0.0, holes, 40, 40).high)


def test_level_and_seed() -> None:
    values = np.random.default_rng(0).normal(size=40)
    one, two, three = (
        subsampled_interval(0.0, means(values), 40, 40, level=level, seed=seed)
        for level, seed in ((0.95, 0), (0.8, 0), (0.95, 1))
    )
    assert one.high / two.high == pytest.approx(1.959964 / 1.281552, rel=1e-5)
    assert one.high != three.high
    assert one == subsampled_interval(0.0, means(values), 40, 40)
    assert interval_of_variance(2.0, 4.0, 9, 0.95).high == pytest.approx(2 + 2 * 1.959964)


def test_an_unsure_variance_widens_the_interval() -> None:
    known = interval_of_variance(1.0, 4.0, 9, 0.95)
    assert (known.low, known.high) == pytest.approx((1 - 3.92, 1 + 3.92), abs=1e-3)
    # Student's t of 11 degrees: 2.201, of any table.
    unsure = interval_of_variance(1.0, 4.0, 9, 0.95, freedom=11)
    assert unsure.high == pytest.approx(1 + 2 * 2.201, abs=1e-3)
