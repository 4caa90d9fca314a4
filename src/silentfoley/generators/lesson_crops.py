"""Lessons made more than they are: faster and slower, duller and brighter, and cut to one length."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.fft import next_fast_len

from silentfoley.data.lessons import Lesson
from silentfoley.labels import TEXTURES

Floats = NDArray[np.float32]


def varied(samples: Floats, rate: float, tilt_db: float) -> Floats:
    """(N,) samples played ``rate`` times as fast and tilted, by way of their spectrum.

    Args:
        samples: (M,), N about M / rate.
        rate: > 0.
        tilt_db: dB per octave by which highs are raised around 1/40 of the rate (1.1 kHz at 44.1 kHz).
    """
    n = len(samples)
    size = next_fast_len(n + 256, real=True)
    spectrum = np.fft.rfft(samples, size)
    octaves = np.log2(np.maximum(np.arange(len(spectrum)) * (40 / size), 1e-3))
    spectrum *= 10 ** (tilt_db * np.clip(octaves, -4, 4) / 20)
    target = 2 * round(size / rate / 2)
    bins = min(len(spectrum), target // 2 + 1)
    out = np.zeros(target // 2 + 1, dtype=spectrum.dtype)
    out[:bins] = spectrum[:bins]
    played = np.fft.irfft(out, target) * (target / size)
    return np.asarray(played[: max(1, round(n / rate))], dtype=np.float32)


def levelled(samples: Floats, label: str) -> Floats:
    """``samples`` at a lesson's level again: peak 1 of a hit, root mean square 1 of a texture."""
    level = np.sqrt(np.mean(np.square(samples))) if label in TEXTURES else np.abs(samples).max()
    return np.asarray(samples / max(float(level), 1e-9), dtype=np.float32)


def placed_at(samples: Floats, start: int, n: int) -> Floats:
    """(n,) samples that begin ``start`` samples in, earlier if negative; zeros around."""
    out = np.zeros(n, dtype=np.float32)
    low, high = max(0, start), min(n, start + len(samples))
    if low < high:
        out[low:high] = samples[low - start : high - start]
    return out


def scene(lessons: tuple[Lesson, ...], index: int, n: int, rng: np.random.Generator) -> Floats:
    """(n,) samples to learn a vocoder on: a lesson anywhere, at any level, at times with another on top."""
    out = _anywhere(lessons[index], n, rng)
    if rng.random() < 0.3:
        other = lessons[int(rng.integers(len(lessons)))]
        out = out + _anywhere(other, n, rng) * np.float32(10 ** (rng.uniform(-20, 0) / 20))
    peak = max(float(np.abs(out).max()), 1e-6)
    return out * np.float32(rng.choice((-1, 1)) * 10 ** (rng.uniform(-30, 0) / 20) / peak)


def _anywhere(lesson: Lesson, n: int, rng: np.random.Generator) -> Floats:
    rate = float(2 ** rng.uniform(-0.4, 0.4))
    need = round((n + 512) * rate)
    samples = lesson.samples
    if len(samples) > need and (lesson.label in TEXTURES or rng.random() < 0.3):
        first = int(rng.integers(len(samples) - need))
        samples, start = samples[first : first + need], -int(rng.integers(256))
    else:
        samples, start = samples[: 2 * need], int(rng.integers(-n // 8, n // 2))
    return placed_at(varied(samples, rate, float(rng.normal(0, 1.0))), start, n)
