"""The published onset measures as a torchmetrics metric; read the warning of their twin."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
from numpy.typing import ArrayLike
from torch import Tensor

from silentfoley.metrics.clip_metric import ClipMetric, scalars
from silentfoley.metrics.condfoley import TOLERANCE_S, legacy_score


class CondFoleyMetric(ClipMetric):
    """Twin of :func:`~silentfoley.metrics.condfoley.legacy_score`, faults included.

    Args:
        tolerance_s: of a match in seconds, itself not included.
        **kwargs: of ``torchmetrics.Metric``.
    """

    higher_is_better = True

    def __init__(self, tolerance_s: float = TOLERANCE_S, **kwargs: Any) -> None:
        super().__init__(n_columns=4, **kwargs)
        self.tolerance_s = tolerance_s

    def update(self, clip: int, true: ArrayLike, onsets: ArrayLike, made: ArrayLike) -> None:
        """Take one clip: its number, (E,) true and (M,) generated onsets in samples, (N,) the generated sound."""
        score = legacy_score(true, onsets, made, self.tolerance_s)
        count = np.nan if score.stops else float(score.count_right)
        self.add(clip, [[score.average_precision, score.accuracy, count, float(bool(score.stops))]])

    def compute(self) -> dict[str, Tensor]:
        """Means over the clips on which the script does not stop, NaN if it stops on all; and per clip.

        Returns:
            scalars ``onset_ap``, ``onset_accuracy``, ``onset_count_accuracy``, ``script_stops`` (its share of all
            clips); (N,) ``clip``, ``clip_onset_ap``, ``clip_onset_accuracy``.
        """
        tables = self.tables()
        values = torch.stack([torch.from_numpy(t[0]) for t in tables.values()])
        names = ("onset_ap", "onset_accuracy", "onset_count_accuracy", "script_stops")
        means = dict(zip(names, values.nanmean(dim=0).tolist(), strict=True))
        return scalars(means, self.device) | {
            "clip": torch.tensor(list(tables)),
            "clip_onset_ap": values[:, 0],
            "clip_onset_accuracy": values[:, 1],
        }
