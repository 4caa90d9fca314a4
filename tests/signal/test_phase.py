"""Phase: Griffin-Lim against librosa and its own promises, noise by its mean, minimum phase by its spectrum."""

import librosa
import numpy as np
import pytest
import torch

from silentfoley.signal.phase import column_responses, griffin_lim, minimum_phase, noise_phase, noise_phase_pieces
from silentfoley.signal.stft import StftSpec, inverse_stft, magnitude, stft

SPEC = StftSpec(512, 128)


def seeded(seed: int) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def chirp(n: int = 8000) -> torch.Tensor:
    t = torch.arange(n, dtype=torch.float64) / 8000
    return torch.sin(2 * torch.pi * (200 * t + 600 * t**2))


def gap(x: torch.Tensor, target: torch.Tensor) -> float:
    return float((magnitude(x, SPEC) - target).norm() / target.norm())


def test_the_true_phase_gives_the_signal_back():
    x = chirp()
    target = stft(x, SPEC)
    again = griffin_lim(target.abs(), SPEC, len(x), n_iterations=5, initial_phase=target.angle())
    assert torch.allclose(again, x, atol=1e-6)


def test_iterations_help_and_reach_what_librosa_reaches():
    x = chirp()
    target = magnitude(x, SPEC)
    gaps = [gap(griffin_lim(target, SPEC, len(x), n_iterations=n, generator=seeded(0)), target) for n in (0, 8, 64)]
    assert gaps[0] > gaps[1] > gaps[2]
    theirs = librosa.griffinlim(
        target.numpy(), n_iter=64, hop_length=128, n_fft=512, random_state=0, pad_mode="constant"
    )
    assert gaps[2] < gap(torch.from_numpy(np.pad(theirs, (0, 8000 - len(theirs)))), target) + 0.05


def test_one_seed_one_result_and_batch_equals_loop():
    x = torch.stack([chirp(2000), chirp(2000).flip(0)])
    target = magnitude(x, SPEC)
    a, b, c = (griffin_lim(target, SPEC, 2000, n_iterations=4, generator=seeded(s)) for s in (1, 1, 2))
    assert torch.equal(a, b)
    assert not torch.allclose(a, c)
    phase = torch.rand_like(target)
    together = griffin_lim(target, SPEC, 2000, n_iterations=4, initial_phase=phase)
    assert torch.allclose(together[1], griffin_lim(target[1], SPEC, 2000, n_iterations=4, initial_phase=phase[1]))


def test_silence_stays_silence():
    zeros = torch.zeros(SPEC.n_bins, 5)
    assert torch.equal(griffin_lim(zeros, SPEC, 600, n_iterations=3), torch.zeros(600))
    assert torch.equal(noise_phase(zeros, SPEC, 600), torch.zeros(600))
    assert torch.equal(minimum_phase(zeros.T), torch.zeros(5, 512))


def test_filtered_noise_has_the_wanted_mean_magnitude():
    wanted = torch.linspace(0.5, 2, SPEC.n_bins)[:, None].expand(-1, 401)
    made = magnitude(noise_phase(wanted, SPEC, 400 * 128, generator=seeded(3)), SPEC)
    ratio = (made.mean(1) / wanted[:, 0])[5:-5]
    assert float((ratio - 1).abs().mean()) < 0.05


@pytest.mark.parametrize("seed", [0, 1])
def test_minimum_phase_keeps_the_spectrum_and_comes_early(seed):
    smooth = torch.exp(torch.cos(torch.linspace(0, 9, 257)) + 0.2 * seed)
    response = minimum_phase(smooth)
    assert torch.allclose(torch.fft.rfft(response).abs(), smooth, rtol=1e-3)
    early = response.square().cumsum(0) / response.square().sum()
    zero_phase = torch.fft.irfft(smooth.to(torch.complex64), n=512)
    shifted = torch.roll(zero_phase, 256).square().cumsum(0)
    assert (early >= shifted / shifted[-1] - 1e-4).all(), "no causal response has more energy earlier"
    assert float(early[32]) > 0.9


def test_each_column_gets_its_own_response():
    spectra = torch.rand(2, 65, 3) + 0.1
    assert torch.allclose(column_responses(spectra)[1, 2], minimum_phase(spectra[1, :, 2]), atol=1e-6)


@pytest.mark.parametrize(("n", "columns"), [(5000, 8), (5000, 16), (128 * 40, 8), (1, 8), (700, 64), (4999, 5)])
def test_pieces_of_filtered_noise_join_to_the_whole(n: int, columns: int) -> None:
    spec = StftSpec(256, 64)
    magnitudes = torch.rand(spec.n_bins, spec.n_columns(n), generator=seeded(1)) + 0.1
    asked: list[range] = []

    def some(wanted: range) -> torch.Tensor:
        asked.append(wanted)
        return magnitudes[:, wanted.start : wanted.stop]

    pieces = list(noise_phase_pieces(some, spec, n, columns, generator=seeded(3)))
    assert all(len(r) <= columns + 2 * 8 + 1 for r in asked), "memory is that of a piece and its margins"
    joined = torch.cat(pieces)
    assert joined.shape == (n,)
    if columns >= spec.n_columns(n):
        assert torch.allclose(joined, noise_phase(magnitudes, spec, n, generator=seeded(3)), atol=1e-6)
    # The same noise, filtered as a whole: it is drawn piece by piece, whatever the generator makes of that.
    noise = _noise_of_pieces(spec, n, columns)
    whole = inverse_stft(stft(noise, spec) * (magnitudes / (torch.pi / 4 * 3 / 8 * 256) ** 0.5), spec, n)
    assert torch.allclose(joined, whole, atol=1e-5)


def _noise_of_pieces(spec: StftSpec, n: int, columns: int) -> torch.Tensor:
    generator, drawn = seeded(3), torch.zeros(0)
    for start in range(0, spec.n_columns(n), columns):
        end = min((start + columns + 8) * spec.hop_samples, n)
        drawn = torch.cat([drawn, torch.randn(end - len(drawn), generator=generator)])
    return drawn
