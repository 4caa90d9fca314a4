"""One limiter for all stems, in blocks of any size."""

from itertools import pairwise

import numpy as np
import pytest

from silentfoley.generators.limiter import CEILING_DB, limited
from silentfoley.signal.limiting import LIMITER_REACH, limiter_gain, true_peak_db


def loud_stems() -> dict[str, np.ndarray]:
    """Three stems that are loud together now and then."""
    rng = np.random.default_rng(0)
    level = 0.2 + 1.2 * (np.sin(np.arange(9000) / 300) > 0.6)
    return {name: (rng.normal(0, 0.5, (2, 9000)) * level).astype(np.float32) for name in "abc"}


def in_blocks(stems: dict[str, np.ndarray], *sizes: int) -> list[dict[str, np.ndarray]]:
    """The stems cut at the sizes given, the last of which goes on and on."""
    edges = [0, *np.cumsum(sizes)]
    while edges[-1] < stems["a"].shape[1]:
        edges.append(edges[-1] + sizes[-1])
    return [{k: v[:, a:b] for k, v in stems.items()} for a, b in pairwise(edges)]


#: Blocks of a single sample are dear, and need to be released while others come: a clip a little longer than the reach.
SHORT = LIMITER_REACH + 60


@pytest.mark.parametrize(
    ("n", "sizes"),
    [
        (SHORT, (1,)),
        (SHORT + 60, (SHORT, 1)),
        *((9000, sizes) for sizes in ((100,), (700,), (2000,), (5000, 700), (8999,), (9000,), (LIMITER_REACH,))),
    ],
)
def test_blocks_of_any_size_are_limited_as_the_whole(n, sizes):
    stems = {name: samples[:, :n] for name, samples in loud_stems().items()}
    gain = limiter_gain(sum(stems.values()), CEILING_DB)
    assert gain.min() < 0.9
    given = in_blocks(stems, *sizes)
    made = list(limited(iter(given)))
    assert [b["a"].shape for b in made] == [b["a"].shape for b in given]
    for name, samples in stems.items():
        whole = np.concatenate([b[name] for b in made], axis=1)
        np.testing.assert_allclose(whole, samples * gain, atol=1e-6)


def test_the_sum_keeps_below_the_ceiling_and_stems_are_not_touched():
    stems = loud_stems()
    before = {k: v.copy() for k, v in stems.items()}
    made = list(limited(in_blocks(stems, 1000)))
    total = np.concatenate([sum(b.values()) for b in made], axis=1)
    assert float(true_peak_db(total).max()) <= CEILING_DB + 0.01
    assert float(true_peak_db(sum(before.values())).max()) > 3
    for name in stems:
        np.testing.assert_array_equal(stems[name], before[name])


def test_quiet_and_empty_blocks_pass():
    quiet = {"a": np.full((1, 5000), 0.1, dtype=np.float32)}
    (out,) = limited([quiet])
    assert out["a"] is quiet["a"]
    assert list(limited([{}, {}])) == [{}, {}]
    assert [b["a"].shape for b in limited([{"a": np.zeros((1, 0), np.float32)}])] == [(1, 0)]
    assert list(limited([])) == []


def test_a_block_is_released_as_soon_as_its_gain_is_known():
    taken = []

    def source():
        for i in range(6):
            taken.append(i)
            yield {"a": np.zeros((1, LIMITER_REACH), dtype=np.float32)}

    stream = limited(source())
    next(stream)
    assert taken == [0, 1], "memory holds the block and what follows within reach, no more"
