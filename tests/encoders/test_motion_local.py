"""Onsets in units of what is near."""

from __future__ import annotations

import numpy as np
import pytest

from silentfoley.decode import find_peaks
from silentfoley.encoders.motion import MOTION_FEATURES, motion_onsets
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
    return find_peaks(np.minimum(onsets / 4, 1), 0.0, 0.125) / RATE_HZ


def test_a_quiet_shot_is_not_drowned_by_a_lively_one() -> None:
    values = features({**dict.fromkeys((2.0, 3.0, 4.0), 0.03), **dict.fromkeys((14.0, 15.0, 16.0), 1.0)})
    np.testing.assert_allclose(times_s(local_onsets(values, GRID)), [2, 3, 4, 14, 15, 16], atol=0.02)
    squashed = motion_onsets(values, GRID)
    assert times_s(squashed / (1 - squashed)).min() > 13


@pytest.mark.parametrize("duration_s", [0.02, 0.1, 1.0, NEAR_S - 0.1])
def test_what_is_all_near_is_in_units_of_the_clip(duration_s: float) -> None:
    grid = TimeGrid.of_duration(duration_s)
    values = np.random.default_rng(1).random((grid.n_columns, len(MOTION_FEATURES)), dtype=np.float32)
    squashed = motion_onsets(values, grid).astype(np.float64)
    np.testing.assert_allclose(local_onsets(values, grid), squashed / (1 - squashed), rtol=1e-3)


def test_what_is_far_does_not_matter() -> None:
    near = features({4.0: 1.0}, noise=0.05)
    far = near.copy()
    far[round(17 * RATE_HZ)] = 30.0
    reached = round((4 * NEAR_S - 20 + 1) * RATE_HZ)
    np.testing.assert_allclose(local_onsets(far, GRID)[:reached], local_onsets(near, GRID)[:reached], rtol=1e-4)


def test_size_does_not_matter() -> None:
    values = features({3.0: 0.5, 9.0: 0.7, 9.4: 0.2}, {6.0: 0.4}, noise=0.02)
    np.testing.assert_allclose(local_onsets(7 * values, GRID), local_onsets(values, GRID), rtol=1e-3, atol=1e-6)


def test_nothing_is_none() -> None:
    still = local_onsets(features({}), GRID)
    assert still.dtype == np.float32
    assert still.shape == (GRID.n_columns,)
    assert not still.any()
