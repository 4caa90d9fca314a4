"""What a feature extractor is: pictures with their times in, one feature per column out."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import Any

import numpy as np
from numpy.typing import NDArray

from silentfoley.timegrid import TimeGrid


class FeatureExtractor(ABC):
    """Turns the frames of one clip into features on its columns. Deterministic, no training.

    Attributes:
        name: short name; part of the cache key.
        frame_size: (height, width) the frames should be decoded at, or None for any.
    """

    name: str
    frame_size: tuple[int, int] | None = None

    @abstractmethod
    def settings(self) -> dict[str, Any]:
        """Everything that changes the result, as JSON values: with ``name`` it keys the feature cache."""

    @abstractmethod
    def __call__(self, frames: NDArray[np.uint8], times_s: NDArray[np.float64], grid: TimeGrid) -> NDArray[np.float32]:
        """Features per column.

        Args:
            frames: (F, H, W, 3) RGB, F >= 1.
            times_s: (F,) presentation times in seconds, from the start of the clip.
            grid: the clip's clock.

        Returns:
            (T, ...) with T = ``grid.n_columns``.
        """
