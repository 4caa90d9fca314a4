"""AV-Align as a torchmetrics metric."""

from __future__ import annotations

from typing import Any

import torch
from numpy.typing import ArrayLike
from torch import Tensor

from silentfoley.metrics.av_align import TOLERANCE_S, av_align, chance_av_align
from silentfoley.metrics.clip_metric import ClipMetric, scalars
from silentfoley.metrics.events import CHANCE_DRAWS, skill


class AVAlignMetric(ClipMetric):
    """Twin of :func:`~silentfoley.metrics.av_align.av_align` and its chance.

    Args:
        tolerance_s: largest distance of a pair.
        draws: shifts per clip for chance.
        seed: of the shifts; clip ``i`` draws from ``seed + i``.
        **kwargs: of ``torchmetrics.Metric``.
    """

    higher_is_better = True

    def __init__(
        self, tolerance_s: float = TOLERANCE_S, draws: int = CHANCE_DRAWS, seed: int = 0, **kwargs: Any
    ) -> None:
        super().__init__(n_columns=2, **kwargs)
        self.tolerance_s, self.draws, self.seed = tolerance_s, draws, seed

    def update(self, clip: int, motion_s: ArrayLike, sound_s: ArrayLike, duration_s: float) -> None:
        """Take one clip: its number, (M,) motion peaks and (N,) sound peaks in seconds, and its length."""
        chance = chance_av_align(motion_s, sound_s, duration_s, self.tolerance_s, self.draws, self.seed + clip)
        self.add(clip, [[av_align(motion_s, sound_s, self.tolerance_s), chance]])

    def compute(self) -> dict[str, Tensor]:
        """Scalars ``av_align``, ``chance``, ``skill`` of the two means; per clip ``clip``, ``clip_av_align``,
        ``clip_chance``.
        """
        tables = self.tables()
        values = torch.stack([torch.from_numpy(t[0]) for t in tables.values()])
        score, chance = values.mean(dim=0).tolist()
        return scalars({"av_align": score, "chance": chance, "skill": skill(score, chance)}, self.device) | {
            "clip": torch.tensor(list(tables)),
            "clip_av_align": values[:, 0],
            "clip_chance": values[:, 1],
        }
