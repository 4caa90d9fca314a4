"""No recording is on both sides when a source is held out."""

from __future__ import annotations

from dataclasses import replace

import pytest

from silentfoley.bank.leave_out import SourceLeftOut, each_left_out, hold_out, leave_one_source_out
from silentfoley.bank.take import Take
from silentfoley.errors import DataError

EMPTY = Take(**dict.fromkeys(Take.__dataclass_fields__, ""))  # type: ignore[arg-type]
#: Package two has a recording that package one has too.
TAKES = [
    replace(EMPTY, id=name, source=source, recording=recording)
    for name, source, recording in (
        ("a", "one", "r1"),
        ("b", "one", "upload"),
        ("c", "two", "upload"),
        ("d", "two", "r2"),
        ("e", "three", "r3"),
    )
]


def ids(takes: list[Take]) -> str:
    return "".join(t.id for t in takes)


def test_every_source_is_held_out_once():
    sides = {source: (ids(train), ids(held)) for source, train, held in leave_one_source_out(TAKES)}
    assert sides == {"one": ("de", "ab"), "three": ("abcd", "e"), "two": ("ae", "cd")}
    assert list(sides) == sorted(sides)
    for _, train, held in leave_one_source_out(TAKES):
        assert not {t.recording for t in train} & {t.recording for t in held}
        assert not {t.source for t in train} & {t.source for t in held}


def test_it_is_told_what_each_source_takes_with_it():
    classes = [replace(t, label="rain" if t.source == "two" else "clock") for t in TAKES]
    assert each_left_out(classes) == [
        SourceLeftOut("one", 2, 2, ()),
        SourceLeftOut("three", 1, 4, ()),
        SourceLeftOut("two", 2, 2, ("rain",)),
    ]
    assert each_left_out([]) == []


def test_several_at_once():
    train, held = hold_out(iter(TAKES), {"one", "three"})
    assert (ids(train), ids(held)) == ("d", "abe")
    assert hold_out(TAKES, ())[1] == []


def test_a_source_nobody_has():
    with pytest.raises(DataError, match="source 'four': has no take; use one of: one, three, two"):
        hold_out(TAKES, ["four"])
