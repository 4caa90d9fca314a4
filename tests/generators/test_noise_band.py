"""Noise bands keep the contract of a cue generator, untrained as they are, and what is said of them besides."""

import itertools
import time

import numpy as np
import pytest
import torch
from noise_band_helpers import SMALL, small_learner

from silentfoley.cues import Cue, CueSheet
from silentfoley.data.lessons import LEVELS
from silentfoley.errors import CheckpointError, CueError, LabelError
from silentfoley.generators.contract import violations
from silentfoley.generators.hit_voice import LAST_HOP
from silentfoley.generators.mixdown import torch_rng
from silentfoley.generators.noise_band import EDGE_S, NoiseBand
from silentfoley.generators.noise_bank import NoiseReader
from silentfoley.labels import LABELS, TEXTURES
from silentfoley.registry import build

RATE = 44_100


@pytest.fixture(scope="module")
def generator():
    return small_learner()[0].performer


@pytest.mark.parametrize("label", LABELS)
def test_contract(generator, label):
    assert violations(generator, label) == []


def test_it_is_small_enough_and_registered():
    model = build({"kind": "noise_band"})
    assert isinstance(model, NoiseBand)
    assert sum(p.numel() for p in model.parameters()) < 2_000_000


@pytest.mark.parametrize("label", ["clock", "rain"])
def test_the_same_weights_sound_alike_at_48_khz(generator, label):
    other = NoiseBand(hit_width=8, texture_width=8, sample_rate_hz=48_000, **SMALL).eval()
    other.load_state_dict(generator.state_dict())
    sheet = CueSheet((Cue(0.2, label, duration_s=1.2 if label in TEXTURES else None),), 1.5)
    heard = []
    for performer, rate_hz in ((generator, RATE), (other, 48_000)):
        made = performer.render(sheet, seed=1)
        assert (made.sample_rate_hz, made.n_samples) == (rate_hz, round(1.5 * rate_hz))
        power = np.square(np.abs(np.fft.rfft(made.mono())))
        octaves = np.log2(np.fft.rfftfreq(made.n_samples, 1 / rate_hz).clip(20))
        ends = np.cumsum(np.square(made.mono(), dtype=np.float64))
        middle_s = np.searchsorted(ends, [0.02 * ends[-1], 0.5 * ends[-1], 0.98 * ends[-1]]) / rate_hz
        heard.append(((power * octaves).sum() / power.sum(), *middle_s))
    assert heard[1] == pytest.approx(heard[0], rel=0.1, abs=0.1)


@pytest.mark.parametrize("label", ["clock", "rain"])
def test_torch_computes_alone_while_it_performs(generator, label, monkeypatch):
    before, threads = torch.get_num_threads(), set()
    read = NoiseReader.read

    def noting(*words, **more):
        threads.add(torch.get_num_threads())
        return read(*words, **more)

    monkeypatch.setattr(NoiseReader, "read", noting)
    torch.set_num_threads(3)
    try:
        generator.render(CueSheet((Cue(0.1, label, duration_s=0.5 if label in TEXTURES else None),), 0.7))
        assert torch.get_num_threads() == 3
    finally:
        torch.set_num_threads(before)
    assert threads == {1}


def test_what_was_not_learned_is_refused(generator):
    with pytest.raises(CheckpointError, match="noise bands of clock: were never learned"):
        NoiseBand(n_takes=1, n_bands=8, n_directions=2).render(CueSheet((Cue(0.0, "clock"),), 0.1))
    with pytest.raises(LabelError, match="barking"):
        generator.render(CueSheet((Cue(0.0, "barking"),), 0.1))


@pytest.mark.parametrize("label", ["clock", "rain"])
@pytest.mark.parametrize("strength", [0.2, 1.0])
def test_levels_follow_strength(generator, label, strength):
    flat = {"duration_s": 2.0, "envelope": (1.0, 1.0)} if label in TEXTURES else {}
    made = generator.render(CueSheet((Cue(0.0, label, strength, **flat),), 2.0)).mono()
    level = np.sqrt(np.mean(made**2)) if label in TEXTURES else np.abs(made).max()
    assert level == pytest.approx(LEVELS[label] * strength, rel=0.15 if label in TEXTURES else 1e-3)


