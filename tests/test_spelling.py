from __future__ import annotations

from collections.abc import Callable

import pytest

from silentfoley.errors import CueError, LabelError, SilentFoleyError
from silentfoley.generators.rooms import room_named
from silentfoley.labels import check_label
from silentfoley.spelling import did_you_mean
from silentfoley.stage.hoof_beats import hoof_beats


@pytest.mark.parametrize(
    ("word", "known", "said"),
    [
        ("gravle", ("grass", "gravel"), "did you mean 'gravel'? "),
        ("HALL", ("booth", "hall"), "did you mean 'hall'? "),
        ("wolk", ("Walk", "trot"), "did you mean 'Walk'? "),
        ("stage_b", ("stage_a", "other", "stage_c"), "did you mean 'stage_c' or 'stage_a'? "),
        ("nope", ("booth", "hall"), ""),
        ("nope", (), ""),
        ("cvs", ("json", "csv"), "did you mean 'csv'? "),
        ("snow", ("window",), ""),
    ],
)
def test_near_words_are_offered(word: str, known: tuple[str, ...], said: str) -> None:
    assert did_you_mean(word, known) == said


def test_no_more_than_three_are_offered() -> None:
    assert did_you_mean("take", [f"take{i}" for i in range(9)]).count(" or ") == 2


@pytest.mark.parametrize("word", [None, 5, b"hall", ["hall"]])
@pytest.mark.parametrize(
    ("asked", "refusal"),
    [
        (room_named, SilentFoleyError),
        (lambda gait: hoof_beats(gait, 2.0), CueError),
        (check_label, LabelError),
    ],
)
def test_what_is_no_text_is_refused_as_an_unknown_word_is(
    asked: Callable[[object], object], refusal: type[SilentFoleyError], word: object
) -> None:
    assert did_you_mean(word, ("5", "none", "hall")) == ""
    with pytest.raises(refusal) as caught:
        asked(word)
    assert type(caught.value) is refusal
    assert f"{word!r}: " in str(caught.value)
    assert "use one of" in str(caught.value)
