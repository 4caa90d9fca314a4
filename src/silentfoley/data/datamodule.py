"""What the stage and folder datamodules share: prepare once, load repeatably."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import ClassVar

import pytorch_lightning as pl
import torch
from torch.utils.data import DataLoader

from silentfoley.data.cache import FeatureCache
from silentfoley.data.dataset import ClipDataset, ClipSource, check_not_empty
from silentfoley.data.items import ClipItem, ItemMaker, collate
from silentfoley.data.manifest import BadClip
from silentfoley.data.order import EpochOrder
from silentfoley.data.split_guard import ClipList
from silentfoley.labels import LABELS

#: Called with units done, units in all, and what is being done.
Progress = Callable[[int, int, str], None]


class ClipDataModule(pl.LightningDataModule):
    """Loaders over named splits of clips.

    Args:
        maker: raw clip to item.
        cache_dir: where features are kept.
        batch_size: clips per batch.
        workers: processes that make missing items, and loader workers.
        seed: order of training clips; epoch ``e`` has the same order in an interrupted run.
        labels: classes in the order of the network's logits.

    Attributes:
        making: in a word, how clips come about.
    """

    making: ClassVar[str] = "reading"

    def __init__(
        self,
        maker: ItemMaker,
        cache_dir: Path | str,
        *,
        batch_size: int = 16,
        workers: int = 0,
        seed: int = 0,
        labels: Sequence[str] = LABELS,
    ) -> None:
        super().__init__()
        self.maker = maker
        self.cache = FeatureCache(cache_dir)
        self.batch_size = batch_size
        self.workers = workers
        self.seed = seed
        self.labels = tuple(labels)
        self.datasets: dict[str, ClipDataset] = {}
        #: Told of every clip that :meth:`setup` makes because the cache lacks it; None for nobody.
        self.progress: Progress | None = None
        self.refused: list[BadClip] = []

    def sources(self) -> dict[str, ClipSource]:
        """The clips of each split by name; ``train`` and ``val`` at least."""
        raise NotImplementedError

    def clip_list(self, split: str) -> ClipList | None:
        """The clips of a split for the split guard; None where they are no recordings that others hold too."""
        return None

    def trained_on(self) -> ClipList | None:
        """What a run learns from and is chosen by: ``train`` and ``val`` in one list."""
        lists = [found for name in ("train", "val") if (found := self.clip_list(name)) is not None]
        return ClipList.joined(lists) if lists else None

    def setup(self, stage: str | None = None) -> None:
        """Make missing items of every split.

        Args:
            stage: of Lightning; all splits are made at once.
        """
        if self.datasets:
            return
        for name, source in self.sources().items():
            dataset = ClipDataset(source, self.maker, self.cache)
            dataset.prepare(self.workers, None if self.progress is None else partial(self._tell, self.progress, name))
            self.datasets[name] = dataset
        check_not_empty(self.datasets, [n for n in ("train", "val") if n in self.datasets])

    def _tell(self, progress: Progress, split: str, done: int, total: int) -> None:
        progress(done, total, f"{self.making} {split} {done}/{total}")

    @property
    def bad(self) -> list[BadClip]:
        """Every refused clip: those of the index and those that failed to decode."""
        return [*self.refused, *(b for d in self.datasets.values() for b in d.bad)]

    def loader(self, split: str) -> DataLoader[ClipItem]:
        """Batches of one split, in order, every clip once."""
        return self._loader(self.datasets[split], None)

    def train_dataloader(self) -> DataLoader[ClipItem]:
        """Training batches in the order of (seed, epoch)."""
        epoch = self.trainer.current_epoch if self.trainer is not None else 0
        return self._loader(self.datasets["train"], EpochOrder(len(self.datasets["train"]), self.seed, epoch))

    def val_dataloader(self) -> DataLoader[ClipItem]:
        """Validation batches."""
        return self.loader("val")

    def test_dataloader(self) -> list[DataLoader[ClipItem]]:
        """One loader per test split, in the order of :meth:`test_names`."""
        return [self.loader(name) for name in self.test_names()]

    def test_names(self) -> list[str]:
        """Splits that are neither ``train`` nor ``val``."""
        return [n for n in self.datasets if n not in ("train", "val")]

    def _loader(self, dataset: ClipDataset, order: EpochOrder | None) -> DataLoader[ClipItem]:
        return DataLoader(
            dataset,
            batch_size=self.batch_size,
            sampler=order,
            num_workers=self.workers,
            collate_fn=partial(collate, labels=self.labels),
            # Spawned workers take seconds to start: once a run, not once an epoch.
            persistent_workers=self.workers > 0,
            # The global generator stays untouched, whatever the number of workers.
            generator=torch.Generator().manual_seed(self.seed),
            multiprocessing_context="spawn" if self.workers else None,
        )
