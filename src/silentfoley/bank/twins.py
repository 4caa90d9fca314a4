"""Files that hold the same recording under two names."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

#: Kept of each recording for comparing: 5 s at a fifth of its rate.
_KEEP_S, _DIVIDE = 5.0, 5
#: Correlation from which two recordings share samples: short ones agree by chance, so they must agree more.
TWIN_LONG, TWIN_SHORT, LONG_S = 0.5, 0.9, 1.0
#: Freesound uploads whose numbers differ by no more are taken for one session of one person.
NEAR_UPLOADS = 2


def sketch(samples: NDArray[np.float32], rate_hz: int) -> NDArray[np.float32]:
    """(S,) averages of five samples each, unit energy: enough to recognise a recording by."""
    n = min(samples.size, round(_KEEP_S * rate_hz)) // _DIVIDE * _DIVIDE
    if n == 0:
        return np.zeros(0, dtype=np.float32)
    small = samples[:n].reshape(-1, _DIVIDE).mean(axis=1)
    small = small - small.mean()
    return np.asarray(small / (np.linalg.norm(small) + 1e-12), dtype=np.float32)


def find_twins(
    sketches: Sequence[NDArray[np.float32]], lengths: Sequence[int], rate_hz: int
) -> list[tuple[int, int, float]]:
    """Pairs (i, j, correlation), i < j, of equally long recordings (within 2 %) that share samples."""
    order = np.argsort(np.asarray(lengths), kind="stable").tolist()
    pairs = []
    for a, i in enumerate(order):
        for j in order[a + 1 :]:
            if lengths[j] > 1.02 * lengths[i]:
                break
            n = min(sketches[i].size, sketches[j].size)
            agree = abs(float(sketches[i][:n] @ sketches[j][:n]))
            if agree > (TWIN_LONG if lengths[i] >= LONG_S * rate_hz else TWIN_SHORT):
                pairs.append((min(i, j), max(i, j), agree))
    return sorted(pairs)


def merge_groups(groups: Sequence[str], pairs: Sequence[tuple[int, int]]) -> dict[str, str]:
    """New key for every group key: groups with twins in them become one, and so do uploads next to each other."""
    parent = {g: g for g in groups}

    def root(g: str) -> str:
        while parent[g] != g:
            g = parent[g]
        return g

    def join(a: str, b: str) -> None:
        low, high = sorted((root(a), root(b)))
        parent[high] = low

    for i, j in pairs:
        join(groups[i], groups[j])
    uploads = sorted((int(g.partition("/")[2]), g) for g in set(groups) if _is_upload(g))
    for (a, one), (b, two) in pairwise(uploads):
        if b - a <= NEAR_UPLOADS:
            join(one, two)
    return {g: root(g) for g in set(groups)}


def _is_upload(group: str) -> bool:
    kind, _, number = group.partition("/")
    return kind == "freesound" and number.isdecimal()
