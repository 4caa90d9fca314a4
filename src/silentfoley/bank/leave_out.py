"""What is known of a sound that comes from elsewhere: sources held out whole, one at a time or several."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from typing import NamedTuple

from silentfoley.bank.take import Take
from silentfoley.errors import DataError


def hold_out(takes: Iterable[Take], sources: Collection[str]) -> tuple[list[Take], list[Take]]:
    """Takes to learn from, and those of ``sources``.

    A recording that two sources have, or that has near-duplicates in both, is held out with the source: what was
    learned from cannot be a test.

    Args:
        takes: any, of any split.
        sources: names as in :attr:`Take.source`.

    Returns:
        (train, held), each in the given order; takes of a shared recording from other sources are in neither.

    Raises:
        DataError: for a source that no take has.
    """
    given = list(takes)
    known = {t.source for t in given}
    if unknown := sorted(set(sources) - known):
        raise DataError(f"source {unknown[0]!r}", "has no take", f"use one of: {', '.join(sorted(known))}")
    held = [t for t in given if t.source in sources]
    shared = {t.recording for t in held}
    return [t for t in given if t.source not in sources and t.recording not in shared], held


def leave_one_source_out(takes: Iterable[Take]) -> Iterator[tuple[str, list[Take], list[Take]]]:
    """Each source in order of name, the takes to learn from without it, and its own: see :func:`hold_out`.

    Splits play no part: give the takes that may be used. Of a class that has one source only, nothing is left to learn
    from when that is held out.
    """
    given = list(takes)
    for source in sorted({t.source for t in given}):
        yield source, *hold_out(given, (source,))


class SourceLeftOut(NamedTuple):
    """What a bank is without one of its sources.

    Attributes:
        source: that is held out.
        held: its takes.
        left: takes to learn from.
        lost: classes of it that nothing is left of, sorted.
    """

    source: str
    held: int
    left: int
    lost: tuple[str, ...]


def each_left_out(takes: Iterable[Take]) -> list[SourceLeftOut]:
    """A line for each split of :func:`leave_one_source_out`."""
    return [
        SourceLeftOut(source, len(held), len(train), tuple(sorted({t.label for t in held} - {t.label for t in train})))
        for source, train, held in leave_one_source_out(takes)
    ]
