"""Shares of answers with intervals over listeners and recordings at once, and their test against one half."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

import numpy as np

from silentfoley.metrics.crossed import crossed_cells, pigeonhole, two_sided_p
from silentfoley.metrics.permutation import holm

LEVEL = 0.95
N_RESAMPLES = 10_000
#: With fewer listeners or recordings than this no interval is given. Ours: of simulated surveys of 5 by 5, 8 by 20 and
#: 20 by 8 the bootstrap's interval covers the truth in at least 0.88 (test_intervals_cover_the_truth in
#: tests/metrics/test_crossed.py).
MIN_UNITS = 5
#: What nobody's preference would be.
CHANCE = 0.5


@dataclass(frozen=True)
class Vote:
    """One answer as a number.

    Attributes:
        listener, recording: whose answers and clips of which recording are alike.
        value: 1 or 0.
    """

    listener: str
    recording: str
    value: float


@dataclass(frozen=True)
class Share:
    """A share, or a difference of two.

    Attributes:
        question: key of the survey's questions.
        what: whose share: a system, ``all systems``, ``a over b``, ``a - b``.
        label: class, or empty for all.
        value: share; NaN without answers.
        low, high: ends of the 95 % interval; NaN where there are too few listeners or recordings for one.
        p_value: against one half (differences: against zero), two-sided, from the same resamples; NaN as above.
        p_adjusted: by Holm within one family: fooling rates of all systems; of one system, those of all classes;
            differences of all pairs; of one question of preference all pairs, and apart from these its pairs by class.
        n, n_listeners, n_recordings: what it rests on.
        note: what to know about it, or empty.
    """

    question: str
    what: str
    label: str
    value: float
    low: float
    high: float
    p_value: float
    p_adjusted: float
    n: int
    n_listeners: int
    n_recordings: int
    note: str = ""

    def to_dict(self) -> dict[str, Any]:
        """JSON values; None for what is not known."""
        return {k: _known(v) if isinstance(v, float) else v for k, v in asdict(self).items()}


def share_of(votes: Sequence[Vote], question: str, what: str, label: str = "", seed: int = 0) -> Share:
    """The mean of 0/1 votes.

    Where all votes are alike the bootstrap sees no scatter at all; as many independent votes as there are listeners or
    recordings, whichever are fewer, then bound the share exactly (Clopper and Pearson 1934).
    """
    return _estimate([votes], question, what, label, seed)


def difference_of(
    first: Sequence[Vote], second: Sequence[Vote], question: str, what: str, label: str = "", seed: int = 0
) -> Share:
    """First share minus second, listeners and recordings of both drawn together."""
    return _estimate([first, second], question, what, label, seed)


def adjusted(shares: Sequence[Share]) -> list[Share]:
    """The rows of one family with Holm's p values; those without a p value keep none."""
    tested = [i for i, s in enumerate(shares) if not np.isnan(s.p_value)]
    p_values = holm([shares[i].p_value for i in tested])
    out = list(shares)
    for i, p in zip(tested, p_values, strict=True):
        out[i] = replace(out[i], p_adjusted=float(p))
    return out


def _estimate(parts: Sequence[Sequence[Vote]], question: str, what: str, label: str, seed: int) -> Share:
    votes = [v for part in parts for v in part]
    values = np.array([v.value for v in votes], dtype=np.float64)
    tables = crossed_cells(
        values,
        [v.listener for v in votes],
        [v.recording for v in votes],
        parts=[k for k, part in enumerate(parts) for _ in part],
    )
    n_listeners, n_recordings = tables[0].counts.shape
    nan = float("nan")
    whole = all(parts)
    value = nan if not whole else tables[0].mean if len(parts) == 1 else tables[0].mean - tables[1].mean
    out = Share(question, what, label, value, nan, nan, nan, nan, values.size, n_listeners, n_recordings)
    if not whole:
        return replace(out, note="no answers")
    units = min(n_listeners, n_recordings)
    if units < MIN_UNITS:
        note = f"too few for an interval: {n_listeners} listeners, {n_recordings} recordings"
        return replace(out, note=note)
    if len(parts) == 1 and value in (0.0, 1.0):
        return _all_alike(out, units)
    draws = pigeonhole(
        tables, lambda m: m[..., 0] if len(parts) == 1 else m[..., 0] - m[..., 1], n_resamples=N_RESAMPLES, seed=seed
    )
    if np.ptp(draws) == 0:
        # A difference that no resample moves, such as always fooled minus never: sure of nothing but itself.
        return replace(out, note="no scatter to take an interval from")
    low, high = np.quantile(draws, [(1 - LEVEL) / 2, (1 + LEVEL) / 2]).tolist()
    p = two_sided_p(draws, CHANCE if len(parts) == 1 else 0.0)
    return replace(out, low=low, high=high, p_value=p, p_adjusted=p)


def _all_alike(share: Share, units: int) -> Share:
    bound = ((1 - LEVEL) / 2) ** (1 / units)
    low, high = (bound, 1.0) if share.value else (0.0, 1 - bound)
    p = min(1.0, 2 * CHANCE**units)
    return replace(share, low=low, high=high, p_value=p, p_adjusted=p, note=f"all alike: bounds of {units} votes")


def _known(value: float) -> float | None:
    return None if np.isnan(value) else round(value, 6)
