"""Average precision of cues ranked by strength or confidence, over every true event."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike, NDArray

from silentfoley.errors import SilentFoleyError
from silentfoley.metrics.matching import as_times, count_matches


def average_precision(
    true_s: Sequence[ArrayLike], cues_s: Sequence[ArrayLike], ranks: Sequence[ArrayLike], tolerance_s: float
) -> float:
    """Area under the precision-recall steps as the threshold on the rank falls, over a set of clips.

    At each distinct value all cues at or above it are matched one-to-one with *all* true events, so
    an event nobody cues costs recall. Cues of equal rank enter together. Silence against events is
    0; no events and no cues is 1; no events but cues is 0.

    Args:
        true_s: per clip (N,) true onsets in seconds.
        cues_s: per clip (M,) cues in seconds.
        ranks: per clip (M,) strength or confidence; higher is surer.
        tolerance_s: in seconds.

    Raises:
        SilentFoleyError: if the lists differ in length.
    """
    if not len(true_s) == len(cues_s) == len(ranks):
        raise SilentFoleyError("average_precision", "truth, cues and ranks differ in clips", "pass one list per clip")
    true = [as_times(t, "true_s") for t in true_s]
    cues = [as_times(c, "cues_s") for c in cues_s]
    rank = [as_times(r, "ranks") for r in ranks]
    if any(c.size != r.size for c, r in zip(cues, rank, strict=True)):
        raise SilentFoleyError("average_precision", "a clip's cues and ranks differ in number", "rank every cue")
    n_true, n_cues = sum(t.size for t in true), sum(c.size for c in cues)
    if n_true == 0 or n_cues == 0:
        return float(n_true == n_cues)
    area = recall = 0.0
    for threshold in np.unique(np.concatenate(rank))[::-1]:
        matched, kept = _at(true, cues, rank, float(threshold), tolerance_s)
        area += (matched / n_true - recall) * matched / kept
        recall = matched / n_true
    return area


def _at(
    true: list[NDArray[np.float64]],
    cues: list[NDArray[np.float64]],
    rank: list[NDArray[np.float64]],
    threshold: float,
    tolerance_s: float,
) -> tuple[int, int]:
    """Matches and cues over all clips with the cues at or above ``threshold``."""
    kept = [c[r >= threshold] for c, r in zip(cues, rank, strict=True)]
    return sum(count_matches(t, c, tolerance_s) for t, c in zip(true, kept, strict=True)), sum(c.size for c in kept)
