"""Onsets in units of what is near."""

from __future__ import annotations

import numpy as np
import pytest

from silentfoley.decode import find_peaks
from silentfoley.encoders.motion import MOTION_FEATURES
from silentfoley.encoders.motion_local import NEAR_S, local_onsets
from silentfoley.timegrid import TimeGrid

GRID = TimeGrid.of_duration(20)
RATE_HZ = float(GRID.column_rate_hz)


def features(strikes: dict[float, float], flashes: dict[float, float] | None = None, noise: float = 0.0) -> np.ndarray:
    """(T, 28) with strikes and flashes of given heights at given seconds."""
    values = np.zeros((GRID.n_columns, len(MOTION_FEATURES)), dtype=np.float32)
    values += noise * np.random.default_rng(0).random(values.shape, dtype=np.float32)
    for name, events in (("strike", strikes), ("flash", flashes or {})):
        for time_s, height in events.items():
            values[round(time_s * RATE_HZ), MOTION_FEATURES.index(name)] = height
    return values


def times_s(onsets: np.ndarray) -> np.ndarray:
    return find_peaks(np.minimum(onsets / 3, 1), 0.0, 0.4 / 3) / RATE_HZ


def test_a_quiet_shot_is_not_drowned_by_a_lively_one() -> None:
    quiet, lively = dict.fromkeys((2.0, 3.0, 4.0), 0.1), dict.fromkeys((14.0, 15.0, 16.0), 1.0)
    onsets = local_onsets(features({**quiet, **lively}), GRID)
    np.testing.assert_allclose(times_s(onsets), [2, 3, 4, 14, 15, 16], atol=0.02)


def test_beside_what_is_high_the_low_does_not_count() -> None:
    beside, far = NEAR_S / 3, 3 * NEAR_S
    found = times_s(local_onsets(features({10.0: 1.0, 10.0 - beside: 0.2, 10.0 + far: 0.2}), GRID))
    assert np.abs(found - 10.0).min() < 0.02
    assert np.abs(found - (10.0 - beside)).min() > 0.5


def test_stillness_is_not_blown_up() -> None:
    loud = {float(t): 1.0 for t in range(12, 19)}
    # Noise in strikes alone: light that is nothing but noise is its own unit.
    values = features(loud)
    values[:, MOTION_FEATURES.index("strike")] += 0.02 * np.random.default_rng(0).random(GRID.n_columns)
    onsets = local_onsets(values, GRID)
    assert onsets[: round(8 * RATE_HZ)].max() < 0.3
    np.testing.assert_allclose(times_s(onsets), sorted(loud), atol=0.02)


def test_size_does_not_matter() -> None:
    values = features({3.0: 0.5, 9.0: 0.7, 9.4: 0.2}, {6.0: 0.4}, noise=0.02)
    np.testing.assert_allclose(local_onsets(7 * values, GRID), local_onsets(values, GRID), rtol=1e-4, atol=1e-6)


def test_light_counts_half() -> None:
    onsets = local_onsets(features({10.0: 1.0}, {11.0: 1.0}), GRID)
    strike, flash = (onsets[round(t * RATE_HZ)] for t in (10.0, 11.0))
    assert flash == pytest.approx(strike / 2, rel=0.05)


def test_highest_near_is_about_one_and_nothing_is_none() -> None:
    assert local_onsets(features({t + 0.5: 1.0 for t in range(19)}), GRID).max() == pytest.approx(1, abs=0.05)
    still = local_onsets(features({}), GRID)
    assert still.dtype == np.float32
    assert still.shape == (GRID.n_columns,)
    assert not still.any()


@pytest.mark.parametrize("duration_s", [0.02, 0.1, 1.0])
def test_clips_shorter_than_what_is_near(duration_s: float) -> None:
    grid = TimeGrid.of_duration(duration_s)
    values = np.random.default_rng(1).random((grid.n_columns, len(MOTION_FEATURES)), dtype=np.float32)
    assert np.isfinite(local_onsets(values, grid)).all()
