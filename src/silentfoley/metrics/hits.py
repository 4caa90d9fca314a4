"""Loudness and brightness at true events, after Owens et al. 2016: is each hit as hard and bright as it should be?"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from silentfoley.metrics.levels import Floats, as_pair, is_silent, unit_rms
from silentfoley.metrics.matching import as_times
from silentfoley.signal.cochleagram import ENVELOPE_RATE_HZ, N_BANDS, cochleagram

#: Steps of the envelopes looked at around an event: half a second, as the sequences of the paper.
WINDOW_STEPS = 45
#: Steps of the middle frame, 33 ms: where brightness is read.
FRAME_STEPS = 3


@dataclass(frozen=True)
class HitSound:
    """What is heard at E events.

    Attributes:
        loudness: (E,) largest norm over time of the compressed envelopes; 0 for silence.
        centroid: (E,) centre of mass over bands, in bands from 0 to 41, of the frame at the event; NaN for silence.
    """

    loudness: Floats
    centroid: Floats


@dataclass(frozen=True)
class HitErrors:
    """Generated against true sound at E events whose true sound is not silent.

    Attributes:
        true, made: what is heard.
        loudness: (E,) absolute differences of loudness.
        centroid: (E,) absolute differences in bands. Where only the generated sound is silent, the largest
            difference there could be: leaving a hit out shall not pay.
    """

    true: HitSound
    made: HitSound
    loudness: Floats
    centroid: Floats


def hear_hits(sound: ArrayLike, events_s: ArrayLike, sample_rate_hz: int) -> HitSound:
    """Loudness and centroid of (N,) samples, level as given, at (E,) times in seconds."""
    samples, times = np.asarray(sound, dtype=np.float64), as_times(events_s, "events_s")
    step = sample_rate_hz // ENVELOPE_RATE_HZ
    half = WINDOW_STEPS * step // 2
    padded = np.pad(samples, (half, half + step))
    loudness, centroid = np.zeros(times.size), np.full(times.size, np.nan)
    middle = slice((WINDOW_STEPS - FRAME_STEPS) // 2, (WINDOW_STEPS + FRAME_STEPS) // 2)
    for i, time_s in enumerate(times):
        start = min(max(round(time_s * sample_rate_hz), 0), samples.size)
        window = padded[start : start + WINDOW_STEPS * step]
        if is_silent(window):
            continue
        bands = cochleagram(window, sample_rate_hz)
        loudness[i] = np.sqrt((bands**2).sum(axis=0)).max()
        mass = bands[:, middle].sum(axis=1)
        centroid[i] = mass @ np.arange(N_BANDS) / mass.sum()
    return HitSound(loudness, centroid)


def hit_errors(true: ArrayLike, made: ArrayLike, events_s: ArrayLike, sample_rate_hz: int) -> HitErrors:
    """Compare two (N,) sounds at (E,) true events, under the level convention of :mod:`~silentfoley.metrics.levels`.

    The paper compares hit by hit as predicted; the bands are ours
    (:mod:`~silentfoley.signal.cochleagram`).
    """
    one, other = (hear_hits(unit_rms(s), events_s, sample_rate_hz) for s in as_pair(true, made))
    sounding = one.loudness > 0
    one, other = _at(one, sounding), _at(other, sounding)
    worst = np.maximum(one.centroid, N_BANDS - 1 - one.centroid)
    centroid = np.where(other.loudness > 0, np.abs(other.centroid - one.centroid), worst)
    return HitErrors(one, other, np.abs(other.loudness - one.loudness), centroid)


def _at(hits: HitSound, chosen: NDArray[np.bool_]) -> HitSound:
    return HitSound(hits.loudness[chosen], hits.centroid[chosen])
