"""Onset curve without training in units of what is near: a lively shot does not drown a quiet one.

Our own design; ``experiments/real_clips`` says what it was chosen on and what it is worth.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from silentfoley.encoders.motion import FLASH_WEIGHT, SMOOTH_S, feature, in_units
from silentfoley.signal.smoothing import gaussian, highest_around
from silentfoley.timegrid import TimeGrid

Floats = NDArray[np.float32]

#: So far to both sides is near.
NEAR_S = 2.5


def local_onsets(features: Floats, grid: TimeGrid) -> Floats:
    """Strikes, and half as much new light, as a share of the highest within :data:`NEAR_S`.

    No unit is smaller than the whole clip's own: noise in a still stretch is not blown up.

    Args:
        features: (T, 28) of :class:`silentfoley.encoders.motion.MotionFeatures`.
        grid: the clip's clock.

    Returns:
        (T,) >= 0, about 1 where nothing near is higher, less in stillness. Peaks that stand out by 0.4 are worth a cue.
    """
    rate_hz = float(grid.column_rate_hz)
    strike, flash = (_in_local_units(feature(features, name), rate_hz) for name in ("strike", "flash"))
    curve = in_units(gaussian(strike + FLASH_WEIGHT * flash, SMOOTH_S * rate_hz).astype(np.float32))
    highest = gaussian(highest_around(curve, round(NEAR_S * rate_hz)), NEAR_S / 4 * rate_hz)
    return np.asarray(curve / np.maximum(highest, 1), dtype=np.float32)


def _in_local_units(curve: Floats, rate_hz: float) -> Floats:
    """(T,) in units of twice the root mean square around, as :func:`silentfoley.encoders.motion.in_units` is of all."""
    power = np.square(curve, dtype=np.float64)
    least = 2 * np.sqrt(power.mean())
    unit = np.maximum(2 * np.sqrt(gaussian(power, NEAR_S / 2 * rate_hz)), least)
    return np.asarray(curve / unit if least > 0 else np.zeros_like(curve), dtype=np.float32)
