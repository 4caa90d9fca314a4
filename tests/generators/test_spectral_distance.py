"""Distances of sounds, and that the energy distance wants noise and no median."""

import pytest
import torch

from silentfoley.generators.spectral_distance import SpectralDistance
from silentfoley.generators.vocoding import log_mel_features


@pytest.fixture(scope="module")
def distance():
    return SpectralDistance(log_mel_features())


def noise(seed: int, level: float = 0.1) -> torch.Tensor:
    return level * torch.randn(4, 8192, generator=torch.Generator().manual_seed(seed))


def test_a_sound_is_no_distance_from_itself(distance):
    x = noise(0)
    assert distance.energy(x, x, x) == pytest.approx(0, abs=1e-6)
    ones = [torch.ones(4)] * 3
    assert distance.between(distance.views(x), distance.views(x), ones) == 0


def test_farther_is_farther(distance):
    x = noise(0)
    near, far = distance.energy(x, noise(1), noise(2)), distance.energy(x, noise(1, 0.3), noise(2, 0.3))
    assert near < far < distance.energy(x, noise(1, 1.0), noise(2, 1.0))


def test_other_noise_is_a_better_answer_to_noise_than_one_spectrum_for_all(distance):
    truth = noise(0)
    # A train of clicks has the flat magnitude that is the median of noise's, twice the same.
    click = torch.zeros(4, 8192)
    click[:, ::32] = 0.1 * 32**0.5
    assert distance.energy(truth, noise(1), noise(2)) < distance.energy(truth, click, click)


def test_it_can_be_descended(distance):
    truth = noise(0)
    level = torch.tensor(0.5, requires_grad=True)
    distance.energy(truth, level * noise(1, 1.0), level * noise(2, 1.0)).backward()
    assert level.grad > 0
