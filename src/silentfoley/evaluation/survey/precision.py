"""How many listeners a wanted precision needs, by what the answers so far say of listeners and of clips."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from statistics import NormalDist
from typing import Any

import numpy as np

from silentfoley.evaluation.survey.shares import LEVEL, MIN_UNITS, Vote
from silentfoley.metrics.crossed import numbered
from silentfoley.metrics.crossed_variance import PIGEONHOLE_CELLS, Components, variance_components


@dataclass(frozen=True)
class Need:
    """What it takes to know a share to within ``precision``: the half width of the interval as it is reported here.

    Attributes:
        what: whose share.
        precision: wanted half width.
        now: half width to expect of the present numbers.
        components: variances of listeners, of recordings, of neither; None with too few answers.
        n_listeners, n_recordings: the present numbers.
        listeners: needed with the present recordings; None where no number of listeners is enough, or too little is
            known.
        least_recordings: without these no number of listeners is enough.
        note: in words.
    """

    what: str
    precision: float
    now: float | None
    components: Components | None
    n_listeners: int
    n_recordings: int
    listeners: int | None
    least_recordings: int | None
    note: str

    def to_dict(self) -> dict[str, Any]:
        """JSON values."""
        return asdict(self)


def need_of(votes: Sequence[Vote], what: str, precision: float) -> Need:
    """From votes on one share.

    The variance of a mean over L listeners with m answers each, on C recordings, is l / L + c / C + e / (L m) of the
    components l, c and e; the bootstrap reports e threefold (:mod:`silentfoley.metrics.crossed`), so that is what is
    planned by. Solved for L with C and m as they are.

    Args:
        votes: of one share.
        what: whose share it is.
        precision: half width wanted, in (0, 0.5).
    """
    listener, n_listeners = numbered([v.listener for v in votes])
    recording, n_recordings = numbered([v.recording for v in votes])
    if min(n_listeners, n_recordings) < MIN_UNITS:
        note = f"too few to plan by: {n_listeners} listeners, {n_recordings} recordings; {MIN_UNITS} of each at least"
        return Need(what, precision, None, None, n_listeners, n_recordings, None, None, note)
    parts = variance_components(np.array([v.value for v in votes], dtype=np.float64), listener, recording)
    total = parts.rows + parts.columns + parts.cells
    if not total > 0:  # NaN too
        note = "answers all alike, or too thinly spread, to tell listeners from clips"
        return Need(what, precision, None, None, n_listeners, n_recordings, None, None, note)
    per_row = len(votes) / n_listeners
    z = NormalDist().inv_cdf((1 + LEVEL) / 2)
    now = z * math.sqrt(parts.variance(n_listeners, n_recordings, per_row, cells_weight=PIGEONHOLE_CELLS))
    wanted = (precision / z) ** 2
    left = wanted - parts.columns / n_recordings
    least = max(MIN_UNITS, math.floor(parts.columns / wanted) + 1)
    if left <= 0:
        note = f"clips are the limit: with {n_recordings} recordings no number of listeners is enough, {least} at least"
        return Need(what, precision, now, parts, n_listeners, n_recordings, None, least, note)
    listeners = max(MIN_UNITS, math.ceil((parts.rows + PIGEONHOLE_CELLS * parts.cells / per_row) / left))
    note = f"{listeners} listeners with these {n_recordings} recordings"
    return Need(what, precision, now, parts, n_listeners, n_recordings, listeners, least, note)
