"""av-benchmark's measures as torchmetrics metrics."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
from numpy.typing import ArrayLike, NDArray
from torch import Tensor

from silentfoley.metrics.av_bench import (
    IS_SEED,
    IS_SPLITS,
    OFFSETS_S,
    cosine_per_clip,
    desync_chance_s,
    desync_per_clip,
    kl_per_clip,
    split_inception_score,
)
from silentfoley.metrics.clip_metric import ClipMetric, scalars


class _PerClip(ClipMetric):
    """Mean of one number per clip."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(n_columns=1, **kwargs)

    def compute(self) -> dict[str, Tensor]:
        """Scalar ``mean``; per clip (N,) ``clip`` and ``clip_value``."""
        tables = self.tables()
        values = np.array([t[0, 0] for t in tables.values()])
        return scalars({"mean": float(values.mean())}, self.device) | {
            "clip": torch.tensor(list(tables)),
            "clip_value": torch.from_numpy(values),
        }


class KLMetric(_PerClip):
    """Twin of :func:`~silentfoley.metrics.av_bench.kl_per_clip`."""

    higher_is_better = False

    def update(self, clip: int, reference_logits: ArrayLike, generated_logits: ArrayLike) -> None:
        """Take one clip: its number and (C,) logits of both sides."""
        self.add(clip, kl_per_clip(_row(reference_logits), _row(generated_logits)))


class PairedCosineMetric(_PerClip):
    """Twin of :func:`~silentfoley.metrics.av_bench.cosine_per_clip` (IB-score, CLAP score)."""

    higher_is_better = True

    def update(self, clip: int, one: ArrayLike, other: ArrayLike) -> None:
        """Take one clip: its number and two (D,) embeddings."""
        self.add(clip, cosine_per_clip(_row(one), _row(other)))


class DeSyncMetric(_PerClip):
    """Twin of :func:`~silentfoley.metrics.av_bench.desync_per_clip`."""

    higher_is_better = False

    def update(self, clip: int, offset_logits: ArrayLike) -> None:
        """Take one clip: its number and (S, 21) logits."""
        self.add(clip, desync_per_clip(np.asarray(offset_logits).reshape(1, -1, OFFSETS_S.size)))

    def compute(self) -> dict[str, Tensor]:
        """As for the others, and scalar ``chance``."""
        return super().compute() | scalars({"chance": desync_chance_s()}, self.device)


class SplitInceptionScoreMetric(ClipMetric):
    """Twin of :func:`~silentfoley.metrics.av_bench.split_inception_score`.

    Args:
        n_classes: C.
        splits: parts.
        seed: of the shuffling, applied to the clips in the order of their numbers.
        **kwargs: of ``torchmetrics.Metric``.
    """

    higher_is_better = True

    def __init__(self, n_classes: int, splits: int = IS_SPLITS, seed: int = IS_SEED, **kwargs: Any) -> None:
        super().__init__(n_columns=n_classes, **kwargs)
        self.splits, self.seed = splits, seed

    def update(self, clip: int, logits: ArrayLike) -> None:
        """Take one clip: its number and (C,) logits."""
        self.add(clip, _row(logits))

    def compute(self) -> dict[str, Tensor]:
        """Scalars ``mean`` and ``std`` over the splits."""
        score = split_inception_score(np.stack([t[0] for t in self.tables().values()]), self.splits, self.seed)
        return scalars({"mean": score.mean, "std": score.std}, self.device)


def _row(values: ArrayLike) -> NDArray[np.float64]:
    return np.asarray(values, dtype=np.float64).reshape(1, -1)
