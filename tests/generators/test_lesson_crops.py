"""Lessons played faster, tilted, and placed."""

import numpy as np
import pytest

from silentfoley.data.lessons import synthesised_lessons
from silentfoley.generators.lesson_crops import levelled, placed_at, scene, varied

RATE = 44_100


def tone(hz: float, n: int) -> np.ndarray:
    return np.sin(2 * np.pi * hz * np.arange(n) / RATE).astype(np.float32) * np.hanning(n).astype(np.float32)


@pytest.mark.parametrize("rate", [0.8, 1.0, 1.25])
def test_faster_is_shorter_and_higher(rate):
    out = varied(tone(1000, 9000), rate, 0.0)
    assert len(out) == round(9000 / rate)
    spectrum = np.abs(np.fft.rfft(out, 44_100))
    assert spectrum.argmax() == pytest.approx(1000 * rate, abs=2)
    assert np.abs(out).max() == pytest.approx(1.0, abs=0.02)


def test_a_tilt_raises_highs_and_lowers_lows():
    gains = [np.abs(varied(tone(hz, 9000), 1.0, 3.0)).max() for hz in (551.25, 1102.5, 2205.0)]
    assert 20 * np.log10(gains) == pytest.approx([-3, 0, 3], abs=0.2)


def test_nothing_changes_where_nothing_is_asked():
    samples = np.random.default_rng(0).standard_normal(5000).astype(np.float32)
    assert varied(samples, 1.0, 0.0) == pytest.approx(samples, abs=1e-5)


@pytest.mark.parametrize("start", [-3, 0, 2, 9])
def test_samples_stand_where_they_are_placed(start):
    samples = np.arange(1, 6, dtype=np.float32)
    want = np.zeros(30, dtype=np.float32)
    want[10 + start : 15 + start] = samples
    assert placed_at(samples, start, 8).tolist() == want[10:18].tolist()


def test_levels():
    x = np.array([0.5, -2.0], dtype=np.float32)
    assert np.abs(levelled(x, "clock")).max() == pytest.approx(1)
    assert np.sqrt(np.mean(levelled(x, "rain") ** 2)) == pytest.approx(1)


@pytest.mark.parametrize("label", ["clock", "thunder", "rain"])
def test_scenes_have_one_length_any_level_and_hang_on_their_draw(label):
    lessons = tuple(synthesised_lessons(label, 2, 0))
    made = [scene(lessons, 0, 6000, np.random.default_rng(seed)) for seed in (0, 0, 1, 2, 3, 4)]
    assert all(len(x) == 6000 and np.isfinite(x).all() for x in made)
    assert np.array_equal(made[0], made[1])
    peaks = [np.abs(x).max() for x in made[1:]]
    assert max(peaks) <= 1.0001
    assert max(peaks) > 1.5 * min(peaks)
