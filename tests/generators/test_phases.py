"""Phase strategies, most of all that the nearest clip is nearest."""

import pytest
import torch

from silentfoley.errors import DataError
from silentfoley.generators.phases import GriffinLimPhase, NearestClipPhase, NoiseFilterPhase
from silentfoley.signal.stft import StftSpec, magnitude

SPEC = StftSpec(256, 64)


def tone(hz: float, n: int = 4000) -> torch.Tensor:
    return torch.sin(2 * torch.pi * hz * torch.arange(n) / 8000)


def rng(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


@pytest.mark.parametrize("strategy", [GriffinLimPhase(4), NoiseFilterPhase()])
def test_length_seed_and_energy(strategy):
    target = magnitude(tone(500), SPEC)
    a, b, c = (strategy(target, SPEC, 4000, "clock", rng(s)) for s in (0, 0, 1))
    assert a.shape == (4000,)
    assert torch.equal(a, b)
    assert not torch.allclose(a, c, atol=1e-3)
    assert 0.3 < float(a.square().sum() / tone(500).square().sum()) < 3


def test_the_nearest_clip_of_the_class_gives_its_phase():
    clips = [("clock", tone(1500)), ("clock", tone(500)), ("rain", tone(520))]
    strategy = NearestClipPhase(clips, NoiseFilterPhase(), n_iterations=0)
    out = strategy(magnitude(tone(500), SPEC), SPEC, 4000, "clock", rng())
    assert torch.allclose(out, tone(500), atol=1e-4)


def test_short_clips_go_round_and_unknown_classes_fall_back():
    strategy = NearestClipPhase([("clock", tone(500, 1000))], NoiseFilterPhase())
    target = magnitude(tone(500), SPEC)
    assert strategy(target, SPEC, 4000, "clock", rng()).shape == (4000,)
    assert torch.equal(
        strategy(target, SPEC, 4000, "fire", rng()), NoiseFilterPhase()(target, SPEC, 4000, "fire", rng())
    )
    with pytest.raises(DataError, match="there are no clips"):
        NearestClipPhase([], NoiseFilterPhase())
