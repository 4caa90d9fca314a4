"""The generator: shapes, conditions, gradients, sound, refusals, and the way through a model folder."""

import numpy as np
import pytest
import torch
from support.tiny import PERCEIVER_NODE

from silentfoley.cues import CueSheet
from silentfoley.errors import LabelError, SilentFoleyError
from silentfoley.generators.foley_gan import FoleyGan
from silentfoley.generators.foley_gan_blocks import ActionVector, ConditionalNorm, folded
from silentfoley.generators.phases import GriffinLimPhase
from silentfoley.inference.foley import Foley
from silentfoley.perception import Perception
from silentfoley.pretrained import load_foley, save_foley
from silentfoley.registry import build
from silentfoley.timegrid import TimeGrid

LABELS = ("clock", "footsteps", "rain")
D = 5


def small(action: bool = True, **kwargs) -> FoleyGan:
    torch.manual_seed(0)
    reader = ActionVector(D, size=4) if action else None
    return FoleyGan(LABELS, reader, (8, 8, 6, 4), 3, 3, phase=GriffinLimPhase(2), **kwargs).eval()


def perception(n: int = 30_001, label: int = 0, width: int = D, hop: int = 882) -> Perception:
    grid = TimeGrid(n, hop_samples=hop)
    zeros = np.zeros(grid.n_columns)
    states = np.random.default_rng(0).standard_normal((grid.n_columns, width))
    return Perception(grid, LABELS, np.eye(3)[label] * 9, zeros, zeros, states)


@pytest.mark.parametrize("n", [1, 2, 7, 8, 9, 31, 121])
@pytest.mark.parametrize("action", [True, False])
def test_one_row_of_bands_per_column_whatever_the_length(n, action):
    made = small(action)(torch.randn(2, n, D), torch.tensor([0, 2]))
    assert made.shape == (2, n, 64)
    assert torch.isfinite(made).all()


