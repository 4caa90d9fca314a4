"""Onset curve without training in units of what is near: a lively shot does not drown a quiet one.

Our own design; ``experiments/real_clips`` says what it was chosen on and what it is worth.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from silentfoley.encoders.motion import FLASH_WEIGHT, SMOOTH_S, feature
from silentfoley.signal.smoothing import gaussian
from silentfoley.timegrid import TimeGrid

Floats = NDArray[np.float32]

#: So far to both sides is near: a clip no longer than this is all near.
NEAR_S = 5.0


def local_onsets(features: Floats, grid: TimeGrid) -> Floats:
    """Strikes, and half as much new light, each in units of twice its root mean square within :data:`NEAR_S`.

    In a clip no longer than that it is :func:`silentfoley.encoders.motion.motion_onsets`, not squashed.

    Args:
        features: (T, 28) of :class:`silentfoley.encoders.motion.MotionFeatures`.
        grid: the clip's clock.

    Returns:
        (T,) >= 0. Peaks that stand out by 0.5 are worth a cue.
    """
    rate_hz = float(grid.column_rate_hz)
    strike, flash = (in_near_units(feature(features, name), rate_hz) for name in ("strike", "flash"))
    curve = gaussian(strike + FLASH_WEIGHT * flash, SMOOTH_S * rate_hz).astype(np.float32)
    return in_near_units(curve, rate_hz)


def in_near_units(curve: Floats, rate_hz: float) -> Floats:
    """(T,) in units of twice the root mean square within :data:`NEAR_S` to both sides, or as far as the clip goes."""
    reach, columns = round(NEAR_S * rate_hz), np.arange(curve.size)
    energy = np.concatenate([[0.0], np.cumsum(np.square(curve, dtype=np.float64))])
    first, end = np.maximum(columns - reach, 0), np.minimum(columns + reach + 1, curve.size)
    unit = 2 * np.sqrt(np.maximum(energy[end] - energy[first], 0) / (end - first))
    return np.asarray(np.divide(curve, unit, out=np.zeros(curve.size), where=unit > 0), dtype=np.float32)
