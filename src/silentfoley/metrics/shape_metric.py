"""The shape measures as a torchmetrics metric."""

from __future__ import annotations

from typing import Any

import torch
from numpy.typing import ArrayLike
from torch import Tensor

from silentfoley.metrics.clip_metric import ClipMetric, scalars
from silentfoley.metrics.shape import SHAPE_PARTS, clip_shape, summarise_shape


class ShapeMetric(ClipMetric):
    """Twin of :func:`~silentfoley.metrics.shape.clip_shape` and ``summarise_shape``.

    Args:
        sample_rate_hz: of all sounds.
        **kwargs: of ``torchmetrics.Metric``.
    """

    higher_is_better = False

    def __init__(self, sample_rate_hz: int, **kwargs: Any) -> None:
        super().__init__(n_columns=len(SHAPE_PARTS), **kwargs)
        self.sample_rate_hz = sample_rate_hz

    def update(self, clip: int, true: Tensor, made: Tensor, events_s: ArrayLike = ()) -> None:
        """Take one clip.

        Args:
            clip: its number in the set.
            true: (N,) samples.
            made: (N,) samples.
            events_s: (E,) true events in seconds.
        """
        values = clip_shape(true.detach().cpu(), made.detach().cpu(), events_s, self.sample_rate_hz)
        self.add(clip, [[values[p] for p in SHAPE_PARTS]])

    def compute(self) -> dict[str, Tensor]:
        """Measures of the set as scalars; per clip (N,) ``clip`` and ``clip_<part>`` for each of ``SHAPE_PARTS``."""
        tables = self.tables()
        clips = [dict(zip(SHAPE_PARTS, table[0].tolist(), strict=True)) for table in tables.values()]
        per_clip = {
            f"clip_{p}": torch.tensor([c[p] for c in clips], dtype=torch.float64, device=self.device)
            for p in SHAPE_PARTS
        }
        return scalars(summarise_shape(clips), self.device) | {"clip": torch.tensor(list(tables))} | per_clip
