"""What noise bands begin with is near their lessons, and a step brings them nearer."""

import numpy as np
import pytest
import torch
from noise_band_helpers import small_learner

from silentfoley.data.lesson_datamodule import BalancedBatches, LessonBatch
from silentfoley.data.lessons import Lesson
from silentfoley.errors import CheckpointError, DataError
from silentfoley.generators.band_levels import band_levels
from silentfoley.generators.noise_band_losses import power_distance, sliced_distance, spectral_loss
from silentfoley.generators.noise_bank import NoiseBank
from silentfoley.generators.texture_voice import PULSES, TEXTURE_HOP, NoiseInputs, pulse_moments
from silentfoley.labels import LABELS

RATE = 44_100


def test_band_levels_find_what_a_bank_was_given():
    bank = NoiseBank(16)
    gains = torch.linspace(-4, 1, 16).exp()
    made = bank.weighted(gains.expand(257, -1), 128, 0).numpy()
    found = band_levels(made, bank, np.array([0.4]), np.array([0.5]))[0]
    # Neighbours overlap, so a band hears a little of the next, louder one.
    assert np.allclose(found, gains.log().numpy(), atol=0.35)


def test_band_levels_see_when_a_click_comes():
    click = np.zeros(RATE // 4)
    click[5000] = 1
    times = np.arange(1000, 10_000, 64) / RATE
    found = band_levels(click, NoiseBank(16), times, np.full(len(times), 64 / RATE))
    assert np.all(np.abs(times[found[:, 8:].argmax(axis=0)] - 5000 / RATE) < 64 / RATE)


def test_noises_and_pulses_have_unit_variance_and_their_moments():
    frames_hz = RATE / TEXTURE_HOP
    inputs = NoiseInputs(4, frames_hz, torch.Generator().manual_seed(0))
    parts = [inputs.next(n) for n in (30_000, 1, 29_999)]
    noises, pulses = (torch.cat(p).double() for p in zip(*parts, strict=True))
    assert torch.allclose(noises.std(dim=0), torch.ones(4, 6).double(), atol=0.15)
    for k, (rate_hz, decay_s) in enumerate(PULSES):
        m = pulse_moments(rate_hz, decay_s, frames_hz)
        assert pulses[:, k].mean() == pytest.approx(0, abs=0.1)
        assert pulses[:, k].std() == pytest.approx(1, abs=0.15)
        skewness = float((pulses[:, k] ** 3).mean())
        assert skewness == pytest.approx(m.third / m.variance**1.5, rel=0.35)


def test_the_power_distance_hears_rare_cracks_that_mean_levels_do_not():
    quiet = torch.full((400, 6), -3.0)
    cracks = quiet.clone()
    cracks[::100] += 3.0
    assert (cracks - quiet).mean() == pytest.approx(0.03)
    # Four frames in 400 of e^3 times the amplitude.
    assert power_distance(cracks, quiet) == pytest.approx(0.5 * np.log(0.99 + 0.01 * np.exp(6)), rel=1e-4)
    assert power_distance(cracks, cracks) == 0


def test_the_sliced_distance_tells_pulses_from_noise_of_the_same_variance():
    inputs = NoiseInputs(1, RATE / TEXTURE_HOP, torch.Generator().manual_seed(0))
    pulses = [inputs.next(400)[1][:, 3:4].expand(-1, 16) for _ in range(2)]
    noise = inputs.next(400)[0][:, 0, 2:3].expand(-1, 16)
    rng = [torch.Generator().manual_seed(1) for _ in range(2)]
    assert sliced_distance(pulses[0], pulses[1], rng[0]) < 0.7 * sliced_distance(pulses[0], noise, rng[1])


def test_the_spectral_loss_is_nothing_for_the_same_and_sees_a_late_attack():
    sound = torch.randn(4410, generator=torch.Generator().manual_seed(0)) * torch.exp(-torch.arange(4410) / 500)
    late = torch.nn.functional.pad(sound, (441, 0))[:4410]
    assert spectral_loss(sound, sound) == 0
    assert spectral_loss(sound, late) > spectral_loss(sound, -sound) + 0.3


def test_codes_begin_near_their_lessons():
    learner, taught = small_learner(("gunshot",), n=4, n_takes=4)
    g = learner.performer
    target = learner._hit_target(taught[0])
    condition = torch.zeros(1, 8)
    ones = torch.full((1, len(target.times_s)), taught[0].strength)
    with torch.no_grad():
        own, other = (
            (g.hit.log_levels(target.times_s, ones, g.book.codes[i][None], condition)[0] - target.log_levels)
            .abs()
            .mean()
            for i in (0, 1)
        )
    assert own < 0.75
    assert own < other


@pytest.mark.parametrize("label", ["clock", "fire"])
def test_steps_lower_the_loss(label):
    learner, taught = small_learner((label,), n=2, n_takes=2)
    learner.train()
    batch = next(iter(BalancedBatches(taught, 2, 1, 0)))
    optimiser = torch.optim.Adam(learner.parameters(), lr=5e-3)
    losses = []
    for _ in range(12):
        optimiser.zero_grad()
        loss = learner.loss(batch)
        loss.backward()
        optimiser.step()
        losses.append(float(loss.detach()))
    assert losses[-1] < 0.97 * losses[0]


def test_a_lesson_without_a_code_is_judged_by_the_nearest_takes():
    learner, taught = small_learner(("clock", "rain"), n=2, n_takes=4)
    batch = next(iter(BalancedBatches(taught, 4, 1, 0)))
    strangers = type(batch)(batch.lessons, (99,) * 4, batch.seed)
    with torch.no_grad():
        assert learner.loss(strangers) == learner.loss(batch)


@pytest.mark.parametrize("n", [1, 352, 2000, 3968])
def test_a_texture_of_a_moment_can_be_learned_from(n):
    learner, taught = small_learner(("rain",), n=1, n_takes=4)
    short = Lesson("rain", taught[0].samples[10_000 : 10_000 + n], 0, 1.0, None, None)
    learner.prepare([*taught, short])
    assert len(learner._texture_target(short)) == 24
    batch = LessonBatch((short,), (1,), 0)
    assert torch.isfinite(learner.train().loss(batch))


def test_lessons_of_before_are_forgotten():
    learner, taught = small_learner(("clock", "rain"), n=2, n_takes=8)
    book = learner.performer.book
    learner.prepare([x for x in taught if x.label == "clock"])
    assert len(book.of(LABELS.index("clock"))) == 2
    with pytest.raises(CheckpointError, match="noise bands of rain: were never learned"):
        book.need(LABELS.index("rain"), "rain")


def test_too_many_lessons_are_refused():
    learner, taught = small_learner(("clock",), n=2, n_takes=2)
    with pytest.raises(DataError, match="3 takes for 2 codes"):
        learner.prepare([*taught, Lesson("clock", taught[0].samples, 0, 1.0, None, None)])


def test_long_term_levels_count_in_the_loss_of_textures():
    quiet = torch.full((400, 32), -3.0)
    cracks = quiet.clone()
    cracks[::100] += 3.0
    learner, _ = small_learner()
    one = [learner._apart(cracks, quiet, torch.Generator().manual_seed(0))]
    learner.power_weight = 0.0
    one.append(learner._apart(cracks, quiet, torch.Generator().manual_seed(0)))
    assert float(one[0] - one[1]) == pytest.approx(0.5 * float(power_distance(cracks, quiet)), rel=1e-4)
