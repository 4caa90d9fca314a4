"""Duller or brighter: what strength does to a sound besides its level."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.signal import lfilter

Floats = NDArray[np.float32]

#: What is above is lowered with strength. Our choice.
TILT_HZ = 1000.0
#: dB by which the highs change for each dB of strength, and the most they may fall and rise. Our choices.
SLOPE, LEAST_DB, MOST_DB = 0.6, -12.0, 3.0
#: How much of a take's own softness is believed to be in its timbre: not all soft takes were struck softly.
TRUST = 0.5
#: Edges of third octaves, Hz.
_THIRDS_HZ = 50.0 * 2.0 ** (np.arange(27) / 3)
#: Samples by which brightness is judged: 0.37 s at 44.1 kHz.
_JUDGED = 1 << 14


def tilted(samples: Floats, tilt_db: float, sample_rate_hz: int) -> Floats:
    """A copy whose highs are changed by ``tilt_db``: a shelf of first order, causal, so nothing sounds earlier.

    Args:
        samples: (N,).
        tilt_db: gain far above :data:`TILT_HZ`; far below it is 0 dB.
        sample_rate_hz: their rate.
    """
    keep = np.exp(-2 * np.pi * TILT_HZ / sample_rate_hz)
    lows = np.asarray(lfilter([(1 - keep) / 2, (1 - keep) / 2], [1, -keep], samples), dtype=np.float32)
    return np.asarray(lows + np.float32(10 ** (tilt_db / 20)) * (samples - lows), dtype=np.float32)


def tilt_between(strength: float, recorded: float) -> float:
    """Tilt in dB that makes a take recorded at one strength sound like another: a softer blow is duller.

    Args:
        strength: asked for, in [0, 1].
        recorded: of the take, in (0, 1].
    """
    difference_db = _db(strength) - TRUST * _db(recorded)
    return float(np.clip(SLOPE * difference_db, LEAST_DB, MOST_DB))


def brightness(samples: Floats, sample_rate_hz: int) -> float:
    """Where the middle of a sound's spectrum lies, in octaves: the mean of log frequency over third octaves.

    Weighted by magnitudes, not powers, so that a thump does not hide what is above it. Level plays no part.

    Args:
        samples: (N,) N >= 1; the first third of a second counts.
        sample_rate_hz: their rate.
    """
    power = np.square(np.abs(np.fft.rfft(samples[:_JUDGED], _JUDGED)), dtype=np.float64)
    edges = np.round(_THIRDS_HZ * _JUDGED / sample_rate_hz).astype(int).clip(max=len(power) - 1)
    weights = np.sqrt(np.add.reduceat(power, edges)[:-1] + 1e-20)
    return float((np.log2(_THIRDS_HZ[:-1]) * weights).sum() / weights.sum())


def _db(amplitude: float) -> float:
    return float(20 * np.log10(max(amplitude, 0.01)))
