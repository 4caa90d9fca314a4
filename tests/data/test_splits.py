from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from silentfoley.data.manifest import ClipRecord, Manifest
from silentfoley.data.splits import check_disjoint, split_by_source
from silentfoley.errors import DataError


def record(n: int, source: str, label: str = "rain", split: str = "") -> ClipRecord:
    return ClipRecord(f"{label}/{n}", f"{label}/{n}.mp4", label, source, 1.0, f"sha{label}{n}", split)


@given(
    st.lists(st.tuples(st.integers(0, 8), st.sampled_from(["rain", "fire"])), min_size=1, max_size=60),
    st.integers(0, 9),
)
def test_no_source_lies_in_two_splits(rows: list[tuple[int, str]], seed: int) -> None:
    # Sources may even span classes.
    manifest = Manifest(tuple(record(i, f"s{source}", label) for i, (source, label) in enumerate(rows)))
    split = split_by_source(manifest, seed=seed)
    assert all(r.split for r in split.records)
    check_disjoint({name: split.split(name) for name in ("train", "val", "test")})
    assert split == split_by_source(manifest, seed=seed)


def test_shares_are_kept_where_sources_allow() -> None:
    manifest = Manifest(tuple(record(i, f"s{i}") for i in range(100)))
    split = split_by_source(manifest)
    assert [len(split.split(n)) for n in ("train", "val", "test")] == [70, 10, 20]


def test_another_seed_is_another_split() -> None:
    manifest = Manifest(tuple(record(i, f"s{i}") for i in range(100)))
    assert split_by_source(manifest, seed=0) != split_by_source(manifest, seed=1)


@pytest.mark.parametrize("what", ["id", "source", "sha256"])
def test_overlap_is_refused_and_listed(what: str) -> None:
    a, b = record(1, "s1"), record(2, "s2")
    shared = ClipRecord(**{**b.__dict__, what: getattr(a, what)})
    with pytest.raises(DataError, match=f"splits 'train' and 'test': share 1 {what}: {getattr(a, what)}"):
        check_disjoint({"train": [a], "test": [shared]})


def test_bad_fractions_are_refused() -> None:
    with pytest.raises(DataError, match="not positive"):
        split_by_source(Manifest((record(1, "s"),)), {"train": 1.0, "val": 0.0})
