"""One limiter for all stems, block by block: their sum keeps below full scale, and they still sum to the mix."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator

import numpy as np
from numpy.typing import NDArray

from silentfoley.generators.base import StemBlock
from silentfoley.signal.limiting import LIMITER_REACH, limiter_gain

Floats = NDArray[np.float32]
#: No mix goes above this true peak.
CEILING_DB = -1.0


def limited(blocks: Iterable[StemBlock]) -> Iterator[StemBlock]:
    """Bring the true peak of the sum of stems to :data:`CEILING_DB` with one gain for all.

    The result is that of one pass over the whole: a block is held back until all that its gain depends on is there,
    :data:`LIMITER_REACH` samples to both sides.

    Args:
        blocks: stems of a sheet.

    Yields:
        blocks of the same sizes; one that needs no limiting is passed on as it is.
    """
    held: deque[tuple[StemBlock, Floats]] = deque()
    before: Floats | None = None
    for block in blocks:
        if not block:
            yield block
            continue
        total = np.asarray(np.sum(list(block.values()), axis=0, dtype=np.float32))
        held.append((block, total))
        before = np.zeros((len(total), 0), dtype=np.float32) if before is None else before
        while sum(t.shape[1] for _, t in held) - held[0][1].shape[1] >= LIMITER_REACH:
            block, before = _released(held, before)
            yield block
    while held and before is not None:
        block, before = _released(held, before)
        yield block


def _released(held: deque[tuple[StemBlock, Floats]], before: Floats) -> tuple[StemBlock, Floats]:
    """The oldest block, limited, and the unlimited sum just before the next one."""
    block, total = held.popleft()
    start, end = before.shape[1], before.shape[1] + total.shape[1]
    # Gains depend on unlimited neighbours.
    whole = np.concatenate([before, total, *(t for _, t in held)], axis=1)[:, : end + LIMITER_REACH]
    if total.shape[1]:
        gain = limiter_gain(whole, CEILING_DB)[start:end]
        if gain.min() < 1:
            block = {label: stem * gain for label, stem in block.items()}
    return block, whole[:, max(0, end - LIMITER_REACH) : end]
