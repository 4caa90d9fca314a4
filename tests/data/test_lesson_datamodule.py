"""Batches of lessons: balanced, repeatable, of the splits asked for."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

import pytest

from silentfoley.data.lesson_datamodule import BalancedBatches, LessonDataModule
from silentfoley.data.lessons import Lesson, synthesised_lessons
from silentfoley.errors import DataError


@pytest.fixture(scope="module")
def few() -> list[Lesson]:
    return [*synthesised_lessons("clock", 9, 0), *synthesised_lessons("horse", 1, 0)]


def test_a_rare_class_is_as_likely_as_a_common_one(few):
    labels = Counter(x.label for batch in BalancedBatches(few, 20, 50, 0) for x in batch.lessons)
    assert labels["horse"] / 1000 == pytest.approx(0.5, abs=0.06)


def test_indices_are_places_of_the_lessons(few):
    for batch in BalancedBatches(few, 5, 3, 0):
        assert all(few[i] is x for i, x in zip(batch.indices, batch.lessons, strict=True))
        assert len(batch) == 5


def test_epochs_differ_and_validation_repeats(few):
    train, val = BalancedBatches(few, 5, 3, 0), BalancedBatches(few, 5, 3, 0, repeats=True)
    first, second = ([b.indices for b in train] for _ in range(2))
    assert first != second
    train.epoch = 1
    assert [b.indices for b in train] == second
    assert [b.indices for b in val] == [b.indices for b in val]


def test_variation_makes_training_lessons_alone_more():
    def twice(lessons, seed):
        assert seed == 3
        return [*lessons, *(replace(x, varied=1) for x in lessons)]

    plain, more = (
        LessonDataModule(labels=["clock"], synthesised=4, seed=3, variation=variation) for variation in (None, twice)
    )
    plain.setup()
    more.setup()
    assert len(more.datasets["train"].lessons) == 2 * len(plain.datasets["train"].lessons) == 8
    assert len(more.datasets["val"].lessons) == len(plain.datasets["val"].lessons)


def test_nothing_to_draw_from_is_told():
    with pytest.raises(DataError, match="lessons: there are none to draw from; name a bank"):
        LessonDataModule(labels=["clock"], synthesised=0).setup()
