"""Strikes read window by window are those of the whole clip."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from silentfoley.encoders.features import ThumbnailFeatures
from silentfoley.encoders.moment_cnn import MomentCNN, MomentFeatures
from silentfoley.encoders.strikes import HITS, N_ANSWERS, N_LABELS, MomentStrikes, standing_out
from silentfoley.labels import LABELS
from silentfoley.timegrid import TimeGrid


@pytest.fixture(scope="module")
def strikes():
    torch.manual_seed(0)
    return MomentStrikes(width=4).eval()


def frames(times_s):
    rng = np.random.default_rng(1)
    return rng.integers(0, 256, (len(times_s), 64, 64), dtype=np.uint8)


def whole(strikes, grey, times_s, grid):
    """The extractor's answers on all pictures at once."""
    pictures = np.round(ThumbnailFeatures()(grey, times_s, grid)[:, 1] * 255).astype(np.uint8)
    features = MomentFeatures.__new__(MomentFeatures)
    features.network = strikes.network
    # Sums of sigmoids blend between moments; every second column is a moment.
    said = features.of_pictures(pictures)[::2, -N_ANSWERS:]
    return (1 / (1 + np.exp(-said[:, list(HITS)]))).sum(1)


@pytest.mark.parametrize(
    "times_s",
    [np.arange(60) / 25, np.arange(50) / 15 + 0.2, np.cumsum(np.random.default_rng(2).uniform(0.01, 0.2, 40))],
    ids=["25 fps", "15 fps, late start", "variable"],
)
@pytest.mark.parametrize("cuts", [[], [1, 2, 30], [32]])
def test_windows_give_what_the_whole_clip_gives(strikes, times_s, cuts):
    grid, grey = TimeGrid.of_duration(float(times_s[-1]) + 0.04), frames(times_s)
    reader = strikes.reader(grid)
    for part, part_s in zip(np.split(grey, cuts), np.split(times_s, cuts), strict=True):
        reader.add(part, part_s)
    curve = reader.curve()
    assert curve.shape == (grid.n_columns,)
    assert np.abs(curve[::2] - whole(strikes, grey, times_s, grid)).max() < 1e-5


def test_one_frame_and_no_frame(strikes):
    grid = TimeGrid.of_duration(0.5)
    reader = strikes.reader(grid)
    assert not reader.curve().any()
    reader.add(frames([0.0]), np.zeros(1))
    curve = reader.curve()
    assert curve.shape == (grid.n_columns,)
    assert np.ptp(curve) < 1e-6


def test_memory_is_that_of_a_window(strikes):
    reader = strikes.reader(TimeGrid.of_duration(20))
    for start in range(0, 500, 32):
        reader.add(frames(range(32)), (start + np.arange(32)) / 25)
    assert len(reader._pictures) < 80


def test_the_answers_counted_are_strikes_of_forward_sounding_hits():
    assert MomentCNN(4, N_ANSWERS).n_features == 32 + N_ANSWERS
    assert [LABELS[i - 5 * N_LABELS] for i in HITS] == [
        x for x in LABELS if x not in ("car", "fire", "rain", "waterfall")
    ]


def test_a_curve_stands_out_in_its_own_units_and_a_flat_one_does_not():
    curve = np.full(1000, 0.2, dtype=np.float32)
    curve[::50] = 0.6
    assert standing_out(curve).max() == pytest.approx(40, rel=1e-3)
    assert standing_out(10 * (curve - 0.2)).max() == pytest.approx(400, rel=1e-3)
    assert not standing_out(np.full(9, 0.4, dtype=np.float32)).any()
    assert standing_out(np.linspace(0, 1, 101, dtype=np.float32)).max() == pytest.approx(1 / 0.95, abs=0.06)
