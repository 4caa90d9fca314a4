import numpy as np
import pytest
from scipy.signal import hilbert

from silentfoley.errors import GridError
from silentfoley.signal.cochleagram import (
    N_BANDS,
    _filters,
    band_centres_hz,
    cochleagram,
    erb_of_hz,
    hz_of_erb,
)

RATE = 22_050


def test_scale_and_its_inverse():
    hz = np.array([0.0, 50.0, 1000.0, 10_000.0])
    np.testing.assert_allclose(hz_of_erb(erb_of_hz(hz)), hz, atol=1e-9)
    # One ERB number around f spans Glasberg and Moore's width, 24.7 + f / 9.265 Hz.
    for f in (100.0, 1000.0, 5000.0):
        slope = (erb_of_hz(f + 0.5) - erb_of_hz(f - 0.5)).item()
        assert 1 / slope == pytest.approx(24.7 + f / 9.265, rel=1e-4)


def test_squared_gains_of_neighbours_sum_to_one():
    gains = _filters(4096, RATE)
    hz = np.arange(2049) * RATE / 4096
    inside = (hz >= 50) & (hz <= 10_000)
    np.testing.assert_allclose((gains**2).sum(axis=0)[inside], 1, atol=1e-12)
    assert gains[:, 0].max() == 0


def test_a_sine_at_a_centre_lies_in_its_band_with_its_amplitude():
    centre = band_centres_hz()[20]
    sine = 0.5 * np.sin(2 * np.pi * centre * np.arange(RATE // 2) / RATE)
    bands = cochleagram(sine, RATE)
    assert bands.shape == (N_BANDS, 45)
    assert bands[:, 22].argmax() == 20
    assert bands[20, 22] == pytest.approx(0.5**0.3, rel=1e-3)


def test_envelope_is_hilbert_s():
    rng = np.random.default_rng(0)
    noise = rng.normal(size=RATE // 10)
    bands = cochleagram(noise, RATE)
    n = 8 * noise.size
    band = np.fft.irfft(np.fft.rfft(noise, n) * _filters(n, RATE)[25], n)
    expected = np.abs(hilbert(band))[: noise.size].reshape(-1, 245).mean(axis=1) ** 0.3
    np.testing.assert_allclose(bands[25], expected, rtol=0.02)


def test_other_rates_are_refused():
    with pytest.raises(GridError, match="cochleagram: 16000 Hz is no rate for it"):
        cochleagram(np.zeros(100), 16_000)
