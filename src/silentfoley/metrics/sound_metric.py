"""The measures of sets of embeddings as torchmetrics metrics."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Hashable, Sequence
from typing import Any

import numpy as np
import torch
from numpy.typing import ArrayLike, NDArray
from torch import Tensor

from silentfoley.metrics.bins import compare_bins
from silentfoley.metrics.clip_metric import ClipMetric, scalars
from silentfoley.metrics.frechet import frechet_distance
from silentfoley.metrics.inception_score import inception_score
from silentfoley.metrics.nearest import novelty, retrieval_hits
from silentfoley.metrics.paired_frechet_infinity import paired_frechet_infinity
from silentfoley.metrics.paired_kad import paired_kad

Floats = NDArray[np.floating]
#: Columns before the vector: recording, class, side.
_KEYS = 3
_TRUE, _GENERATED = 0.0, 1.0


class PairMetric(ClipMetric):
    """Base: keeps the vectors of both sides of every clip.

    Args:
        n_dimensions: D of the vectors.
        **kwargs: of ``torchmetrics.Metric``.
    """

    def __init__(self, n_dimensions: int, **kwargs: Any) -> None:
        super().__init__(n_columns=_KEYS + n_dimensions, **kwargs)

    def update(
        self, clip: int, reference: ArrayLike | Tensor, generated: ArrayLike | Tensor, recording: int, label: int = 0
    ) -> None:
        """Take one clip.

        Args:
            clip: its number in the set.
            reference: (D,) or (P, D) vectors of the true sound.
            generated: (D,) or (Q, D) of the generated sound.
            recording: number of the recording it is cut from; clips of one are drawn together.
            label: number of its class.
        """
        sides = [torch.as_tensor(v, dtype=self.row_dtype, device=self.device) for v in (reference, generated)]
        rows = []
        for side, vectors in zip((_TRUE, _GENERATED), sides, strict=True):
            vectors = vectors.reshape(-1, self.n_columns - _KEYS)
            keys = torch.tensor([recording, label, side], dtype=self.row_dtype, device=self.device)
            rows.append(torch.cat([keys.expand(len(vectors), _KEYS), vectors], dim=1))
        self.add(clip, torch.cat(rows))

    def compute(self) -> dict[str, Tensor]:
        """Scalars by name."""
        rows = np.concatenate(list(self.tables().values()))
        side = rows[:, 2]
        return scalars(self.score(rows[side == _TRUE], rows[side == _GENERATED]), self.device)

    @abstractmethod
    def score(self, true: Floats, generated: Floats) -> dict[str, float]:
        """Scalars of all rows: recording, class, side, then the vector."""


class KadMetric(PairMetric):
    """Twin of :func:`~silentfoley.metrics.paired_kad.paired_kad`; one vector per clip and side."""

    higher_is_better = False

    def score(self, true: Floats, generated: Floats) -> dict[str, float]:
        """``kad`` and the ends of its interval."""
        found = paired_kad(true[:, _KEYS:], generated[:, _KEYS:], true[:, 0].tolist())
        return {"kad": found.mean, "low": found.low, "high": found.high}


class FrechetMetric(PairMetric):
    """Twin of :func:`~silentfoley.metrics.frechet.frechet_distance`."""

    higher_is_better = False

    def score(self, true: Floats, generated: Floats) -> dict[str, float]:
        """``frechet``."""
        return {"frechet": frechet_distance(true[:, _KEYS:], generated[:, _KEYS:])}


class FrechetInfinityMetric(PairMetric):
    """Twin of :func:`~silentfoley.metrics.paired_frechet_infinity.paired_frechet_infinity`.

    Args:
        n_dimensions: D of the vectors.
        n_draws: behind the interval.
        **kwargs: of ``torchmetrics.Metric``.
    """

    higher_is_better = False

    def __init__(self, n_dimensions: int, n_draws: int = 12, **kwargs: Any) -> None:
        super().__init__(n_dimensions, **kwargs)
        self.n_draws = n_draws

    def score(self, true: Floats, generated: Floats) -> dict[str, float]:
        """``frechet_infinity`` and the ends of its interval."""
        names = [side[:, 0].tolist() for side in (true, generated)]
        found = paired_frechet_infinity(true[:, _KEYS:], generated[:, _KEYS:], *names, n_draws=self.n_draws)
        return {"frechet_infinity": found.mean, "low": found.low, "high": found.high}


class BinMetric(PairMetric):
    """Twin of :func:`~silentfoley.metrics.bins.compare_bins`; one vector per clip and side."""

    higher_is_better = False

    def score(self, true: Floats, generated: Floats) -> dict[str, float]:
        """``ndb`` and ``jsd``."""
        found = compare_bins(true[:, _KEYS:], generated[:, _KEYS:])
        return {"ndb": found.ndb, "jsd": found.jsd}


class RetrievalMetric(PairMetric):
    """Twin of :func:`~silentfoley.metrics.nearest.retrieval_hits`; one vector per clip and side."""

    higher_is_better = True

    def score(self, true: Floats, generated: Floats) -> dict[str, float]:
        """``retrieval_accuracy`` and ``judged``, the share of clips with another recording of their class."""
        labels = [str(int(number)) for number in true[:, 1]]
        hits = retrieval_hits(true[:, _KEYS:], generated[:, _KEYS:], labels, true[:, 0].tolist())
        judged = np.isfinite(hits)
        accuracy = float(hits[judged].mean()) if judged.any() else float("nan")
        return {"retrieval_accuracy": accuracy, "judged": float(judged.mean())}


class NoveltyMetric(ClipMetric):
    """Twin of :func:`~silentfoley.metrics.nearest.novelty`.

    Args:
        training: (M, D) training takes.
        recordings: M recordings.
        **kwargs: of ``torchmetrics.Metric``.
    """

    higher_is_better = True

    def __init__(self, training: ArrayLike, recordings: Sequence[Hashable], **kwargs: Any) -> None:
        takes = np.asarray(training, dtype=np.float64)
        super().__init__(n_columns=takes.shape[1], **kwargs)
        self.training_takes, self.recordings = takes, list(recordings)

    def update(self, clip: int, generated: ArrayLike | Tensor) -> None:
        """Take the (D,) vector of one clip."""
        self.add(clip, generated)

    def compute(self) -> dict[str, Tensor]:
        """``novelty``, the median, and (N,) ``clip_novelty``."""
        found = novelty(np.concatenate(list(self.tables().values())), self.training_takes, self.recordings)
        return {**scalars({"novelty": float(np.median(found))}, self.device), "clip_novelty": torch.from_numpy(found)}


class InceptionScoreMetric(ClipMetric):
    """Twin of :func:`~silentfoley.metrics.inception_score.inception_score`.

    Args:
        n_classes: K.
        **kwargs: of ``torchmetrics.Metric``.
    """

    higher_is_better = True

    def __init__(self, n_classes: int, **kwargs: Any) -> None:
        super().__init__(n_columns=n_classes, **kwargs)

    def update(self, clip: int, probabilities: ArrayLike | Tensor) -> None:
        """Take the (K,) class probabilities of one clip, summing to 1."""
        self.add(clip, probabilities)

    def compute(self) -> dict[str, Tensor]:
        """``inception_score``."""
        return scalars({"inception_score": inception_score(np.concatenate(list(self.tables().values())))}, self.device)
