"""The faithful generator: means against numpy, residual, refusals, length."""

from dataclasses import replace

import helpers
import numpy as np
import pytest
import torch

from silentfoley.errors import CheckpointError, DataError, LabelError, SilentFoleyError
from silentfoley.generators.class_mean import ClassMeanGenerator, tiled
from silentfoley.generators.phases import GriffinLimPhase, NoiseFilterPhase
from silentfoley.perception import Perception
from silentfoley.signal.stft import magnitude
from silentfoley.timegrid import TimeGrid

LABELS = helpers.LABELS


def small(**kwargs) -> ClassMeanGenerator:
    return ClassMeanGenerator(6, LABELS, n_frames=100, hidden=8, phase=GriffinLimPhase(2), **kwargs)


def perception(n: int = 30_001, label: int = 0, width: int = 6, hop: int = 882) -> Perception:
    grid = TimeGrid(n, hop_samples=hop)
    rng = np.random.default_rng(0)
    zeros = np.zeros(grid.n_columns)
    logits = np.eye(3)[label] * 9
    states = rng.standard_normal((grid.n_columns, 2))
    return Perception(grid, LABELS, logits, zeros, zeros, states, rng.standard_normal((grid.n_columns, width - 2)))


def test_means_are_means_over_the_clips_that_have_the_frame():
    long, short = helpers.batch(("clock", "rain"), seed=1), helpers.batch(("clock",), seed=9)
    # The short clip ends after 11 columns: it has 31 fine ones.
    short = replace(short, lengths=torch.tensor([11]))
    generator = small()
    assert generator.fit_class_means([long, short]) == {"clock": 2, "footsteps": 0, "rain": 1}
    a, b = (magnitude(x.audio[0], generator.spec).numpy() for x in (long, short))
    mean = generator.class_means[0].numpy()
    assert np.allclose(mean[:, :31], (a[:, :31] + b[:, :31]) / 2, rtol=1e-4, atol=1e-5)
    assert np.allclose(mean[:, 31:100], a[:, 31:100], rtol=1e-4, atol=1e-5)
    assert generator.class_means[1].isnan().all()


def test_order_and_batching_of_clips_do_not_matter_and_long_means_stay_exact():
    parts = [helpers.batch(("clock",), seed=s) for s in range(4)]
    one, two = small(), small()
    one.fit_class_means(parts)
    two.fit_class_means(parts[::-1] * 50)
    assert torch.allclose(one.class_means[0], two.class_means[0], rtol=1e-5, atol=1e-6)


def test_forgetting_to_fit_is_loud():
    with pytest.raises(CheckpointError, match=r"class mean of clock: was never fitted"):
        small().perform(perception())
    generator = small()
    assert not generator.fitted
    with pytest.raises(DataError, match="hold no audio"):
        generator.fit_class_means([replace(helpers.batch(), audio=torch.zeros(3, 0))])
    with pytest.raises(DataError, match="no clip sounds"):
        generator.fit_class_means([replace(helpers.batch(), silent=torch.ones(3, dtype=torch.bool))])


@pytest.fixture(scope="module")
def fitted():
    generator = small()
    generator.fit_class_means([helpers.batch()])
    return generator


@pytest.mark.parametrize("n", [500, 30_001, 44_100, 90_000])
def test_sound_is_as_long_as_the_clip_and_within_scale(fitted, n):
    made = fitted.perform(perception(n))
    assert made.samples.shape == (1, n)
    assert np.abs(made.samples).max() <= 1


def test_label_seed_and_class(fitted):
    p = perception()
    assert np.array_equal(fitted.perform(p, seed=1).samples, fitted.perform(p, seed=1).samples)
    assert not np.allclose(fitted.perform(p, seed=1).samples, fitted.perform(p, seed=2).samples, atol=1e-4)
    as_rain = fitted.perform(perception(label=2), seed=1).samples
    assert np.array_equal(fitted.perform(p, seed=1, label="rain").samples, as_rain)
    with pytest.raises(LabelError, match="unknown sound class"):
        fitted.perform(p, label="fire")


def test_the_residual_is_in_the_log_and_on_fine_columns(fitted):
    generator = small()
    generator.load_state_dict(fitted.state_dict())
    inputs = torch.randn(1, 20, 6)
    label = torch.tensor([1])
    plain = generator.log_magnitudes(inputs, label, 58)
    assert plain.shape == (1, 513, 58)
    torch.nn.init.constant_(generator.residual[-1].bias, np.log(2))
    assert torch.allclose(generator.log_magnitudes(inputs, label, 58), plain + np.log(2), atol=1e-5)
    torch.nn.init.normal_(generator.residual[-1].weight)
    fine = generator.log_magnitudes(inputs, label, 58)[0] - plain[0]
    assert torch.allclose(fine[:, 3 * 7], generator.residual(inputs[0, 7]), atol=1e-4), "column 7 is fine column 21"


def test_pairs_mask_padding_and_silence(fitted):
    batch = replace(helpers.batch(), lengths=torch.tensor([51, 11, 51]), silent=torch.tensor([False, False, True]))
    pairs = fitted.pairs(batch, batch.sound)
    assert pairs.predicted.shape == pairs.target.shape
    assert pairs.mask.sum(1).tolist() == [pairs.mask.shape[1], 31, 0]


def test_refuses_other_clocks_and_widths(fitted):
    with pytest.raises(SilentFoleyError, match="clock is 44100 Hz with hop 441"):
        fitted.perform(perception(hop=441))
    with pytest.raises(SilentFoleyError, match="has 5 states and sound features, expected 6"):
        fitted.perform(perception(width=5))


def test_means_travel_with_the_checkpoint_and_phase_is_composed(fitted):
    state = fitted.state_dict()
    assert "class_means" in state
    other = ClassMeanGenerator(6, LABELS, n_frames=100, hidden=8, phase=NoiseFilterPhase())
    other.load_state_dict(state)
    assert not np.allclose(other.perform(perception()).samples, fitted.perform(perception()).samples, atol=1e-3)


def test_tiling():
    assert tiled(torch.arange(3), 7).tolist() == [0, 1, 2, 0, 1, 2, 0]
    assert tiled(torch.arange(3), 2).tolist() == [0, 1]
