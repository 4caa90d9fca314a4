"""Sound of the stage: placement, envelopes, independence of cues."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from silentfoley.bank.source import Strike
from silentfoley.cues import Cue, CueSheet
from silentfoley.errors import DataError, LabelError
from silentfoley.generators.procedural import ProceduralGenerator
from silentfoley.labels import LABELS, TEXTURES
from silentfoley.stage.act import ActPlan, Event
from silentfoley.stage.sound import CEILING, limit, perform, perform_cues

RATE = 44_100


def _plan(label: str, **changes) -> ActPlan:
    if label in TEXTURES:
        plan = ActPlan(label, 1.5, (Event(0.0, duration_s=1.5),), np.linspace(0, 1, 30))
    else:
        plan = ActPlan(label, 1.5, (Event(0.2, 1.0), Event(0.6, 0.5), Event(1.0, 0.8)))
    return replace(plan, **changes)


@pytest.mark.parametrize("label", LABELS)
def test_length_ceiling_and_determinism(label):
    one = perform(_plan(label), seed=3)
    assert one.shape == (66_150,)
    assert one.dtype == np.float32
    assert 0.05 < np.abs(one).max() <= CEILING
    assert np.array_equal(one, perform(_plan(label), seed=3))
    assert not np.array_equal(one, perform(_plan(label), seed=4))


@pytest.mark.parametrize("duration_s", [1 / 3, 0.97, 1.000007, 2.0020020020])
def test_length_is_the_rounded_duration_at_any_rate(duration_s):
    for rate in (8_000, 16_000, 44_100, 48_000):
        sound = perform(ActPlan("clock", duration_s, (Event(0.1),)), sample_rate_hz=rate, seed=0)
        assert sound.size == round(duration_s * rate)


@pytest.mark.parametrize("label", ["typing", "rain"])
def test_a_silent_plan_is_silent(label):
    sound = perform(_plan(label, silent=True, events=(), envelope=None), seed=0)
    assert sound.shape == (66_150,)
    assert not sound.any()


def test_a_hit_sits_on_its_sample():
    time_s = 0.3210123
    sound = perform(ActPlan("impact", 1.0, (Event(time_s),)), seed=1)
    start = round(time_s * RATE)
    assert not sound[:start].any()
    assert np.abs(sound[start : start + 3]).max() > 0
    early = perform(ActPlan("impact", 1.0, (Event(0.1),)), seed=1)
    n = 8_000
    assert np.array_equal(sound[start : start + n], early[4_410 : 4_410 + n])


def test_a_hit_before_the_end_is_cut_and_a_clip_never_ends_with_a_jump():
    sound = perform(ActPlan("thunder", 1.0, (Event(0.5),)), seed=1)
    assert sound.size == RATE
    assert abs(sound[-1]) < 1e-6
    assert np.abs(np.diff(sound[-200:])).max() < 0.1


@pytest.mark.parametrize("label", sorted(TEXTURES))
def test_a_texture_follows_its_envelope(label):
    wanted = np.interp(np.linspace(0, 1, 80), [0, 0.2, 0.5, 0.7, 1], [0.0, 1.0, 0.25, 0.9, 0.0])
    sound = perform(ActPlan(label, 4.0, (Event(0, duration_s=4.0),), wanted), seed=2)
    level = np.sqrt(np.mean(sound.reshape(40, -1) ** 2, axis=1))
    centres = (np.arange(40) + 0.5) / 40
    assert np.corrcoef(level, np.interp(centres, np.linspace(0, 1, 80), wanted))[0, 1] > 0.85


def test_a_texture_without_envelope_spans_its_event():
    sound = perform(ActPlan("waterfall", 2.0, (Event(0.5, 0.8, duration_s=1.0),)), seed=0)
    loud = np.sqrt(np.mean(sound.reshape(20, -1) ** 2, axis=1)) > 0.01
    assert loud.tolist() == [False] * 5 + [True] * 10 + [False] * 5


SHEET = CueSheet(
    (
        Cue(0.3, "footsteps", 0.6, id="a"),
        Cue(0.9, "footsteps", 0.8, id="b"),
        Cue(1.4, "gunshot", 0.5, id="c"),
        Cue(0.2, "rain", 0.3, duration_s=0.6, id="d"),
    ),
    2.5,
)


def test_moving_one_cue_moves_it_exactly_and_leaves_the_others_alone():
    alone = {c.id: perform_cues(SHEET.filter(lambda x, c=c: x.id == c.id), seed=5) for c in SHEET}
    moved = CueSheet(tuple(replace(c, start_s=1.0) if c.id == "b" else c for c in SHEET), SHEET.duration_s)
    before, after = perform_cues(SHEET, seed=5), perform_cues(moved, seed=5)
    assert np.array_equal(before[: round(0.9 * RATE)], after[: round(0.9 * RATE)])
    b = perform_cues(moved.filter(lambda c: c.id == "b"), seed=5)
    shift = 4_410
    tail = round(0.01 * RATE)
    assert np.array_equal(b[shift:-tail], alone["b"][: -shift - tail])
    assert np.allclose(before, sum(alone.values()), atol=1e-6)
    assert np.allclose(after - b, before - alone["b"], atol=1e-6)


def test_a_texture_cue_without_duration_moves_exactly_too():
    one = perform_cues(CueSheet((Cue(0.5, "fire", id="x"),), 2.0), seed=1)
    two = perform_cues(CueSheet((Cue(0.6, "fire", id="x"),), 2.0), seed=1)
    assert np.array_equal(two[4_410:-500], one[: -4_410 - 500])


def test_duration_damps_a_hit():
    short = perform_cues(CueSheet((Cue(0.1, "gunshot", duration_s=0.05, id="x"),), 1.0), seed=1)
    long = perform_cues(CueSheet((Cue(0.1, "gunshot", id="x"),), 1.0), seed=1)
    assert not short[round(0.151 * RATE) :].any()
    assert np.abs(long[round(0.151 * RATE) :]).max() > 0.01
    assert np.array_equal(short[: round(0.115 * RATE)], long[: round(0.115 * RATE)])


def test_unknown_label_is_named():
    with pytest.raises(LabelError, match="footsteps"):
        perform_cues(CueSheet((Cue(0.1, "footstep"),), 1.0), seed=0)
    with pytest.raises(LabelError, match="unknown sound class"):
        perform(ActPlan("barking", 1.0, ()), seed=0)


def test_limit_leaves_quiet_samples_and_never_passes_the_ceiling():
    x = np.linspace(-5, 5, 1001, dtype=np.float32)
    y = limit(x)
    assert np.abs(y).max() <= CEILING
    assert np.array_equal(y[np.abs(x) < 0.7], x[np.abs(x) < 0.7])
    assert (np.diff(y) >= 0).all()


class _Takes:
    sample_rate_hz = RATE
    labels = frozenset({"footsteps", "rain"})

    def strike(self, label, strength, variant, rng, voice):
        samples = np.zeros(400, dtype=np.float32)
        samples[50], samples[51:60] = 0.2, 0.1
        return Strike(samples, 50)

    def stretch(self, label, n_samples, variant, rng):
        return np.tile(np.array([0.01, -0.01], dtype=np.float32), n_samples // 2 + 1)[:n_samples]


def test_takes_are_aligned_by_their_onset_and_scaled_by_strength():
    plan = ActPlan("footsteps", 1.0, (Event(0.0, 0.4), Event(0.5, 0.8)))
    sound = perform(plan, seed=0, takes=_Takes())
    assert np.argmax(sound) == RATE // 2
    assert sound[RATE // 2] == pytest.approx(2 * sound[0], rel=1e-5)
    assert np.count_nonzero(sound) == 20


def test_classes_without_takes_are_synthesised_and_rates_must_agree():
    plan = _plan("clock")
    assert np.array_equal(perform(plan, seed=0, takes=_Takes()), perform(plan, seed=0))
    assert np.std(np.abs(perform(_plan("rain", envelope=np.ones(2)), seed=0, takes=_Takes())[:-500])) < 1e-6
    with pytest.raises(DataError, match="44100 Hz, not 16000"):
        perform(plan, seed=0, sample_rate_hz=16_000, takes=_Takes())


def test_generator_keeps_its_contract():
    generator = ProceduralGenerator()
    sheet = CueSheet((*(replace(c, strength=1.0) for c in SHEET), Cue(1.41, "impact", id="e")), 2.5)
    stems = generator.stems(sheet, seed=2)
    assert tuple(stems) == sheet.labels
    mix = generator.render(sheet, seed=2)
    assert mix.samples.shape == (1, round(2.5 * RATE))
    assert np.abs(mix.samples).max() <= 10 ** (-1 / 20) + 1e-5
    assert np.allclose(sum(s.samples for s in stems.values()), mix.samples, atol=1e-5)
    # Its soft textures are duller than the stage's.
    quiet = CueSheet(tuple(replace(c, strength=0.3) for c in sheet if c.label != "rain"), 2.5)
    assert np.allclose(generator.render(quiet, seed=2).mono(), perform_cues(quiet, seed=2), atol=1e-5)
    assert not generator.render(CueSheet((), 1.0)).samples.any()


def test_generator_pans_and_attenuates():
    generator = ProceduralGenerator()
    sheet = CueSheet((Cue(0.1, "clock", pan=-1.0, id="x"),), 0.5)
    samples = generator.render(sheet, seed=0).samples
    assert samples.shape[0] == 2
    assert np.abs(samples[0]).max() > 0.1
    assert not samples[1].any()
    near = generator.render(CueSheet((Cue(0.1, "clock", id="x"),), 0.5), seed=0).samples
    far = generator.render(CueSheet((Cue(0.1, "clock", distance_m=4.0, id="x"),), 0.5), seed=0).samples
    # And three metres of air take a little of the highs.
    assert np.allclose(far, near / 4, atol=0.01 * np.abs(near).max())
    # Equal power: what a centred cue has in both channels, a panned one has in one.
    assert np.allclose(samples[:1], np.sqrt(2) * near, atol=1e-6)
