"""The rule's strikes and light in units of what is near: two curves that were measured and are not in the library."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from silentfoley.encoders.motion import FLASH_WEIGHT, SMOOTH_S, feature, in_units
from silentfoley.signal.smoothing import gaussian, highest_around
from silentfoley.timegrid import TimeGrid

Floats = NDArray[np.floating]

#: So far to both sides is near, for shares of the highest and for units.
NEAR_S, UNIT_NEAR_S = 2.5, 5.0


def local_onsets(features: NDArray[np.float32], grid: TimeGrid) -> Floats:
    """(T,) >= 0: strikes and half as much light as a share of the highest within NEAR_S.

    No unit is smaller than the whole clip's own: noise in a still stretch is not blown up.
    """
    rate_hz = float(grid.column_rate_hz)
    strike, flash = (_gaussian_units(feature(features, name), rate_hz) for name in ("strike", "flash"))
    curve = in_units(gaussian(strike + FLASH_WEIGHT * flash, SMOOTH_S * rate_hz).astype(np.float32))
    highest = gaussian(highest_around(curve, round(NEAR_S * rate_hz)), NEAR_S / 4 * rate_hz)
    return curve / np.maximum(highest, 1)


def near_onsets(features: NDArray[np.float32], grid: TimeGrid) -> Floats:
    """(T,) >= 0: the rule in units of twice the root mean square within UNIT_NEAR_S; itself in shorter clips."""
    rate_hz = float(grid.column_rate_hz)
    strike, flash = (_box_units(feature(features, name), rate_hz) for name in ("strike", "flash"))
    return _box_units(gaussian(strike + FLASH_WEIGHT * flash, SMOOTH_S * rate_hz), rate_hz)


def _gaussian_units(curve: Floats, rate_hz: float) -> Floats:
    power = np.square(curve, dtype=np.float64)
    least = 2 * np.sqrt(power.mean())
    unit = np.maximum(2 * np.sqrt(gaussian(power, NEAR_S / 2 * rate_hz)), least)
    return curve / unit if least > 0 else np.zeros(curve.size)


def _box_units(curve: Floats, rate_hz: float) -> Floats:
    reach, columns = round(UNIT_NEAR_S * rate_hz), np.arange(curve.size)
    energy = np.concatenate([[0.0], np.cumsum(np.square(curve, dtype=np.float64))])
    first, end = np.maximum(columns - reach, 0), np.minimum(columns + reach + 1, curve.size)
    unit = 2 * np.sqrt(np.maximum(energy[end] - energy[first], 0) / (end - first))
    return np.divide(curve, unit, out=np.zeros(curve.size), where=unit > 0)
