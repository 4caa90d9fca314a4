"""Noise with the correlations of takes."""

import pytest
import torch

from silentfoley.generators.flow_noise import MOST_CARRIED, TOGETHER, coloured_noise, correlations


def takes(n: int = 4) -> list[torch.Tensor]:
    """Three bands, of which two go together, as an autoregression of 0.6."""
    rng = torch.Generator().manual_seed(0)
    mix = torch.tensor([[1.0, 0, 0], [0.8, 0.6, 0], [0, 0, 1]])
    return [coloured_noise(torch.randn(2000, 3, generator=rng), mix, torch.tensor(0.6)) for _ in range(n)]


def test_correlations_are_found_and_made_again():
    mix, carry = correlations(takes())
    assert (mix @ mix.T)[0, 1] == pytest.approx(TOGETHER * 0.8, abs=0.03)
    torch.testing.assert_close((mix @ mix.T).diagonal(), torch.ones(3))
    assert float(carry) == pytest.approx(TOGETHER * 0.6, abs=0.03)
    noise = coloured_noise(torch.randn(4000, 3, generator=torch.Generator().manual_seed(1)), mix, carry)
    again = torch.corrcoef(noise.T)
    assert again[0, 1] == pytest.approx(TOGETHER * 0.8, abs=0.05)
    assert noise.std() == pytest.approx(1, abs=0.03)
    assert noise[:40].std() == pytest.approx(1, abs=0.2), "from the first column on"


def test_noise_in_parts_is_the_noise():
    white, mix, carry = torch.randn(50, 3), torch.eye(3), torch.tensor(0.7)
    whole = coloured_noise(white, mix, carry)
    first = coloured_noise(white[:20], mix, carry)
    torch.testing.assert_close(torch.cat([first, coloured_noise(white[20:], mix, carry, first[-1])]), whole)
    assert coloured_noise(white[:0], mix, carry).shape == (0, 3)


def test_what_never_changes_leaves_some_freedom():
    mix, carry = correlations([torch.ones(10, 2)])
    assert float(carry) <= MOST_CARRIED
    assert mix.diagonal().min() > 0
    assert torch.isfinite(correlations([torch.zeros(3, 2)])[0]).all()
