"""Onsets of placed clicks, peaks of drawn curves, soft targets."""

import numpy as np
import pytest
import torch
from scipy.signal import find_peaks

from silentfoley.signal.mel import SoundFeatures
from silentfoley.signal.onsets import detect_onsets_s, onset_strength, onset_target, peak_times_s, pick_peaks
from silentfoley.timegrid import TimeGrid

FINE = SoundFeatures(n_mels=40, n_fft=1024, hop_samples=220)


def bursts(times_s, seconds=2.0):
    x = torch.zeros(round(seconds * 44100))
    generator = torch.Generator().manual_seed(0)
    for t in times_s:
        start = round(t * 44100)
        n = min(4000, len(x) - start)
        x[start : start + n] += torch.randn(n, generator=generator) * torch.exp(-torch.arange(n) / 800)
    return x


@pytest.mark.parametrize("times", [[0.3], [0.1, 0.55, 0.8, 1.7], [0.5, 0.62]])
def test_finds_bursts_within_3_ms(times):
    found = detect_onsets_s(bursts(times), FINE)
    assert len(found) == len(times)
    assert np.abs(np.array(found) - times).max() < 0.003


def test_silence_has_none_and_batch_equals_loop():
    assert detect_onsets_s(torch.zeros(5000), FINE) == []
    x = torch.stack([bursts([0.3]), bursts([0.9])])
    assert torch.allclose(onset_strength(x, FINE)[1], onset_strength(x[1:], FINE)[0], atol=1e-6)


def test_peaks_equal_scipy():
    curve = np.random.default_rng(1).random(200)
    for threshold, gap in ((0.0, 1), (0.6, 1), (0.5, 5)):
        reference, _ = find_peaks(np.concatenate([[-1], curve, [-1]]), height=threshold, distance=gap)
        assert np.array_equal(pick_peaks(curve, threshold, gap), reference - 1)


def test_plateaus_edges_and_the_parabola():
    assert pick_peaks(np.array([0, 1, 1, 0.0]), 0.5).tolist() == [1]
    assert pick_peaks(np.array([2, 1, 3.0]), 0.5).tolist() == [0, 2]
    grid = TimeGrid(44100)
    times = grid.column_times_s()
    curve = 1 - (times - 0.507) ** 2
    assert peak_times_s(curve, pick_peaks(curve, 0.9), grid)[0] == pytest.approx(0.507)


def test_target_is_one_at_the_nearest_column_and_falls_off():
    grid = TimeGrid(44100)
    target = onset_target([0.207, 0.5], grid)
    assert target.shape == (grid.n_columns,)
    assert target.dtype == torch.float32
    assert target[10] == target[25] == 1
    assert target[11] > target[9] > target[8] > 0, "the event lies right of column 10"
    assert target[17] < 1e-3
    assert target.max() == 1
    assert not onset_target([], grid).any()
