"""Where things move, of drawn pictures."""

import numpy as np
import pytest

from silentfoley.encoders.motion import MotionReader
from silentfoley.encoders.motion_place import AROUND_S
from silentfoley.timegrid import TimeGrid

GRID = TimeGrid.of_duration(2.0)
TIMES = np.arange(50) / 25


def falls(x: int, width: int = 22) -> np.ndarray:
    """(50, 90, 160) a square falls at ``x`` and stops at 0.48 s and 1.48 s, before a wall that is not quite even."""
    frames = np.broadcast_to(np.random.default_rng(0).integers(80, 100, (90, 160)), (50, 90, 160)).astype(np.uint8)
    frames = frames.copy()
    for i, frame in enumerate(frames):
        y = min((i % 25) * 5, 60)
        frame[y : y + 18, x : x + width] = 220
    return frames


def position(frames: np.ndarray, *cuts: int) -> np.ndarray:
    reader = MotionReader()
    for piece, times in zip(np.split(frames, cuts), np.split(TIMES, cuts), strict=True):
        reader.add(piece, times)
    return reader.position(GRID)


@pytest.mark.parametrize("x", [4, 20, 69, 118, 134])
def test_it_says_where_something_lands(x):
    at = position(falls(x))[round(0.48 * float(GRID.column_rate_hz))]
    assert at == pytest.approx((x + 11) / 80 - 1, abs=0.15)


def test_windows_do_not_matter():
    np.testing.assert_allclose(position(falls(20), 1, 13, 40), position(falls(20)), atol=1e-6)


def test_nothing_moves_nowhere():
    still = np.repeat(falls(20)[:1], 50, axis=0)
    assert not position(still).any()
    noise = np.random.default_rng(0).integers(-2, 3, still.shape)
    assert np.abs(position((still + noise).astype(np.uint8))).max() < 0.1
    assert not MotionReader().position(GRID).any()


def test_long_after_it_is_the_middle_again():
    frames = falls(20)
    frames[13:] = frames[13]
    after = position(frames)[round((0.5 + 2 * AROUND_S) * float(GRID.column_rate_hz)) :]
    assert not after.any()