@pytest.mark.parametrize("label", ["thunder", "fire"])
def test_the_future_of_an_envelope_changes_nothing_of_the_past(generator, label):
    def made(envelope):
        cue = Cue(0.0, label, 0.8, duration_s=1.0, envelope=envelope, id="c")
        return generator.render(CueSheet((cue,), 1.2)).mono()

    one, two = made((1.0, 0.8, 0.6, 0.6, 0.6)), made((1.0, 0.8, 0.6, 0.1, 0.9))
    # The point at 0.5 s is the last they share; beyond it the lines part. Gains are joined by lines over one frame.
    same = RATE // 2 - LAST_HOP
    assert np.array_equal(one[:same], two[:same])
    assert not np.allclose(one[RATE // 2 + 2000 :], two[RATE // 2 + 2000 :], atol=1e-3)


def test_an_envelope_is_followed(generator):
    def made(envelope):
        cue = Cue(0.0, "waterfall", 0.8, duration_s=2.0, envelope=envelope, id="c")
        return generator.render(CueSheet((cue,), 2.0)).mono()

    level = [np.sqrt(np.mean(part**2)) for part in np.split(made((0.1, 0.1, 1.0, 1.0)), 4)]
    assert 5 < level[3] / level[0] < 20


def test_a_texture_is_steady_and_has_no_seams(generator):
    made = generator.render(CueSheet((Cue(0.0, "waterfall", 0.8, duration_s=6.0, id="c"),), 6.0)).mono()
    inside = made[round(EDGE_S * RATE) : -round(EDGE_S * RATE)]
    levels = [np.sqrt(np.mean(part**2)) for part in np.array_split(inside, 6)]
    assert max(levels) / min(levels) < 1.6
    # No stretch comes back: the loops are read from other places with other signs.
    spectrum = np.fft.rfft(inside, 2 * len(inside))
    echo = np.fft.irfft(np.abs(spectrum) ** 2)[4410 : 5 * RATE]
    assert np.abs(echo).max() < 0.3 * np.sum(inside**2)


def test_pieces_are_made_when_they_are_asked_for(generator):
    """An hour of rain begins at once: nothing holds or makes it whole."""
    sheet = CueSheet((Cue(0.0, "rain", duration_s=3600.0),), 3600.0)
    part = generator.parts(sheet, 0)[0]
    began = time.perf_counter()
    pieces = list(itertools.islice(part.make(), 3))
    assert time.perf_counter() - began < 5
    assert max(len(p) for p in pieces) <= RATE


def test_a_hit_sounds_within_two_milliseconds_of_its_cue(generator):
    made = generator.render(CueSheet((Cue(0.25, "gunshot", id="c"),), 1.0)).mono()
    start = round(0.25 * RATE)
    assert np.abs(made[:start]).max() == 0
    level = np.abs(made)
    assert np.argmax(level > 0.1 * level.max()) < start + 0.002 * RATE


def test_a_variant_is_that_of_its_takes(generator):
    assert "gravel" in generator.variants("footsteps") or "concrete" in generator.variants("footsteps")
    known = generator.variants("footsteps")[0]
    number = generator.variant_number(known)
    for seed in range(4):
        rngs = torch_rng(seed, "voice"), torch_rng(seed, "take")
        assert generator.book.draw(generator.labels.index("footsteps"), number, *rngs).variant == number
    assert generator.variant_number("marshmallow") == generator.variant_number(None) == 0


def test_another_word_means_the_same_takes_and_an_unknown_one_is_refused(generator):
    word, name = "earth", "dirt"
    assert name in generator.variants("footsteps")

    def made(variant):
        return generator.render(CueSheet((Cue(0.1, "footsteps", variant=variant, id="c"),), 0.5), seed=5).samples

    assert np.array_equal(made(word), made(name))
    assert not np.array_equal(made(None), made(name))
    assert made("carpet").any(), "known, though not learned"
    with pytest.raises(CueError, match=r"c: variant 'marshmallow' of footsteps is unknown here; use one of: .*dirt"):
        made("marshmallow")
    assert NoiseBand(labels=["clock"], n_takes=1, n_bands=8, n_directions=2).variants("rain") == ()


def test_gains_that_are_joined_give_the_same_noise_however_they_are_read(generator):
    """Frames of other hops and batches of frames leave no step: the noise is that of one reading."""
    hops = [32] * 70 + [64] * 3
    made = generator.strike(torch.zeros(len(hops) + 1, 32), hops, NoiseReader(generator.bank, torch_rng(0, "x")))
    reader = NoiseReader(generator.bank, torch_rng(0, "x"))
    whole = reader.read(torch.ones(sum(hops) // 32 + 1, 32), 32)
    assert torch.allclose(made, whole, atol=1e-4)