def test_folding_keeps_every_column_and_holds_the_last():
    columns = torch.arange(2 * 5 * 3).reshape(2, 5, 3).float()
    out = folded(columns, 4)
    assert out.shape == (2, 12, 2)
    for t in range(8):
        expected = columns[:, min(t, 4)]
        assert torch.equal(out[:, 3 * (t % 4) : 3 * (t % 4) + 3, t // 4], expected)


def test_every_map_sees_the_actions_of_its_own_columns():
    generator = small()
    inputs = torch.randn(1, 16, D)
    actions = generator.action(inputs)
    conditions = generator._conditions(inputs, torch.zeros(1, 6))
    for n, condition in zip(generator.columns, conditions, strict=True):
        assert condition.shape == (1, 6 + 4 * n, 16 // n)
        for t in range(16):
            own = condition[0, 6 + 4 * (t % n) : 6 + 4 * (t % n) + 4, t // n]
            assert torch.equal(own, actions[0, t])


def test_conditional_norm_by_hand():
    norm = ConditionalNorm(2, 1)
    with torch.no_grad():
        norm.modulate.weight.copy_(torch.tensor([1.0, 0.0, 0.0, 5.0])[:, None, None])
        norm.modulate.bias.zero_()
    maps = torch.tensor([3.0, 1.0]).reshape(1, 2, 1, 1).expand(1, 2, 1, 2)
    # Channels 3 and 1 are 1 and -1 once normed. Condition 0 leaves them; 2 scales the first and shifts the second.
    out = norm(maps, torch.tensor([[[0.0, 2.0]]]))
    assert torch.allclose(out[0, :, 0, 0], torch.tensor([1.0, -1.0]), atol=1e-4)
    assert torch.allclose(out[0, :, 0, 1], torch.tensor([3.0, 9.0]), atol=1e-4)


def test_equal_inputs_differ_by_class_alone():
    generator = small()
    inputs = torch.randn(1, 16, D).repeat(3, 1, 1)

    def made(label):
        return generator(inputs[:1], torch.tensor([label]), torch.Generator().manual_seed(4))

    assert torch.equal(made(1), made(1))
    assert not torch.allclose(made(1), made(2), atol=1e-3)


def test_gradient_reaches_the_action_vector_and_one_column_moves_its_neighbourhood_only():
    generator = small()
    inputs = torch.randn(1, 64, D, requires_grad=True)
    made = generator(inputs, torch.tensor([1]), torch.Generator().manual_seed(0))
    made[0, 40].sum().backward()
    assert generator.action.relation.shrink.weight.grad.abs().sum() > 0
    reach = inputs.grad[0].abs().sum(1).nonzero()[:, 0]
    assert 40 in reach.tolist()
    assert reach.min() > 0, "the clip's start is out of reach"


@pytest.mark.parametrize("n", [1, 500, 30_001, 44_100, 90_000])
def test_sound_is_as_long_as_the_clip_and_within_scale(n):
    generator = small()
    torch.nn.init.constant_(generator.last.bias, 3.0)
    made = generator.perform(perception(n))
    assert made.samples.shape == (1, n)
    assert made.sample_rate_hz == 44_100
    assert np.abs(made.samples).max() <= 1


def test_seed_class_and_label():
    generator, p = small(), perception()
    one = generator.perform(p, seed=1).samples
    assert np.array_equal(one, generator.perform(p, seed=1).samples)
    assert not np.allclose(one, generator.perform(p, seed=2).samples, atol=1e-4)
    as_rain = generator.perform(perception(label=2), seed=1).samples
    assert np.array_equal(generator.perform(p, seed=1, label="rain").samples, as_rain)
    assert not np.allclose(one, as_rain, atol=1e-4)


def test_magnitudes_hold_what_the_features_say():
    generator = small()
    features = torch.full((9, 64), 4.0)
    magnitudes = generator.magnitudes(features, 18)
    assert magnitudes.shape == (1025, 18)
    # Analysed by the true sound's own bank, a flat spectrum comes back as it was.
    power = (magnitudes * (4 / 2048)).square()
    bands = torch.log1p((generator.features.bank @ power).sqrt() / generator.features.floor)
    assert torch.allclose(bands, torch.full_like(bands, 4.0), atol=1e-3)
    assert not generator.magnitudes(torch.full((9, 64), -0.3), 18).any(), "below 0 is silence"


def test_refusals():
    generator = small()
    with pytest.raises(SilentFoleyError, match=r"clock is 44100 Hz with hop 441.*; use 44100 Hz with hop 882"):
        generator.perform(perception(hop=441))
    with pytest.raises(SilentFoleyError, match="has 4 states and sound features, expected 5"):
        generator.perform(perception(width=4))
    with pytest.raises(LabelError, match="unknown sound class"):
        generator.perform(perception(), label="fire")
    assert small(action=False).perform(perception(width=4)).n_samples == 30_001, "class alone reads no states"


def test_a_model_folder_brings_the_same_sound_and_refuses_edited_cues(tmp_path, foley: Foley):
    action = {"kind": "action_vector", "n_inputs": D, "size": 4}
    node = {"kind": "foley_gan", "labels": list(LABELS), "action": action, "widths": [8, 8, 6, 4]}
    generator = build(node).eval()
    torch.nn.init.normal_(generator.action.scale.mean)

    whole = Foley(foley.perceiver, foley.settings, generator, "gan")
    folder = save_foley(
        tmp_path / "gan", name="gan", perceiver=PERCEIVER_NODE, generator=node, foley=whole, card="# GAN", half=False
    )
    loaded = load_foley(folder)
    assert isinstance(loaded.generator, FoleyGan)
    expected = generator.perform(perception(), seed=3).samples
    assert np.array_equal(loaded.generator.perform(perception(), seed=3).samples, expected)
    with pytest.raises(SilentFoleyError, match="cues"):
        loaded.render(CueSheet((), 0.5))
