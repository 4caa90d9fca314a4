"""Average precision of cues ranked by strength or confidence, over every true event."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike, NDArray

from silentfoley.errors import SilentFoleyError
from silentfoley.metrics.matching import as_times, count_matches


def ranked_hits(true_s: ArrayLike, cues_s: ArrayLike, ranks: ArrayLike, tolerance_s: float) -> NDArray[np.bool_]:
    """Which cues of one clip find an event, when they enter one by one from the highest rank down.

    A cue is a hit if it makes the largest one-to-one matching with *all* true events larger by a pair. How many hits
    there are among the cues above any threshold does not depend on the order of cues of equal rank.

    Args:
        true_s: (N,) true onsets in seconds.
        cues_s: (M,) cues in seconds.
        ranks: (M,) strength or confidence; higher is surer.
        tolerance_s: in seconds.

    Returns:
        (M,) bool, in the order of ``cues_s``.

    Raises:
        SilentFoleyError: if cues and ranks differ in number.
    """
    true, cues, rank = as_times(true_s, "true_s"), as_times(cues_s, "cues_s"), as_times(ranks, "ranks")
    if cues.size != rank.size:
        raise SilentFoleyError("average_precision", "a clip's cues and ranks differ in number", "rank every cue")
    hits = np.zeros(cues.size, dtype=bool)
    entered: list[int] = []
    matched = 0
    for cue in np.argsort(-rank, kind="stable"):
        entered.append(int(cue))
        now = count_matches(true, cues[entered], tolerance_s)
        hits[cue], matched = now > matched, now
    return hits


def average_precision_of_hits(hits: ArrayLike, ranks: ArrayLike, n_true: int) -> float:
    """Area under the precision-recall steps as the threshold on the rank falls.

    Args:
        hits: (M,) whether each prediction is right.
        ranks: (M,) its rank; equal ranks enter together.
        n_true: everything there was to find, found or not.

    Returns:
        in [0, 1]. Silence against events is 0; no events and no predictions is 1; predictions without events are 0.
    """
    hit, rank = np.asarray(hits, dtype=bool), np.asarray(ranks, dtype=np.float64)
    if n_true == 0 or hit.size == 0:
        return float(n_true == hit.size)
    order = np.argsort(-rank, kind="stable")
    found = np.cumsum(hit[order])
    last_of_tie = np.append(np.diff(rank[order]) != 0, True)
    kept, found = np.flatnonzero(last_of_tie) + 1, found[last_of_tie]
    recall_gained = np.diff(np.concatenate([[0], found])) / n_true
    return float(recall_gained @ (found / kept))


def average_precision(
    true_s: Sequence[ArrayLike], cues_s: Sequence[ArrayLike], ranks: Sequence[ArrayLike], tolerance_s: float
) -> float:
    """Average precision over a set of clips: all cues in one ranking, every true event in the denominator.

    Args:
        true_s: per clip (N,) true onsets in seconds.
        cues_s: per clip (M,) cues in seconds.
        ranks: per clip (M,) strength or confidence; higher is surer.
        tolerance_s: in seconds.

    Returns:
        see :func:`average_precision_of_hits`.

    Raises:
        SilentFoleyError: if the lists differ in length.
    """
    if not len(true_s) == len(cues_s) == len(ranks):
        raise SilentFoleyError("average_precision", "truth, cues and ranks differ in clips", "pass one list per clip")
    hits = [ranked_hits(*clip, tolerance_s) for clip in zip(true_s, cues_s, ranks, strict=True)]
    n_true = sum(as_times(t, "true_s").size for t in true_s)
    if not hits:
        return average_precision_of_hits([], [], n_true)
    all_ranks = np.concatenate([as_times(r, "ranks") for r in ranks])
    return average_precision_of_hits(np.concatenate(hits), all_ranks, n_true)


def clip_average_precision(
    true_s: Sequence[ArrayLike], cues_s: Sequence[ArrayLike], ranks: Sequence[ArrayLike], tolerance_s: float
) -> NDArray[np.float64]:
    """(clips,) :func:`average_precision` of each clip alone."""
    clips = zip(true_s, cues_s, ranks, strict=True)
    return np.array([average_precision([t], [c], [r], tolerance_s) for t, c, r in clips])
