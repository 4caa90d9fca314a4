"""Sound under sound, against the sum worked out whole."""

from __future__ import annotations

import numpy as np
import pytest

from silentfoley.media.audio import resample
from silentfoley.media.mixing import Mixed, even
from silentfoley.waveform import BLOCK_SAMPLES, Waveform

RATE_HZ = 8000


def noise(n: int, channels: int = 1, seed: int = 0, rate_hz: int = RATE_HZ) -> Waveform:
    samples = np.random.default_rng(seed).uniform(-0.4, 0.4, (channels, n)).astype(np.float32)
    return Waveform(samples, rate_hz)


def whole(mix: Mixed) -> np.ndarray:
    return np.concatenate(list(mix.blocks()), axis=1)


@pytest.mark.parametrize(("n_top", "n_under"), [(500, 300), (300, 500), (BLOCK_SAMPLES + 7, 2 * BLOCK_SAMPLES)])
def test_as_long_as_the_longer_and_as_loud_as_told(n_top: int, n_under: int) -> None:
    top, under = noise(n_top), noise(n_under, seed=1)
    mix = Mixed(top, under, -20.0)
    n = max(n_top, n_under)
    assert (mix.n_samples, mix.sample_rate_hz) == (n, RATE_HZ)
    padded = [np.pad(w.samples, ((0, 0), (0, n - w.n_samples))) for w in (top, under)]
    np.testing.assert_allclose(whole(mix), padded[0] + 0.1 * padded[1], atol=1e-6)
    np.testing.assert_array_equal(whole(mix), whole(mix), err_msg="every reading begins anew")


WIDTHS = [(1, 1, 1), (2, 1, 2), (1, 2, 2), (2, 2, 2), (1, 6, 2), (2, 6, 2)]


@pytest.mark.parametrize(("top", "under", "channels"), WIDTHS)
def test_as_wide_as_the_wider_two_at_most(top: int, under: int, channels: int) -> None:
    above, below = noise(200, top), noise(200, under, seed=1)
    got = whole(Mixed(above, below, 0.0))
    assert got.shape == (channels, 200)
    low = below.samples if under <= 2 else below.samples.mean(axis=0, keepdims=True)
    np.testing.assert_allclose(got, np.broadcast_to(above.samples, (channels, 200)) + low, atol=1e-6)


def test_the_lower_sound_takes_the_upper_one_s_rate() -> None:
    top, under = noise(4000), noise(2 * 4410, seed=1, rate_hz=4410)
    mix = Mixed(top, under, 0.0)
    assert (mix.sample_rate_hz, mix.n_samples) == (RATE_HZ, 16_000)
    want = resample(under, RATE_HZ).samples
    want[:, :4000] += top.samples
    np.testing.assert_allclose(whole(mix), want, atol=1e-4)


def test_uneven_blocks_become_even() -> None:
    parts = [np.full((1, n), i, dtype=np.float32) for i, n in enumerate((3, 0, 5, 10, 1))]
    found = list(even(iter(parts), 4))
    assert [b.shape[1] for b in found] == [4, 4, 4, 4, 3]
    np.testing.assert_array_equal(np.concatenate(found, axis=1), np.concatenate(parts, axis=1))
    assert list(even(iter([np.zeros((1, 0), np.float32)]), 4)) == []
