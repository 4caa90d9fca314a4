"""True peaks against scipy's resampler, and the limiter's promises."""

import numpy as np
import pytest
from scipy.signal import resample_poly

from silentfoley.signal.limiting import limiter_gain, true_peak_db, true_peak_envelope


def test_true_peak_sees_between_samples():
    # A quarter-rate sine sampled 45 degrees off its crests: samples 0.707, true peak 1.
    sine = np.sin(np.pi / 2 * np.arange(400) + np.pi / 4).astype(np.float32)
    assert np.abs(sine).max() == pytest.approx(10 ** (-3.01 / 20), rel=1e-3)
    assert float(true_peak_db(sine[None, 50:-50])[0]) == pytest.approx(0, abs=0.4)
    x = np.random.default_rng(0).standard_normal(600).astype(np.float32)
    reference = np.abs(resample_poly(x, 4, 1)).max()
    assert 10 ** (float(true_peak_db(x)) / 20) == pytest.approx(reference, rel=0.1)
    assert true_peak_envelope(np.zeros((2, 3, 40), dtype=np.float32)).shape == (2, 3, 40)
    assert true_peak_envelope(np.zeros((2, 0), dtype=np.float32)).shape == (2, 0)
    assert float(true_peak_db(np.zeros(10, dtype=np.float32))) == pytest.approx(-120)


def test_true_peaks_lie_where_they_are_read():
    rng = np.random.default_rng(1)
    x = rng.standard_normal(40).astype(np.float32)
    envelope = true_peak_envelope(x)
    # By the definition: a windowed sinc laid over all samples, read at four places of each.
    for i in range(40):
        places = i + np.arange(4) / 4
        reach = places[:, None] - np.arange(40)
        near = (np.arange(40) >= i - 11) & (np.arange(40) <= i + 12)
        kernel = np.sinc(reach) * np.cos(reach / 13 * np.pi / 2) ** 2 * near
        assert envelope[i] == pytest.approx(np.abs(kernel @ x).max(), abs=1e-5)


def test_limiter_holds_the_ceiling_gently_and_leaves_the_rest():
    x = (0.1 * np.random.default_rng(0).standard_normal((2, 20000))).astype(np.float32)
    x[0, 8000:8100] += 2
    gain = limiter_gain(x, ceiling_db=-1, look_samples=256)
    out = x * gain
    assert out.dtype == np.float32
    assert float(true_peak_db(out).max()) < -0.8
    assert float(np.abs(out).max()) <= 10 ** (-1 / 20) + 1e-6
    np.testing.assert_array_equal(gain[:7000], 1)
    np.testing.assert_allclose(gain[9000:], 1)
    assert float(np.abs(np.diff(gain)).max()) < 2 / 256, "it moves slowly"


def test_limiter_does_nothing_below_the_ceiling():
    np.testing.assert_array_equal(limiter_gain(np.full((1, 50), 0.5, dtype=np.float32)), np.ones(50))


@pytest.mark.parametrize("n", [1, 5, 700, 1024, 5000, 13_833])
@pytest.mark.parametrize("look", [1, 7, 256])
def test_limiter_looks_closely_only_where_it_must(n, look):
    rng = np.random.default_rng(n)
    level = np.repeat(rng.choice([0.001, 0.05, 0.3, 0.9], 28), 500)[:n]
    x = (rng.normal(0, 1, (2, n)) * level).astype(np.float32)
    # The plain way: every sample's true peak, a minimum by a loop, a mean by windows.
    needed = np.minimum(10 ** (-1 / 20) / np.maximum(true_peak_envelope(x).max(axis=0), 1e-9), 1).astype(np.float64)
    held = np.array([needed[max(0, i - look) : i + look + 1].min() for i in range(n)])
    ends = np.concatenate([np.repeat(held[:1], look), held, np.repeat(held[-1:], look)])
    plain = np.lib.stride_tricks.sliding_window_view(ends, 2 * look + 1).mean(axis=1)
    gain = limiter_gain(x, -1.0, look)
    np.testing.assert_allclose(gain, plain, atol=1e-6)
    assert (gain[plain == 1] == 1).all()
