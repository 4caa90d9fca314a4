from __future__ import annotations

import pytest

from silentfoley.spelling import did_you_mean


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
