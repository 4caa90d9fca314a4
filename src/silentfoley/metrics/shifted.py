"""Chance of many tolerances and shifts at once: the walk of ``count_matches`` on all lanes together."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from silentfoley.metrics.matching import EDGE_S, as_times


def count_shifted_matches(
    true_s: ArrayLike, cues_s: ArrayLike, tolerances_s: ArrayLike, shifts_s: ArrayLike, duration_s: float
) -> NDArray[np.int64]:
    """Matches of the same cues shifted round the clip, as ``count_matches`` counts them one by one.

    Args:
        true_s: (N,) seconds.
        cues_s: (M,) seconds.
        tolerances_s: (L,) seconds.
        shifts_s: (D,) seconds; a cue that leaves at the end of the clip comes in at the start.
        duration_s: length of the clip.

    Returns:
        (L, D) pairs.
    """
    true, cues = np.sort(as_times(true_s, "true_s")), as_times(cues_s, "cues_s")
    tolerances, shifts = as_times(tolerances_s, "tolerances_s"), as_times(shifts_s, "shifts_s")
    shape = (tolerances.size, shifts.size)
    if not (true.size and cues.size):
        return np.zeros(shape, dtype=np.int64)
    # A guard at either list's end is farther than any tolerance: no lane runs off.
    far = 4.0 * (duration_s + float(np.abs(true).max()) + float(tolerances.max(initial=0.0)) + 1.0)
    events = np.append(true, far)
    moved = np.sort((cues[None, :] + shifts[:, None]) % duration_s, axis=1)
    moved = np.concatenate([moved, np.full((shifts.size, 1), -far)], axis=1)
    lane = np.tile(np.arange(shifts.size), tolerances.size)
    limit = np.repeat(tolerances + EDGE_S, shifts.size)
    i, j, count = (np.zeros(lane.size, dtype=np.int64) for _ in range(3))
    for _ in range(true.size + cues.size):
        error = moved[lane, j] - events[i]
        running = (i < true.size) & (j < cues.size)
        hit = running & (np.abs(error) <= limit)
        late, early = running & ~hit & (error > 0), running & ~hit & (error <= 0)
        i += hit | late
        j += hit | early
        count += hit
    return count.reshape(shape)
