"""The onset measures of the script published with CondFoleyGen (Du et al. 2023), as they are. Do not report them alone.

Other systems' onset accuracy and AP were computed this way, so to stand beside them one needs the same numbers. What is
wrong with them is kept, and named at the place; :mod:`~silentfoley.metrics.events` is the measure to trust.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from silentfoley.metrics.ranking import average_precision_of_hits

#: Printed with every result.
WARNING = (
    "condfoley_legacy repeats a published script with its faults: silence scores AP 1, three missed hits of four "
    "score AP 1, clips it stops on are left out; use it beside events_v1 only"
)
RATE_HZ = 22_050
#: Tolerance of a match, and length of the clip the script looks at, in seconds.
TOLERANCE_S, DURATION_S = 0.1, 2.0
#: Half-width within which confidence is read and onsets are merged: 50 ms, in whole samples.
_REACH = int(0.05 * RATE_HZ)
_MERGE = 0.05 * RATE_HZ


@dataclass(frozen=True)
class LegacyScore:
    """What the script makes of one clip.

    Attributes:
        count_right: whether both tracks have equally many onsets, before any merging.
        accuracy: matched over true onsets (a recall); 0 without true onsets. NaN where the script stops.
        average_precision: NaN where the script stops.
        stops: why the script stops with an error on this clip; empty where it does not.
    """

    count_right: bool
    accuracy: float
    average_precision: float
    stops: str = ""


def legacy_score(true: ArrayLike, onsets: ArrayLike, made: ArrayLike, tolerance_s: float = TOLERANCE_S) -> LegacyScore:
    """Score one clip as the script does.

    Args:
        true: (E,) onsets detected in the true sound, in samples at 22 050 Hz, increasing.
        onsets: (M,) onsets detected in the generated sound, likewise.
        made: (N,) samples of the generated sound.
        tolerance_s: in seconds, itself *not* included.
    """
    wanted, found = [int(o) for o in np.asarray(true)], [int(o) for o in np.asarray(onsets)]
    count_right = len(wanted) == len(found)
    if not wanted and not found:
        return LegacyScore(count_right, np.nan, np.nan, "neither track has an onset")
    if any(o < _REACH for o in found):
        return LegacyScore(count_right, np.nan, np.nan, "an onset within 50 ms of the start")
    level = normalised_level(made)
    labels, scores = _matches(wanted, merged_onsets(found, level), level, tolerance_s * RATE_HZ)
    n_hits = sum(1 for label, score in zip(labels, scores, strict=True) if label and score is not None)
    # A missed event is entered as a positive of score 0, so the lowest threshold finds it: here misses become hits.
    ranks = [0.0 if score is None else score for score in scores]
    precision = average_precision_of_hits(labels, ranks, sum(labels)) if any(labels) else 0.0
    return LegacyScore(count_right, n_hits / len(wanted) if wanted else 0.0, precision)


def normalised_level(made: ArrayLike) -> NDArray[np.float64]:
    """(N,) absolute samples scaled to [0, 1]; zeros where they do not vary."""
    level = np.abs(np.asarray(made, dtype=np.float64))
    spread = np.ptp(level) if level.size else 0.0
    return (level - level.min()) / spread if spread > 0 else np.zeros_like(level)


def merged_onsets(onsets: Sequence[int], level: NDArray[np.float64]) -> list[int]:
    """Onsets after the script's suppression: the louder of two within 50 ms stays.

    The script deletes from a list while it walks along it, so the neighbour after a deleted onset is passed over and
    may stay although it is near.
    """
    loudness = [_confidence(level, o) for o in onsets]
    left = list(onsets)
    kept = []
    for index in np.argsort(loudness)[::-1]:
        onset = onsets[int(index)]
        if onset not in left:
            continue
        kept.append(onset)
        left.remove(onset)
        place = 0
        while place < len(left):
            if abs(onset - left[place]) < _MERGE:
                del left[place]
            # Also after a deletion: this is the one that is passed over.
            place += 1
    return sorted(kept)


def _matches(
    true: list[int], onsets: list[int], level: NDArray[np.float64], tolerance: float
) -> tuple[list[bool], list[float | None]]:
    """Labels and scores of all entries; None is the score of a missed event.

    True onsets take, in order of time, the loudest onset within the tolerance; the walk ends when all onsets are
    taken, and events still to come are not entered at all.
    """
    free = list(onsets)
    labels: list[bool] = []
    scores: list[float | None] = []
    for event in true:
        near = [o for o in free if abs(o - event) < tolerance]
        labels.append(True)
        if not near:
            scores.append(None)
            continue
        # The loudest single sample decides here, the loudest within 50 ms elsewhere.
        taken = near[int(np.argsort([level[o] for o in near])[-1])]
        scores.append(_confidence(level, taken))
        free.remove(taken)
        if not free:
            break
    return labels + [False] * len(free), scores + [_confidence(level, o) for o in free]


def _confidence(level: NDArray[np.float64], onset: int) -> float:
    return float(level[onset - _REACH : onset + _REACH].max())
