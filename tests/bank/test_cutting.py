"""Where hits begin, on recordings whose answer is known."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest

from silentfoley.bank.cutting import CUT_RULES, attack_s, cut, envelope_db, find_onsets, soften_edges
from silentfoley.bank.quality import fault, measure

RATE = 44_100


def _recording(times_s, seconds, *, tau_s=0.02, noise=1e-3, levels=None, seed=0):
    rng = np.random.default_rng(seed)
    out = noise * rng.standard_normal(round(seconds * RATE))
    for time_s, level in zip(times_s, levels or [0.5] * len(times_s), strict=True):
        start = round(time_s * RATE)
        n = min(out.size - start, round(6 * tau_s * RATE))
        out[start : start + n] += level * rng.standard_normal(n) * np.exp(-np.arange(n) / RATE / tau_s) / 3
    return out.astype(np.float32)


@pytest.mark.parametrize("label", sorted(CUT_RULES))
def test_separate_hits_are_found_within_2_ms(label):
    gap = max(0.5, 1.3 * CUT_RULES[label].gap_s)
    times = [0.15 + i * gap for i in range(3)]
    cuts = cut(_recording(times, times[-1] + 0.6), label, RATE)
    assert [c.kind for c in cuts] == ["hit"] * 3
    assert np.allclose([c.onset / RATE for c in cuts], times, atol=0.002)
    assert all(c.start <= c.onset < c.end for c in cuts)
    assert all(one.end <= two.onset for one, two in pairwise(cuts))


def test_rumble_below_the_hits_makes_no_hits():
    times = [0.3, 0.8]
    t = np.arange(round(1.3 * RATE)) / RATE
    sound = _recording(times, 1.3) + 0.2 * np.sin(2 * np.pi * 25 * t).astype(np.float32)
    cuts = cut(sound.astype(np.float32), "clock", RATE)
    assert np.allclose([c.onset / RATE for c in cuts], times, atol=0.003)


def test_debris_belongs_to_its_hit():
    sound = _recording([0.1, 0.2, 0.27, 0.4], 1.0, levels=[0.6, 0.3, 0.4, 0.2])
    assert len(cut(sound, "breaking", RATE)) == 1
    assert len(cut(sound, "typing", RATE)) >= 3


def test_an_attack_at_the_first_sample_counts():
    (one,) = cut(_recording([0.0], 0.4), "gunshot", RATE)
    assert one.onset < 0.002 * RATE
    assert attack_s(_recording([0.0], 0.4), one, RATE) < 0.01


def test_steady_sound_is_a_texture_and_a_swell_one_hit():
    rng = np.random.default_rng(0)
    steady = (0.1 * rng.standard_normal(RATE)).astype(np.float32)
    fade = np.minimum(1, np.arange(RATE) / (0.3 * RATE)).astype(np.float32)
    assert [c.kind for c in cut(steady * fade, "cutting", RATE)] == ["texture"]
    assert [c.kind for c in cut(steady, "waterfall", RATE)] == ["texture"]
    swell = steady[: RATE // 2] * np.hanning(RATE // 2).astype(np.float32) ** 3
    cuts = cut(swell, "footsteps", RATE)
    assert [c.kind for c in cuts] == ["hit"]
    assert attack_s(swell, cuts[0], RATE) > 0.03


def test_silence_gives_nothing():
    assert cut(np.zeros(RATE, dtype=np.float32), "clock", RATE) == []
    assert find_onsets(np.full(3_000, 1e-9, dtype=np.float32), CUT_RULES["clock"], RATE) in ([], [0])


def test_edges_are_soft_but_attacks_sharp():
    sound = _recording([0.2], 0.8, noise=0.02)
    (one,) = cut(sound, "footsteps", RATE)
    piece = soften_edges(sound, one, RATE)
    assert piece[0] == 0
    assert piece[-1] == 0
    at = one.onset - one.start
    assert np.array_equal(piece[at : at + 500], sound[one.onset : one.onset + 500])


def test_envelope_of_a_sine_is_its_level():
    t = np.arange(RATE) / RATE
    level = envelope_db((0.5 * np.sin(2 * np.pi * 2_000 * t)).astype(np.float32), RATE)
    assert np.median(level) == pytest.approx(20 * np.log10(0.5 / np.sqrt(2)), abs=0.1)


def test_quality_sees_clipping_dc_and_faults():
    t = np.arange(RATE) / RATE
    sine = np.sin(2 * np.pi * 300 * t).astype(np.float32)
    clipped = measure(np.clip(2 * sine, -1, 1), RATE)
    assert clipped.clipped > 0.5
    assert any(f.startswith("clipped") for f in clipped.flags("clock"))
    clean = measure(0.5 * sine + 0.2, RATE)
    assert clean.clipped == 0.0
    assert clean.dc == pytest.approx(0.2 / np.sqrt(0.125 + 0.04), rel=1e-3)
    assert "too short" in (fault(sine[:100], RATE) or "")
    assert "silent" in (fault(1e-5 * sine, RATE) or "")
    assert fault(sine, RATE) is None
