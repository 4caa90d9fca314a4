"""Noise bands: flat together, apart from each other, read without seams and only forwards."""

import numpy as np
import pytest
import torch

from silentfoley.generators.noise_bank import FADE_SAMPLES, NoiseBank, NoiseReader, band_bins


@pytest.fixture(scope="module")
def bank():
    return NoiseBank(24, loop_samples=16_384)


def test_squares_of_the_bands_sum_to_one(bank):
    n_fft = 65_536
    total = np.zeros(n_fft // 2 + 1)
    for band in range(bank.n_bands):
        first, weights = band_bins(band, bank, n_fft)
        total[first : first + len(weights)] += weights**2
    hz = np.arange(len(total)) * bank.sample_rate_hz / n_fft
    inside = (hz >= bank.low_hz) & (hz <= bank.high_hz)
    assert np.allclose(total[inside], 1, atol=1e-9)
    assert total[hz > 23_000].max(initial=0) == 0


def test_bands_have_unit_level_and_are_independent(bank):
    loops = bank.loops.double()
    gram = loops.T @ loops / len(loops)
    assert torch.allclose(gram.diagonal(), torch.ones(24).double(), atol=1e-5)
    apart = gram - torch.diag(gram.diagonal())
    assert apart.abs().max() < 0.4, "neighbours overlap, but in other phases"
    far = torch.triu(apart, diagonal=2)
    assert far.abs().max() < 1e-5
    assert loops.mean(dim=0).abs().max() < 1e-6


def test_weights_that_make_white_noise_make_it_flat(bank):
    shares = torch.tensor([float((band_bins(b, bank, 16_384)[1] ** 2).sum()) for b in range(24)])
    noise = bank.weighted(shares.sqrt().expand(129, -1), 128, 0).numpy()
    power = np.abs(np.fft.rfft(noise)) ** 2
    octaves = [power[k : 2 * k].mean() for k in (64, 256, 1024, 4096)]
    assert max(octaves) / min(octaves) < 1.3


def test_weighting_is_a_sum_over_bands_of_interpolated_gains(bank):
    gains = torch.rand(5, 24, generator=torch.Generator().manual_seed(0))
    t = np.arange(4 * 32) / 32
    curves = np.stack([np.interp(t, np.arange(5), gains[:, b].numpy()) for b in range(24)], axis=1)
    expected = (curves * bank.loops[100 : 100 + 128].numpy()).sum(axis=1)
    assert np.allclose(bank.weighted(gains, 32, 100).numpy(), expected, atol=1e-5)


def test_nothing_sounds_before_its_gain_rises(bank):
    gains = torch.zeros(9, 24)
    gains[5:] = 1
    made = bank.weighted(gains, 32, 0)
    assert made[: 4 * 32 + 1].abs().max() == 0
    assert made[4 * 32 + 2 :].abs().max() > 0


def test_a_jump_is_no_seam(bank):
    gains = torch.ones(33, 24)
    reader = NoiseReader(bank, torch.Generator().manual_seed(0))
    steady = torch.cat([reader.read(gains, 128, jump=True) for _ in range(4)])
    changes = steady.diff().abs()
    at_seams = changes[[4096 * k - 1 for k in (1, 2, 3)]]
    assert at_seams.max() < changes.quantile(0.999)
    levels = steady.view(-1, FADE_SAMPLES).square().mean(dim=1).sqrt()
    assert levels.max() / levels.min() < 1.35, "the crossfade keeps the power"


def test_places_and_signs_are_drawn(bank):
    one, two, again = (
        NoiseReader(bank, torch.Generator().manual_seed(seed)).read(torch.ones(9, 24), 64) for seed in (0, 1, 0)
    )
    assert torch.equal(one, again)
    assert abs(float(torch.corrcoef(torch.stack([one, two]))[0, 1])) < 0.5
