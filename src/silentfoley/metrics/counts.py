"""Are there as many cues as events, wherever they are?"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from silentfoley.errors import SilentFoleyError


@dataclass(frozen=True)
class CountError:
    """Cues against events, counted per clip.

    Attributes:
        mean: of cues minus events; positive where there are too many.
        mean_abs: of the distance.
        exact_share: clips with the right number, in [0, 1] (*onset-count accuracy* elsewhere).
        clip_error: (clips,) cues minus events.
    """

    mean: float
    mean_abs: float
    exact_share: float
    clip_error: NDArray[np.int64]


def count_error(n_true: ArrayLike, n_cues: ArrayLike) -> CountError:
    """Compare (clips,) numbers of events with (clips,) numbers of cues.

    Raises:
        SilentFoleyError: if there is no clip or the lists differ in length.
    """
    true, cues = np.asarray(n_true, dtype=np.int64), np.asarray(n_cues, dtype=np.int64)
    if true.shape != cues.shape or true.ndim != 1 or true.size == 0:
        raise SilentFoleyError("count_error", f"shapes {true.shape} and {cues.shape}", "pass two counts per clip")
    error = cues - true
    return CountError(float(error.mean()), float(np.abs(error).mean()), float((error == 0).mean()), error)
