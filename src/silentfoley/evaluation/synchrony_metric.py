"""The synchrony judge as a torchmetrics metric."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor

from silentfoley.evaluation.synchrony_judge import Floats, judge
from silentfoley.metrics.clip_metric import ClipMetric, scalars


class SynchronyMetric(ClipMetric):
    """Twin of :func:`~silentfoley.evaluation.synchrony_judge.judge`; windows are embedded by the caller.

    Args:
        column_rate_hz: windows per second, > 0.
        **kwargs: of ``torchmetrics.Metric``.
    """

    higher_is_better = True

    def __init__(self, column_rate_hz: float, **kwargs: Any) -> None:
        super().__init__(n_columns=4, **kwargs)
        self.column_rate_hz = column_rate_hz

    def update(self, clip: int, visual: Floats, audio: Floats, true_audio: Floats) -> None:
        """Take one clip: its number, (W, E) windows of picture, (V, E) of the sound, and of the true sound."""
        made, true = (judge(visual, sound, self.column_rate_hz) for sound in (audio, true_audio))
        self.add(clip, [[made.told_apart, made.in_step, 1000 * abs(made.offset_s), true.told_apart]])

    def compute(self) -> dict[str, Tensor]:
        """Means over the clips long enough to be judged, NaN if there is none; and per clip.

        Returns:
            scalars ``told_apart``, ``in_step``, ``offset_ms``, and ``accuracy``: told apart on the true sound; (N,)
            ``clip``, ``clip_told_apart``.
        """
        tables = self.tables()
        values = torch.stack([torch.from_numpy(t[0]) for t in tables.values()])
        names = ("told_apart", "in_step", "offset_ms", "accuracy")
        means = dict(zip(names, values.nanmean(dim=0).tolist(), strict=True))
        return scalars(means, self.device) | {"clip": torch.tensor(list(tables)), "clip_told_apart": values[:, 0]}
