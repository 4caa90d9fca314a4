"""Space-time images: three moments of a clip in one picture."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from silentfoley.encoders.interpolation import grey


def space_time_images(pictures: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Grey of the previous, the current and the next picture as three channels.

    Owens et al. feed their image network so [V-blog]; that AutoFoley does too is believed, not verified.
    There the three are neighbouring frames; here they are neighbouring columns of interpolated frames.

    Args:
        pictures: (T, H, W, 3) colour or (T, H, W) grey, T >= 1.

    Returns:
        (T, H, W, 3) uint8. The first picture is its own past, the last one its own future.
    """
    luma = grey(pictures)
    return np.stack([luma[past(len(luma))], luma, luma[future(len(luma))]], axis=-1)


def past(n_columns: int) -> NDArray[np.int64]:
    """(T,) index of the column before each column; 0 for the first."""
    return np.maximum(np.arange(n_columns, dtype=np.int64) - 1, 0)


def future(n_columns: int) -> NDArray[np.int64]:
    """(T,) index of the column after each column; T - 1 for the last."""
    return np.minimum(np.arange(n_columns, dtype=np.int64) + 1, n_columns - 1)
