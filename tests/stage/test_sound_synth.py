"""The synthesiser: attacks, strength, voices."""

from __future__ import annotations

import numpy as np
import pytest

from silentfoley.errors import LabelError
from silentfoley.labels import LABELS, TEXTURES
from silentfoley.stage.synth import HIT_LABELS, TEXTURE_LABELS, hit, spread, texture
from silentfoley.stage.synth_hits import GROUNDS, GUNS, KEYS, MATTER, SHARDS
from silentfoley.stage.synth_parts import Voice, coloured_noise, decay, modes

RATE = 44_100
VARIANTS = [
    *(("footsteps", v) for v in GROUNDS),
    *(("horse", v) for v in ("walk", "trot", "canter", "gallop")),
    *(("gunshot", v) for v in GUNS),
    *(("breaking", v) for v in SHARDS),
    *(("typing", v) for v in KEYS),
    *(("impact", v) for v in MATTER),
    *(("cutting", v) for v in ("knife", "crisp", "axe")),
    *(("clock", v) for v in ("tick", "tock", "grandfather", "alarm")),
    ("thunder", "crack"),
]


def _centroid(sound: np.ndarray) -> float:
    power = np.abs(np.fft.rfft(sound)) ** 2
    return float(np.sum(power * np.fft.rfftfreq(sound.size, 1 / RATE)) / np.sum(power))


def test_every_class_has_one_recipe():
    assert set(HIT_LABELS) | set(TEXTURE_LABELS) == set(LABELS)
    assert set(TEXTURE_LABELS) == TEXTURES


@pytest.mark.parametrize(("label", "variant"), VARIANTS)
def test_a_hit_begins_at_once_and_ends_at_zero(label, variant):
    for seed in range(3):
        sound = hit(label, 0.8, np.random.default_rng(seed), RATE, variant)
        peak = np.abs(sound).max()
        assert np.abs(sound[: RATE // 1000]).max() > 0.05 * peak  # something within 1 ms
        assert np.abs(sound[: RATE // 200]).max() > 0.3 * peak  # the attack within 5 ms
        assert abs(sound[-1]) < 1e-6
        assert sound.dtype == np.float32


@pytest.mark.parametrize("label", HIT_LABELS)
def test_strength_raises_level_and_brightness(label):
    soft, hard = ([hit(label, s, np.random.default_rng(i), RATE) for i in range(8)] for s in (0.25, 1.0))
    assert np.mean([np.abs(h).max() for h in hard]) == pytest.approx(4 * np.mean([np.abs(h).max() for h in soft]))
    assert np.mean([_centroid(h) for h in hard]) > 1.1 * np.mean([_centroid(h) for h in soft])


def test_no_strength_is_no_sound():
    assert not hit("impact", 0.0, np.random.default_rng(0), RATE).any()


def test_an_unknown_variant_is_the_default():
    one, two = (hit("footsteps", 0.5, np.random.default_rng(1), RATE, v) for v in ("lava", None))
    assert np.array_equal(one, two)


def test_hits_of_one_voice_are_alike_but_not_equal():
    voice = Voice.draw(np.random.default_rng(0), RATE)
    one, two = (hit("impact", 0.7, np.random.default_rng(i), RATE, "metal", voice=voice) for i in (1, 2))
    n = min(one.size, two.size)
    assert not np.array_equal(one[:n], two[:n])
    other = hit(
        "impact", 0.7, np.random.default_rng(1), RATE, "metal", voice=Voice.draw(np.random.default_rng(9), RATE)
    )
    shapes = [np.log(np.abs(np.fft.rfft(x[: RATE // 10], RATE // 5)[: RATE // 25]) + 1e-3) for x in (one, two, other)]
    assert np.corrcoef(shapes[0], shapes[1])[0, 1] > np.corrcoef(shapes[0], shapes[2])[0, 1] + 0.1


@pytest.mark.parametrize("label", TEXTURE_LABELS)
def test_a_texture_starts_at_once_and_sounds_on(label):
    sound = texture(label, [1.0, 1.0], RATE, np.random.default_rng(0), RATE)
    level = np.sqrt(np.mean(sound.reshape(20, -1) ** 2, axis=1))
    assert level.min() > 0.05 * level.max()
    assert np.abs(sound).max() < 1.2
    assert not texture(label, [0.0], 100, np.random.default_rng(0), RATE).any()


def test_hits_and_textures_are_not_mixed_up():
    with pytest.raises(LabelError, match="rain"):
        hit("rain", 1.0, np.random.default_rng(0), RATE)
    with pytest.raises(LabelError, match="clock"):
        texture("clock", [1.0], 10, np.random.default_rng(0), RATE)


def test_noise_stays_in_its_band_and_has_unit_level():
    noise = coloured_noise(RATE, np.random.default_rng(0), RATE, 1000, 2000, slope=4.0)
    assert np.sqrt(np.mean(noise**2)) == pytest.approx(1, rel=1e-4)
    assert 1000 < _centroid(noise) < 2000


def test_modes_are_decaying_sines():
    got = modes([440.0], [0.02], [0.5], RATE)
    t = np.arange(got.size) / RATE
    assert np.allclose(got, 0.5 * np.sin(2 * np.pi * 440 * t) * np.exp(-t / 0.02), atol=5e-3)
    assert not modes([30_000.0], [0.02], [1.0], RATE).any()


def test_decay_rises_falls_and_ends_at_zero():
    envelope = decay(1000, 0.005, RATE, rise_s=0.001)
    assert np.argmax(envelope) in range(42, 46)
    assert envelope[-1] < 1e-3
    assert envelope[0] > 0


def test_spread_joins_by_lines():
    assert np.allclose(spread([0, 1, 0], 5), [0, 0.5, 1, 0.5, 0])
    assert np.allclose(spread([0.3], 3), 0.3)
    assert np.allclose(spread([2.0, -1.0], 2), [1, 0])
