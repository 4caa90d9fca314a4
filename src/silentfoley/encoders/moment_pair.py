"""Vectors of one moment network beside the answers of a second that knows something of its own."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from silentfoley.encoders.base import FeatureExtractor
from silentfoley.encoders.interpolation import FrameInterpolation
from silentfoley.encoders.moment_cnn import MomentFeatures
from silentfoley.timegrid import TimeGrid


class MomentPair(FeatureExtractor):
    """(T, D + A): all that a first :class:`MomentCNN` sees, and the A answers of a second one, on the same pictures.

    Ours. The second is trained for what the first is weak at, such as which hoof of a horse lands; of its vectors only
    the answers at their end are kept, so that whoever reads both has few numbers more to learn from.

    Args:
        weights: safetensors file of the first network.
        second_weights: of the second.
        n_second_answers: A.
        width: of both networks.
        interpolation: how pictures at columns come about; a linear blend by default.

    Raises:
        CheckpointError: if weights cannot be read or do not fit.
    """

    name = "moment_pair"

    def __init__(
        self,
        weights: Path | str,
        second_weights: Path | str,
        n_second_answers: int = 117,
        width: int = 32,
        interpolation: FrameInterpolation | None = None,
    ) -> None:
        self.first = MomentFeatures(weights, width, interpolation)
        self.second = MomentFeatures(second_weights, width, interpolation, n_answers=n_second_answers)
        self.n_second_answers = n_second_answers
        self.frame_size = self.first.frame_size

    def settings(self) -> dict[str, Any]:
        """Everything that changes the result, the hashes of both networks' weights included."""
        return {"first": self.first.settings(), "second": self.second.settings()}

    def __call__(self, frames: NDArray[np.uint8], times_s: NDArray[np.float64], grid: TimeGrid) -> NDArray[np.float32]:
        """(T, D + A) features. See :class:`FeatureExtractor`."""
        return self.of_pictures(self.first.pictures(frames, times_s, grid))

    def of_pictures(self, pictures: NDArray[np.uint8]) -> NDArray[np.float32]:
        """(T, 64, 64) grey bytes at columns to (T, D + A)."""
        return self.beside(self.first.of_pictures(pictures), pictures)

    def beside(self, vectors: NDArray[np.float32], pictures: NDArray[np.uint8]) -> NDArray[np.float32]:
        """(T, D) vectors of the first network and the pictures they came from to (T, D + A)."""
        answers = self.second.of_pictures(pictures)[:, -self.n_second_answers :]
        return np.concatenate([vectors, answers], axis=1)
