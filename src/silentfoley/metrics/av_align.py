"""AV-Align repaired: do peaks of the sound meet peaks of the motion?

The idea is TempoTokens' (Yariv et al. 2023): matched peaks over all peaks. In their script the tolerance is one frame
(so it shrinks as the rate grows), several sound peaks may claim one motion peak, and every ripple of the flow is a
peak. Here the tolerance is fixed, peaks are paired one to one, and motion peaks must stand out.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.signal import find_peaks

from silentfoley.errors import SilentFoleyError
from silentfoley.metrics.events import CHANCE_DRAWS
from silentfoley.metrics.matching import as_times, count_matches

#: Largest distance of a pair in seconds.
TOLERANCE_S = 0.05
#: Least prominence of a motion peak, as a share of the curve's range. Our choice.
PROMINENCE = 0.25
#: Motion peaks nearer than this are one, in seconds: a tenth is the rhythm of the fastest hands.
MIN_GAP_S = 0.1


def prominent_peaks_s(curve: ArrayLike, times_s: ArrayLike, prominence: float = PROMINENCE) -> NDArray[np.float64]:
    """Times of the peaks of a curve that stand out.

    Args:
        curve: (T,) how much moves, smoothed as it shall be judged.
        times_s: (T,) increasing and equally spaced, in seconds.
        prominence: least drop to both sides before the curve rises higher, as a share of its range, in (0, 1].

    Returns:
        (P,) seconds, at least ``MIN_GAP_S`` apart; empty for a still picture.

    Raises:
        SilentFoleyError: if curve and times differ in length.
    """
    values, times = np.asarray(curve, dtype=np.float64), as_times(times_s, "times_s")
    if values.shape != times.shape:
        shapes = f"shapes {values.shape} and {times.shape}"
        raise SilentFoleyError("motion curve and its times", shapes, "pass one time per value")
    if values.size < 3 or np.ptp(values) <= 0:
        return np.zeros(0)
    gap = max(1.0, MIN_GAP_S / float(times[1] - times[0]))
    peaks, _ = find_peaks(values, prominence=prominence * np.ptp(values), distance=gap)
    return np.asarray(times[peaks], dtype=np.float64)


def av_align(motion_s: ArrayLike, sound_s: ArrayLike, tolerance_s: float = TOLERANCE_S) -> float:
    """Pairs over all peaks: ``matched / (motion + sound - matched)``.

    Args:
        motion_s: (M,) times of motion peaks in seconds.
        sound_s: (N,) times of sound peaks in seconds.
        tolerance_s: largest distance of a pair, itself included.

    Returns:
        in [0, 1]; 1 for a still picture without sound, 0 where only one side has peaks.
    """
    motion, sound = as_times(motion_s, "motion_s"), as_times(sound_s, "sound_s")
    if motion.size == 0 and sound.size == 0:
        return 1.0
    matched = count_matches(motion, sound, tolerance_s)
    return matched / (motion.size + sound.size - matched)


def chance_av_align(
    motion_s: ArrayLike,
    sound_s: ArrayLike,
    duration_s: float,
    tolerance_s: float = TOLERANCE_S,
    draws: int = CHANCE_DRAWS,
    seed: int = 0,
) -> float:
    """Mean :func:`av_align` of the same sound peaks shifted round the clip.

    Args:
        motion_s: (M,) seconds.
        sound_s: (N,) seconds.
        duration_s: length of the clip, > 0; a peak that leaves at the end comes in at the start.
        tolerance_s: as for :func:`av_align`.
        draws: shifts, uniform over the clip, >= 1.
        seed: of the shifts.

    Raises:
        SilentFoleyError: for a length that is not positive or no draws.
    """
    if not (np.isfinite(duration_s) and duration_s > 0 and draws >= 1):
        cause = f"{duration_s!r} s and {draws!r} draws"
        raise SilentFoleyError("chance of AV-Align", cause, "pass a length > 0 and at least one draw")
    sound = as_times(sound_s, "sound_s")
    shifts = np.random.default_rng(seed).uniform(0.0, duration_s, size=draws)
    return float(np.mean([av_align(motion_s, (sound + shift) % duration_s, tolerance_s) for shift in shifts]))
