"""Peaks, true peaks against scipy's resampler, and the limiter's promises."""

import numpy as np
import pytest
import torch
from scipy.signal import resample_poly

from silentfoley.signal.loudness import (
    amplitude_to_db,
    db_to_amplitude,
    limiter_gain,
    peak_db,
    rms_db,
    true_peak_db,
    true_peak_envelope,
)


def test_decibels():
    assert torch.allclose(amplitude_to_db(torch.tensor([1.0, 0.1, 0.0])), torch.tensor([0.0, -20, -120]))
    assert torch.allclose(db_to_amplitude(torch.tensor([0.0, -20])), torch.tensor([1.0, 0.1]))
    sine = torch.sin(2 * torch.pi * torch.arange(4410) / 441)
    assert float(peak_db(sine)) == pytest.approx(0, abs=1e-3)
    assert float(rms_db(sine)) == pytest.approx(-3.01, abs=1e-2)


def test_true_peak_sees_between_samples():
    # A quarter-rate sine sampled 45 degrees off its crests: samples 0.707, true peak 1.
    sine = torch.sin(torch.pi / 2 * torch.arange(400) + torch.pi / 4)
    assert float(peak_db(sine)) == pytest.approx(-3.01, abs=0.01)
    assert float(true_peak_db(sine[None, 50:-50])[0]) == pytest.approx(0, abs=0.4)
    x = np.random.default_rng(0).standard_normal(600)
    reference = np.abs(resample_poly(x, 4, 1)).max()
    assert 10 ** (float(true_peak_db(torch.from_numpy(x).float())) / 20) == pytest.approx(reference, rel=0.1)
    assert true_peak_envelope(torch.zeros(2, 3, 40)).shape == (2, 3, 40)


def test_limiter_holds_the_ceiling_gently_and_leaves_the_rest():
    torch.manual_seed(0)
    x = 0.1 * torch.randn(2, 20000)
    x[0, 8000:8100] += 2
    gain = limiter_gain(x, ceiling_db=-1, look_samples=256)
    out = x * gain
    assert float(true_peak_db(out).max()) < -0.8
    assert float(out.abs().max()) <= 10 ** (-1 / 20) + 1e-6
    assert torch.equal(gain[:7000], torch.ones(7000))
    assert torch.allclose(gain[9000:], torch.ones(11000))
    assert float(gain.diff().abs().max()) < 2 / 256, "it moves slowly"


def test_limiter_does_nothing_below_the_ceiling():
    assert torch.equal(limiter_gain(0.5 * torch.ones(1, 50)), torch.ones(50))


@pytest.mark.parametrize("n", [1, 5, 700, 1024, 5000, 13_833])
@pytest.mark.parametrize("look", [1, 7, 256])
def test_limiter_looks_closely_only_where_it_must(n, look):
    rng = np.random.default_rng(n)
    level = np.repeat(rng.choice([0.001, 0.05, 0.3, 0.9], 28), 500)[:n]
    x = torch.from_numpy(rng.normal(0, 1, (2, n)) * level).float()
    # The plain way: every sample's true peak, a minimum by a loop, a mean by a loop.
    needed = (10 ** (-1 / 20) / true_peak_envelope(x).amax(0).clamp_min(1e-9)).clamp_max(1).double()
    held = torch.stack([needed[max(0, i - look) : i + look + 1].min() for i in range(n)])
    ends = torch.cat([held[:1].expand(look), held, held[-1:].expand(look)])
    plain = ends.unfold(0, 2 * look + 1, 1).mean(1)
    gain = limiter_gain(x, -1.0, look)
    assert torch.allclose(gain.double(), plain, atol=1e-6)
    assert (gain[plain == 1] == 1).all()
