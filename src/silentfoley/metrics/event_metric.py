"""The event measures as a torchmetrics metric."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
from numpy.typing import ArrayLike, NDArray
from torch import Tensor

from silentfoley.errors import SilentFoleyError
from silentfoley.metrics.clip_metric import ClipMetric, scalars
from silentfoley.metrics.counts import count_error
from silentfoley.metrics.events import CHANCE_DRAWS, ClipEvents, summarise_events
from silentfoley.metrics.matching import as_times
from silentfoley.metrics.ranking import average_precision

_CLIP, _TRUE, _CUE = 0.0, 1.0, 2.0


class EventMetric(ClipMetric):
    """Twin of :func:`~silentfoley.metrics.events.summarise_events`, ``average_precision`` and ``count_error``.

    Args:
        tolerance_s: of the matching in seconds.
        draws: shifts per clip for chance.
        seed: of the shifts; the clip at place ``i`` in the order of clip numbers draws from ``seed + i``.
        **kwargs: of ``torchmetrics.Metric``.
    """

    higher_is_better = True

    def __init__(self, tolerance_s: float, draws: int = CHANCE_DRAWS, seed: int = 0, **kwargs: Any) -> None:
        super().__init__(n_columns=3, **kwargs)
        self.tolerance_s, self.draws, self.seed = tolerance_s, draws, seed

    def update(
        self, clip: int, true_s: ArrayLike, cues_s: ArrayLike, duration_s: float, ranks: ArrayLike | None = None
    ) -> None:
        """Take one clip.

        Args:
            clip: its number in the set.
            true_s: (N,) true onsets in seconds.
            cues_s: (M,) cues in seconds.
            duration_s: its length in seconds.
            ranks: (M,) strength or confidence; all alike if None.
        """
        events = ClipEvents(as_times(true_s), as_times(cues_s), float(duration_s))
        rank = np.zeros(events.cues_s.size) if ranks is None else as_times(ranks, "ranks")
        if rank.size != events.cues_s.size:
            raise SilentFoleyError(f"clip {clip}", "its cues and ranks differ in number", "rank every cue")
        self.add(
            clip,
            np.concatenate(
                [
                    [[_CLIP, events.duration_s, 0.0]],
                    np.stack([np.full(events.true_s.size, _TRUE), events.true_s, np.zeros(events.true_s.size)], axis=1),
                    np.stack([np.full(rank.size, _CUE), events.cues_s, rank], axis=1),
                ]
            ),
        )

    def compute(self) -> dict[str, Tensor]:
        """Scores of all clips.

        Returns:
            scalars ``f1``, ``chance``, ``skill`` (means over clips), ``precision``, ``recall``, ``pooled_f1``,
            ``average_precision`` (all clips together), ``count_error``, ``count_error_abs``, ``count_exact``,
            ``bias_s``, ``median_abs_s``, ``p90_abs_s``; and per clip (N,) ``clip``, ``clip_f1``, ``clip_chance``,
            ``clip_count_error`` (torchmetrics turns the four into scalars for a single clip). Log the scalars by name.
        """
        tables = self.tables()
        clips = [_events(t) for t in tables.values()]
        summary = summarise_events(clips, self.tolerance_s, self.draws, self.seed)
        counts = count_error([c.true_s.size for c in clips], [c.cues_s.size for c in clips])
        ranks = [t[t[:, 0] == _CUE, 2] for t in tables.values()]
        precision = average_precision([c.true_s for c in clips], [c.cues_s for c in clips], ranks, self.tolerance_s)
        values = {
            "f1": summary.f1,
            "chance": summary.chance,
            "skill": summary.skill,
            "precision": summary.pooled.precision,
            "recall": summary.pooled.recall,
            "pooled_f1": summary.pooled.f1,
            "average_precision": precision,
            "count_error": counts.mean,
            "count_error_abs": counts.mean_abs,
            "count_exact": counts.exact_share,
            "bias_s": summary.timing.bias_s,
            "median_abs_s": summary.timing.median_abs_s,
            "p90_abs_s": summary.timing.p90_abs_s,
        }
        return scalars(values, self.device) | {
            "clip": torch.tensor(list(tables)),
            "clip_f1": torch.from_numpy(summary.clip_f1),
            "clip_chance": torch.from_numpy(summary.clip_chance),
            "clip_count_error": torch.from_numpy(counts.clip_error),
        }


def _events(table: NDArray[np.floating]) -> ClipEvents:
    kind, value = table[:, 0], table[:, 1]
    return ClipEvents(value[kind == _TRUE], value[kind == _CUE], float(value[0]))
