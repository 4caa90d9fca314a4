"""Costs of fit and of following, on units without sound."""

import numpy as np
import pytest

from silentfoley.cues import Cue, CueSheet
from silentfoley.generators.tilt import brightness, tilt_between, tilted
from silentfoley.generators.unit_choice import SLOW_MOST, Chooser, gaps_s
from silentfoley.generators.units import Unit

RATE = 44_100


def tone(hz: float) -> np.ndarray:
    return np.sin(2 * np.pi * hz * np.arange(20_000) / RATE).astype(np.float32)


def unit(strength=1.0, attack_s=0.0, rings_s=0.3, voice="a", hz=1000.0) -> Unit:
    return Unit("clock", 0, strength, attack_s, rings_s, None, voice, lambda: tone(hz))


def test_gaps_are_to_the_next_later_cue():
    cues = CueSheet((Cue(0.1, "clock"), Cue(0.5, "clock"), Cue(0.5, "clock"), Cue(0.7, "clock")), 1.0).cues
    assert gaps_s(cues) == pytest.approx([0.4, 0.2, 0.2, np.inf])
    assert gaps_s([]) == []


def test_cost_is_zero_for_what_fits_and_grows_with_each_fault():
    chooser = Chooser([unit(0.5), unit(1.0), unit(0.5, attack_s=0.5), unit(0.5, rings_s=3.0)], RATE)
    soft = Cue(0.0, "clock", 0.5)
    assert chooser.fit(soft, np.inf) == pytest.approx([0, 0, SLOW_MOST, 0])
    assert chooser.fit_strength(soft, 0) == pytest.approx([0, 20 * np.log10(2) / 6, 0, 0])
    assert chooser.fit(Cue(0.0, "clock", 0.5), 0.5)[3] > 0
    assert chooser.fit(Cue(0.0, "clock", 0.5, duration_s=1.2), np.inf)[0] == pytest.approx(2.0)


def test_brighter_takes_are_for_stronger_cues_and_only_the_voice_is_read():
    def unread():
        raise AssertionError("a take of another voice was read")

    other = Unit("clock", 0, 1.0, 0.0, 0.3, None, "b", unread)
    chooser = Chooser([unit(hz=500), unit(hz=1000), unit(hz=2000), other], RATE)
    soft, hard = (chooser.fit_strength(Cue(0.0, "clock", s), 0) for s in (0.1, 1.0))
    assert soft[0] - soft[2] < 0 < hard[0] - hard[2]
    assert np.isfinite(soft).all()


def test_brightness_is_octaves_whatever_the_level():
    low, high = brightness(tone(500), RATE), brightness(0.01 * tone(4000), RATE)
    assert high - low == pytest.approx(3, abs=0.3)


def test_a_cue_moved_within_its_octave_keeps_its_costs():
    chooser = Chooser([unit(), unit(rings_s=2.0)], RATE)
    one, two = (chooser.fit(Cue(0.0, "clock"), gap) for gap in (0.52, 0.9))
    assert np.array_equal(one, two)


def test_a_voice_with_too_few_takes_is_avoided():
    chooser = Chooser([unit(voice="one")] + [unit(voice="many") for _ in range(8)], RATE)
    cues = CueSheet(tuple(Cue(0.1 * i, "clock") for i in range(6)), 1.0).cues
    chosen = [chooser.voice_for(cues, gaps_s(cues), np.random.default_rng(s)) for s in range(50)]
    assert np.mean(np.array(chosen) == chooser.voices.index("many")) > 0.9


def test_long_textures_are_drawn_more_often():
    chooser = Chooser(
        [unit(rings_s=0.5, voice="short"), unit(rings_s=15, voice="long"), unit(rings_s=9, voice="long")], RATE
    )
    drawn = [chooser.steady_voice(np.random.default_rng(s)) for s in range(50)]
    assert sum(len(units) == 2 for units in drawn) > 40


def test_tilt_lowers_the_highs_alone_and_rings_before_nothing():
    t = np.arange(44_100) / 44_100
    low, high = (np.sin(2 * np.pi * f * t).astype(np.float32) for f in (50, 12_000))
    assert np.std(tilted(low, -9, 44_100)[4000:]) == pytest.approx(np.std(low), rel=0.02)
    assert 20 * np.log10(np.std(tilted(high, -9, 44_100)) / np.std(high)) == pytest.approx(-9, abs=0.3)
    click = np.zeros(100, dtype=np.float32)
    click[50] = 1
    assert not tilted(click, -6, 44_100)[:50].any()
    assert tilted(click, 0.0, 44_100) == pytest.approx(click)


def test_a_softer_blow_is_duller_within_bounds():
    assert tilt_between(1.0, 1.0) == 0
    assert tilt_between(0.5, 1.0) == pytest.approx(0.6 * 20 * np.log10(0.5))
    assert tilt_between(0.5, 1.0) < tilt_between(0.5, 0.5) < 0, "half of a take's own softness is believed"
    assert tilt_between(0.0, 1.0) == -12
    assert tilt_between(1.0, 0.05) == 3
