"""The vocoder: its inverse STFT, its noise, its steps, and long sounds in pieces."""

import numpy as np
import pytest
import torch
from einops import rearrange

from silentfoley.generators.vocoder import Spectra, Vocoder, synthesise, unit_noise
from silentfoley.generators.vocoding import GriffinLim, MelToBins, log_mel_features, vocode_pieces
from silentfoley.signal.mel import mel_edges_hz
from silentfoley.signal.stft import StftSpec, stft

HOP = 256


def small_vocoder(shaken: float = 0.0) -> Vocoder:
    torch.manual_seed(0)
    made = Vocoder(dim=16, hidden=24, n_blocks=2).eval()
    if shaken:
        for parameter in made.parameters():
            torch.nn.init.normal_(parameter, std=shaken)
    return made


def noise_of(columns: int, seed: int = 0, batch: int = 1) -> torch.Tensor:
    return torch.randn(batch, (columns - 1) * HOP, generator=torch.Generator().manual_seed(seed))


def test_the_last_step_is_an_inverse_stft():
    spec = StftSpec(1024, HOP)
    audio = torch.randn(2, 20 * HOP, generator=torch.Generator().manual_seed(3))
    spectrum = stft(audio, spec)
    log_magnitude = rearrange((spectrum.abs() * 4 / spec.n_fft).clamp_min(1e-12).log(), "b f t -> b t f")
    out = synthesise(log_magnitude, rearrange(spectrum.angle(), "b f t -> b t f"), spec)
    want = torch.istft(spectrum, 1024, HOP, window=torch.hann_window(1024), length=20 * HOP)
    torch.testing.assert_close(out, want, atol=1e-4, rtol=1e-4)
    torch.testing.assert_close(out, audio, atol=1e-4, rtol=1e-4)


def test_a_batch_is_its_members():
    vocoder, log_mel, noise = small_vocoder(0.1), 4 * torch.rand(3, 12, 80), noise_of(12, batch=3)
    whole = vocoder(log_mel, noise)
    assert whole.shape == (3, 11 * HOP)
    for i in range(3):
        torch.testing.assert_close(vocoder(log_mel[i : i + 1], noise[i : i + 1])[0], whole[i], atol=1e-4, rtol=1e-4)


def test_untrained_it_is_noise_of_the_colour_asked_for():
    vocoder = small_vocoder()
    n = 200 * HOP
    pink = torch.fft.irfft(torch.fft.rfft(noise_of(201, 1)) / torch.arange(1, n // 2 + 2).sqrt(), n)
    wanted = vocoder.features(10 * pink)
    made = vocoder.features(vocoder(wanted, noise_of(201, 2)))
    # Without bands narrower than a bin, which no interpolation brings back.
    assert (made - wanted)[:, 4:-4, 16:].mean().abs() < 0.25
    assert (made.mean(dim=1) - wanted.mean(dim=1))[:, 16:].abs().max() < 0.5


def test_noise_has_unit_power_and_no_sound_an_offset():
    spec = StftSpec(1024, HOP)
    assert unit_noise(noise_of(200), spec)[:, 4:-4].abs().square().mean() == pytest.approx(1.0, rel=0.05)
    vocoder = small_vocoder()
    nothing = torch.full((1, 20, 513), -30.0)
    offset = nothing.clone()
    offset[..., 0] = 0.0
    silent = Spectra(offset, torch.zeros_like(offset), offset, torch.zeros(1, 20, 8))
    assert vocoder.sound(silent, noise_of(20)).abs().max() < 1e-6


def test_steps_within_a_column_begin_a_sound_faster_than_a_window_does():
    vocoder = small_vocoder()
    flat = vocoder.spectra(torch.full((1, 24, 80), 6.0))
    level = torch.full((1, 24 * vocoder.n_steps), -4.0)
    level[:, 96:] = 0.0
    out = vocoder.sound(flat._replace(log_level=rearrange(level, "b (t e) -> b t e", e=vocoder.n_steps)), noise_of(24))
    power = out[0].square()
    # Step 96 is the first of column 12, half a column before its centre; lines join steps 32 samples apart.
    onset = 12 * HOP - HOP // 2
    assert power[onset - 400 : onset - 20].mean() < 2e-3 * power[onset + 20 : onset + 400].mean()
    even = vocoder.sound(flat._replace(log_level=torch.zeros_like(flat.log_level)), noise_of(24))
    torch.testing.assert_close(even[0, onset + 20 :], out[0, onset + 20 :])


def test_bins_lie_on_lines_between_bands():
    features = log_mel_features()
    to_bins = MelToBins(features)
    assert to_bins.weights.sum(dim=0).numpy() == pytest.approx(np.ones(513))
    assert to_bins(torch.full((80,), 5.0)).numpy() == pytest.approx(np.log(np.expm1(5.0) * 1e-4), abs=1e-3)
    centres = mel_edges_hz(80, 40.0, 20_000.0)[1:-1]
    line = np.log1p(np.exp(-2 - centres / 5000) / 1e-4)
    hz = np.arange(513) * (44_100 / 1024)
    inside = (hz > centres[0]) & (hz < centres[-1])
    assert to_bins(torch.from_numpy(line).float()).numpy()[inside] == pytest.approx(-2 - hz[inside] / 5000, abs=0.05)
    silence = to_bins(torch.zeros(80))
    assert np.exp(silence.max().item()) < 1e-5


@pytest.mark.parametrize("kind", ["vocoder", "griffin_lim"])
@pytest.mark.parametrize("sizes", [(90,), (40, 50), (7, 1, 30, 2, 50)])
def test_pieces_are_the_whole(kind, sizes):
    made = small_vocoder(0.05) if kind == "vocoder" else GriffinLim(log_mel_features(), 2)
    columns = 5 * torch.rand(90, 80, generator=torch.Generator().manual_seed(5))
    rng = torch.Generator().manual_seed(9)
    pieces = list(vocode_pieces(made, columns.split(sizes), HOP, made.reach, rng))
    # Noise is drawn as windows come, so the whole is sounded from the same draws.
    rng, noise, done = torch.Generator().manual_seed(9), [], 0
    for size in sizes:
        done += size
        noise.append(torch.randn((done - 1) * HOP - sum(map(len, noise)), generator=rng))
    whole = made(columns[None], torch.cat(noise)[None])[0]
    assert torch.cat(pieces).shape == (89 * HOP,)
    torch.testing.assert_close(torch.cat(pieces), whole, atol=1e-4, rtol=0)


def test_griffin_lim_keeps_the_magnitudes():
    features = log_mel_features()
    tone = torch.sin(2 * torch.pi * 1500 * torch.arange(60 * HOP) / 44_100)[None] * 0.5
    wanted = features(tone)
    made = features(GriffinLim(features, 30)(wanted, noise_of(61)))
    assert (made - wanted)[:, 4:-4].abs().mean() < 0.6
    assert made[:, 30].argmax() == wanted[:, 30].argmax()
