"""Train, val and test by original recording, with something of every class in each where that is possible."""

from __future__ import annotations

from collections.abc import Mapping
from hashlib import blake2b

from silentfoley.bank.take import Split

#: Share of a class's recordings for val and for test. Our choice.
VAL_SHARE, TEST_SHARE = 0.15, 0.15


def assign_splits(groups_of: Mapping[str, set[str]], salt: str = "bank-1") -> tuple[dict[str, Split], list[str]]:
    """Split recordings class by class, in the order of a hash of their keys.

    Args:
        groups_of: recording keys of each class. A key in two classes goes where the first class put it.
        salt: another salt, another split.

    Returns:
        Split of each key, and a sentence for each class that could not have all three.
    """
    split_of: dict[str, Split] = {}
    notes: list[str] = []
    # The scarcest class first: it can least do without the recordings it shares with another.
    for label in sorted(groups_of, key=lambda c: (len(groups_of[c]), c)):
        ordered = sorted(groups_of[label], key=lambda g: (_hash(g, salt), g))
        free = [g for g in ordered if g not in split_of]
        n = len(ordered)
        wanted: dict[Split, int] = {"test": _count(n, TEST_SHARE, 2), "val": _count(n, VAL_SHARE, 3)}
        for split, count in wanted.items():
            have = sum(split_of.get(g) == split for g in ordered)
            for group in free[: max(0, count - have)]:
                split_of[group] = split
            free = [g for g in free if g not in split_of]
        for group in free:
            split_of[group] = "train"
        missing = sorted({"train", "val", "test"} - {split_of[g] for g in ordered})
        if missing:
            notes.append(f"{label}: {n} recording{'s' if n > 1 else ''}, so nothing in {' and '.join(missing)}")
    return split_of, sorted(notes)


def _count(n: int, share: float, at_least: int) -> int:
    return max(1, round(share * n)) if n >= at_least else 0


def _hash(group: str, salt: str) -> str:
    return blake2b(f"{salt}|{group}".encode(), digest_size=8).hexdigest()
