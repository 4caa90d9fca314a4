"""How well contacts can be timed from frames at all: an oracle that sees everything but sees it in frames."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from silentfoley.metrics.matching import count_matches


@dataclass(frozen=True)
class TimingCeiling:
    """What a frame rate allows.

    Attributes:
        precision_s: half the frame interval plus the act's own ambiguity: the largest error of a contact that
            is seen.
        f1: event F1 of the oracle, in [0, 1].
        tolerance_s: of that F1.
    """

    precision_s: float
    f1: float
    tolerance_s: float


def oracle_times_s(event_times: ArrayLike, frame_times: ArrayLike) -> NDArray[np.float64]:
    """When an observer of frames would place the events.

    An event shows at the first frame at or after it; the best guess is the middle between that frame and the one
    before. Events that first show in the same frame look like one, and an event after the last frame is not seen.

    Args:
        event_times: (E,) seconds, in order.
        frame_times: (F,) seconds, in order, F >= 1.

    Returns:
        (K,) seconds, K <= E.
    """
    events = np.asarray(event_times, dtype=np.float64)
    frames = np.asarray(frame_times, dtype=np.float64)
    seen_at = np.unique(np.searchsorted(frames, events, side="left"))
    seen_at = seen_at[seen_at < frames.size]
    return np.asarray(0.5 * (frames[seen_at] + frames[np.maximum(seen_at - 1, 0)]), dtype=np.float64)


def event_ceiling(
    event_times: Sequence[float], frame_times: ArrayLike, *, tolerance_s: float = 0.05, ambiguity_s: float = 0.0
) -> TimingCeiling:
    """The oracle's precision and F1 on one clip. F1 is 1 where there is nothing to find.

    ``ambiguity_s`` worsens every guess of the oracle to the late side, the unkind case.
    """
    frames = np.asarray(frame_times, dtype=np.float64)
    interval = float(np.median(np.diff(frames))) if frames.size > 1 else 0.0
    found = (oracle_times_s(event_times, frames) + ambiguity_s).tolist()
    total = len(event_times) + len(found)
    f1 = 2 * count_matches(list(event_times), found, tolerance_s) / total if total else 1.0
    return TimingCeiling(0.5 * interval + ambiguity_s, f1, tolerance_s)
