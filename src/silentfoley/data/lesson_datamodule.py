"""Lessons as batches: every class as often as any other, drawn anew in every epoch."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytorch_lightning as pl
from torch.utils.data import DataLoader, IterableDataset

from silentfoley.bank.bank import Bank
from silentfoley.bank.take import Split
from silentfoley.data.lessons import SYNTHESISED, Lesson, free_takes, lessons, synthesised_lessons
from silentfoley.errors import DataError
from silentfoley.labels import LABELS


@dataclass(frozen=True, eq=False)
class LessonBatch:
    """What a learner sees at a time.

    Attributes:
        lessons: of any classes and lengths.
        indices: place of each in the lessons all batches are drawn from, for what a learner remembers of each.
        seed: of everything that is drawn in this step.
    """

    lessons: tuple[Lesson, ...]
    indices: tuple[int, ...]
    seed: int

    def __len__(self) -> int:
        return len(self.lessons)

    def to(self, device: object) -> LessonBatch:
        """Itself: lessons are no tensors, and a learner puts what it makes of them where its weights are."""
        return self


class BalancedBatches(IterableDataset[LessonBatch]):
    """Batches in which a class is as likely as any other, and within it a lesson.

    Args:
        lessons: to draw from.
        batch_size: lessons per batch.
        n_batches: batches of an epoch.
        seed: draws them.
        repeats: every epoch is alike, as validation must be.

    Raises:
        DataError: if there are no lessons.
    """

    def __init__(
        self, lessons: Sequence[Lesson], batch_size: int, n_batches: int, seed: int, repeats: bool = False
    ) -> None:
        self.lessons = tuple(lessons)
        if not self.lessons:
            raise DataError("lessons", "there are none to draw from", "name a bank, or let the synthesiser help")
        self.batch_size, self.n_batches, self.seed, self.repeats = batch_size, n_batches, seed, repeats
        self.epoch = 0

    def __len__(self) -> int:
        return self.n_batches

    def __iter__(self) -> Iterator[LessonBatch]:
        rng = np.random.default_rng([self.seed, 0 if self.repeats else self.epoch])
        self.epoch += 1
        by_label: dict[str, list[int]] = {}
        for i, lesson in enumerate(self.lessons):
            by_label.setdefault(lesson.label, []).append(i)
        labels = sorted(by_label)
        for _ in range(self.n_batches):
            drawn = [by_label[labels[k]] for k in rng.integers(len(labels), size=self.batch_size)]
            indices = tuple(group[int(rng.integers(len(group)))] for group in drawn)
            yield LessonBatch(tuple(self.lessons[i] for i in indices), indices, int(rng.integers(2**31)))


class LessonDataModule(pl.LightningDataModule):
    """Lessons of a bank's takes, or of the synthesiser alone where there is no bank.

    Training takes are of the bank's train split, validation takes of its val split; both free of share-alike and of
    no recording held out (see :mod:`silentfoley.data.lessons`). Where training takes are of the val split as well,
    figures of validation say only that the run is sound.

    Args:
        bank: folder made by ``silentfoley bank build``; None for synthesised lessons.
        labels: classes; all if None.
        batch_size: lessons per batch.
        steps: batches of an epoch.
        val_steps: batches of a validation.
        most: takes per class, spread over its recordings.
        synthesised: sounds of the synthesiser for each class of too few takes.
        seed: draws synthesised lessons and the order of batches.
        splits: of the bank whose takes are training lessons.
        variation: makes more of the training lessons, given them and the seed; None leaves them as they are.
    """

    def __init__(
        self,
        bank: str | Path | None = None,
        labels: Sequence[str] | None = None,
        batch_size: int = 16,
        steps: int = 200,
        val_steps: int = 8,
        most: int = 96,
        synthesised: int = SYNTHESISED,
        seed: int = 0,
        splits: Sequence[Split] = ("train",),
        variation: Callable[[Sequence[Lesson], int], list[Lesson]] | None = None,
    ) -> None:
        super().__init__()
        self.bank = None if bank is None else Path(bank)
        self.labels = LABELS if labels is None else tuple(labels)
        self.batch_size, self.steps, self.val_steps = batch_size, steps, val_steps
        self.most, self.synthesised, self.seed = most, synthesised, seed
        self.splits, self.variation = tuple(splits), variation
        self.datasets: dict[str, BalancedBatches] = {}

    def setup(self, stage: str | None = None) -> None:
        """Reads or synthesises all lessons, once."""
        if self.datasets:
            return
        bank = None if self.bank is None else Bank.load(self.bank)
        train = self._lessons(bank, self.splits, self.synthesised, self.seed)
        val = self._lessons(bank, ("val",), max(1, self.synthesised // 4), self.seed + 1)
        if self.variation is not None:
            train = self.variation(train, self.seed)
        self.datasets = {
            "train": BalancedBatches(train, self.batch_size, self.steps, self.seed),
            "val": BalancedBatches(val, self.batch_size, self.val_steps, self.seed + 1, repeats=True),
        }

    def _lessons(self, bank: Bank | None, splits: Sequence[Split], synthesised: int, seed: int) -> list[Lesson]:
        if bank is None:
            return [x for label in self.labels for x in synthesised_lessons(label, synthesised, seed)]
        return lessons(bank, free_takes(bank, splits), self.labels, self.most, synthesised, seed)

    def train_dataloader(self) -> DataLoader[LessonBatch]:
        """Batches of training lessons; where an epoch begins follows the trainer, so a resumed run goes on alike."""
        data = self.datasets["train"]
        data.epoch = self.trainer.current_epoch if self.trainer is not None else 0
        return DataLoader(data, batch_size=None)

    def val_dataloader(self) -> DataLoader[LessonBatch]:
        """The same batches at every validation. Their indices are not those of training lessons."""
        return DataLoader(self.datasets["val"], batch_size=None)
