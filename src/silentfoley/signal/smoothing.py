"""Two small filters in NumPy alone.

SciPy has both; importing ``scipy.ndimage`` for them costs a command most of a second before it has begun.
"""

from __future__ import annotations

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

#: A Gaussian ends so many deviations from its middle, as SciPy's does.
_TRUNCATE = 4.0


def gaussian(curve: NDArray[np.floating], deviation: float) -> NDArray[np.float64]:
    """(T,) curve smoothed by a Gaussian of ``deviation`` samples, mirrored about its ends (the end sample twice).

    Args:
        curve: (T,), T >= 1.
        deviation: > 0.
    """
    reach = int(_TRUNCATE * deviation + 0.5)
    weights = np.exp(-0.5 * (np.arange(-reach, reach + 1) / deviation) ** 2)
    padded = np.pad(np.asarray(curve, dtype=np.float64), reach, mode="symmetric")
    return np.convolve(padded, weights / weights.sum(), mode="valid")


def highest_around(curve: NDArray[np.float32], reach: int) -> NDArray[np.float32]:
    """(T,) largest value at most ``reach`` >= 0 samples away."""
    highest: NDArray[np.float32] = sliding_window_view(np.pad(curve, reach, mode="edge"), 2 * reach + 1).max(axis=-1)
    return highest


def highest_beside(cells: NDArray[np.float32]) -> NDArray[np.float32]:
    """(N, R, C) largest of each cell and its eight neighbours in its own (R, C) picture."""
    padded = np.pad(cells, ((0, 0), (1, 1), (1, 1)), mode="edge")
    along = np.maximum(np.maximum(padded[:, :-2], padded[:, 1:-1]), padded[:, 2:])
    highest: NDArray[np.float32] = np.maximum(np.maximum(along[..., :-2], along[..., 1:-1]), along[..., 2:])
    return highest
