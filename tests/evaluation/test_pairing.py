"""Who answers whom, and who is missing."""

from __future__ import annotations

from pathlib import Path

import pytest
from support.judged import features

from silentfoley.data.manifest import BadClip
from silentfoley.errors import DataError
from silentfoley.evaluation.pairing import LENGTH_SLACK_S, pair_sides
from silentfoley.evaluation.sides import Side


def side(name: str, *ids: str, bad: dict[str, str] | None = None, **lengths_s: float) -> Side:
    clips = {i: features(i, [0.5], lengths_s.get(Path(i).name, 4.0)) for i in ids}
    refused = tuple(BadClip(i, reason) for i, reason in (bad or {}).items())
    return Side(name, name, clips, refused, "cues", {}, Path(), {i: {} for i in clips})


def test_stems_match_across_folders_of_other_names() -> None:
    found = pair_sides(side("truth", "a/x", "b/y"), side("system", "y", "out/x", "z"))
    assert [(p.reference.id, p.generated.id, p.generated.source) for p in found.pairs] == [
        ("a/x", "a/x", "out/x"),
        ("b/y", "b/y", "y"),
    ]
    assert (found.matched_by, found.extra, found.missing) == ("stem", ("z",), {})
    assert found.n_reference == 2


@pytest.mark.parametrize("twice", ["truth", "system"])
def test_where_a_stem_is_there_twice_whole_names_must_match(twice: str) -> None:
    ids = ("a/x", "b/x") if twice == "truth" else ("a/x", "b/y")
    made = ("a/x", "b/x") if twice == "system" else ("a/x", "c/y")
    found = pair_sides(side("truth", *ids), side("system", *made))
    assert found.matched_by == "path"
    assert [p.id for p in found.pairs] == ["a/x"]
    assert found.missing == {ids[1]: "generated: no such clip"}
    assert found.extra == (made[1],)


def test_a_bad_clip_counts_among_the_names() -> None:
    # b/x cannot be read, but it is there: x alone does not say which is meant.
    found = pair_sides(side("truth", "a/x", "a/y"), side("system", "a/x", "a/y", bad={"b/x": "is empty"}))
    assert found.matched_by == "path"


def test_missing_clips_are_listed_with_their_reason_and_counted() -> None:
    truth = side("truth", "a", "b", "c", bad={"d": "is damaged"})
    found = pair_sides(truth, side("system", "a", bad={"b": "has no sound"}))
    assert found.missing == {
        "b": "generated: has no sound",
        "c": "generated: no such clip",
        "d": "reference: is damaged",
    }
    counts = found.counts()
    assert (counts["n_reference"], counts["n_scored"], counts["n_missing"], counts["n_extra"]) == (4, 1, 3, 0)
    assert counts["missing"] == found.missing


def test_short_and_long_answers_are_told_beyond_two_frames() -> None:
    ids, s = ("a", "b", "c", "d"), LENGTH_SLACK_S
    made = side("system", *ids, a=4 - s - 0.01, b=4 - s + 0.01, c=4 + s - 0.01, d=4 + s + 0.01)
    found = pair_sides(side("truth", *ids), made)
    assert (found.short, found.long) == (("a",), ("d",))


def test_pairs_stand_in_order_whatever_the_sides_do() -> None:
    found = pair_sides(side("truth", "c", "a", "b"), side("system", "b", "c", "a"))
    assert [p.id for p in found.pairs] == ["a", "b", "c"]


def test_nothing_in_common_is_an_error_with_an_example() -> None:
    with pytest.raises(
        DataError, match=r"^truth and system: no clip of one is in the other \('a' and 'b'\); name both"
    ):
        pair_sides(side("truth", "a"), side("system", "b"))
