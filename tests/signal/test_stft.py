"""The transform against scipy, its exact inverse, and its columns against the grid."""

import numpy as np
import pytest
import torch
from scipy import signal

from silentfoley.errors import GridError
from silentfoley.signal.stft import StftSpec, inverse_stft, magnitude, stft
from silentfoley.timegrid import TimeGrid

SPECS = [StftSpec(2048, 882), StftSpec(1024, 294), StftSpec(64, 16)]


def noise(*shape: int, seed: int = 0) -> torch.Tensor:
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)


@pytest.mark.parametrize("spec", SPECS)
def test_equals_scipy(spec):
    x = noise(4410)
    window = signal.get_window("hann", spec.n_fft, fftbins=True)
    padded = np.pad(x.numpy(), spec.n_fft // 2)
    starts = range(0, spec.n_columns(4410) * spec.hop_samples, spec.hop_samples)
    reference = np.stack([np.fft.rfft(window * padded[s : s + spec.n_fft]) for s in starts], axis=1)
    assert np.allclose(stft(x, spec).numpy(), reference, atol=1e-9)


@pytest.mark.parametrize("spec", SPECS)
@pytest.mark.parametrize("n_samples", [1, 15, 16, 881, 882, 883, 5000])
def test_round_trip_has_exact_length(spec, n_samples):
    x = noise(2, n_samples)
    spectrum = stft(x, spec)
    assert spectrum.shape == (2, spec.n_bins, spec.n_columns(n_samples))
    assert torch.allclose(inverse_stft(spectrum, spec, n_samples), x, atol=1e-9)


def test_columns_are_those_of_the_grid():
    grid = TimeGrid(44100).refine(3)
    spec = StftSpec.on(grid, 1024)
    assert spec.n_columns(grid.n_samples) == grid.n_columns
    click = torch.zeros(grid.n_samples)
    click[10 * grid.hop_samples] = 1
    assert int(magnitude(click, spec).sum(0).argmax()) == 10


def test_batch_equals_loop():
    x = noise(2, 3, 1000)
    together = stft(x, SPECS[2])
    assert torch.equal(together[1, 2], stft(x[1, 2], SPECS[2]))
    torch.testing.assert_close(
        inverse_stft(together, SPECS[2], 1000)[0, 1], inverse_stft(together[0, 1], SPECS[2], 1000), atol=1e-12, rtol=0
    )


def test_refuses_what_does_not_fit():
    with pytest.raises(GridError, match=r"n_fft: 1023 is not a positive even number"):
        StftSpec(1023, 100)
    with pytest.raises(GridError, match=r"600 is outside \[1, 512\]"):
        StftSpec(1024, 600)
    with pytest.raises(GridError, match=r"holds \(33, 3\) .* expected \(33, 7\)"):
        inverse_stft(torch.zeros(33, 3, dtype=torch.complex64), SPECS[2], 100)
