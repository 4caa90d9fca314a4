"""The level convention of all shape measures: each sound in units of its own RMS.

How loud a track is played is the listener's knob; how its level moves is the performance. So before two sounds are
compared each is divided by its own root mean square over the clip, and the difference of the two levels is a figure
of its own. Silence stays silence: nothing is scaled up to be compared.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from silentfoley.errors import SilentFoleyError

Floats = NDArray[np.float64]
#: A sound whose RMS is below this (-120 dB of full scale) is silence.
SILENCE_RMS = 1e-6


def as_pair(true: ArrayLike, made: ArrayLike) -> tuple[Floats, Floats]:
    """Two (N,) sounds of one length, as float64.

    Raises:
        SilentFoleyError: if they are not (N,) of one length N >= 1, or not finite.
    """
    one, other = np.asarray(true, dtype=np.float64), np.asarray(made, dtype=np.float64)
    if one.ndim != 1 or one.shape != other.shape or not one.size:
        shapes = f"shapes {one.shape} and {other.shape}"
        raise SilentFoleyError("sounds to compare", shapes, "pass two mono sounds of one length")
    if not (np.isfinite(one).all() and np.isfinite(other).all()):
        raise SilentFoleyError("sounds to compare", "hold NaN or infinity", "check the generator that made them")
    return one, other


def rms(sound: ArrayLike) -> float:
    """Root mean square of (N,) samples; 0 for none."""
    samples = np.asarray(sound, dtype=np.float64)
    return float(np.sqrt(np.mean(samples**2))) if samples.size else 0.0


def is_silent(sound: ArrayLike) -> bool:
    """Whether (N,) samples lie below :data:`SILENCE_RMS`."""
    return rms(sound) < SILENCE_RMS


def unit_rms(sound: ArrayLike) -> Floats:
    """(N,) samples in units of their own RMS; zeros where they are silence."""
    samples = np.asarray(sound, dtype=np.float64)
    level = rms(samples)
    return samples / level if level >= SILENCE_RMS else np.zeros_like(samples)


def level_difference_db(true: ArrayLike, made: ArrayLike) -> float:
    """How much louder ``made`` is as found, by RMS over the clip; 0 if both are silent, NaN if one is."""
    levels = rms(true), rms(made)
    silent = [level < SILENCE_RMS for level in levels]
    if any(silent):
        return 0.0 if all(silent) else float("nan")
    return float(20 * np.log10(levels[1] / levels[0]))
