"""Clips as a torch dataset: made once, kept in the cache, repeatable whatever reads them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field
from functools import partial
from multiprocessing import get_context
from typing import Protocol

from torch.utils.data import Dataset

from silentfoley.data.cache import Entry, FeatureCache
from silentfoley.data.items import ClipItem, ItemMaker, RawClip
from silentfoley.data.manifest import BadClip
from silentfoley.errors import DataError, SilentFoleyError


class ClipSource(Protocol):
    """Where clips come from: the stage or a folder."""

    def __len__(self) -> int:
        """Number of clips."""

    def content(self, index: int) -> str:
        """A digest of everything that decides the clip; keys the cache."""

    def load(self, index: int) -> RawClip:
        """Decode or render the clip."""


@dataclass
class ClipDataset(Dataset[ClipItem]):
    """Items of a source.

    Call :meth:`prepare` once; afterwards ``bad`` lists the clips that could not be made, the others are served.

    Attributes:
        source: where clips come from.
        maker: raw clip to item.
        cache: where items are kept.
        bad: refused clips with their reason.
    """

    source: ClipSource
    maker: ItemMaker
    cache: FeatureCache
    bad: list[BadClip] = field(default_factory=list)
    _good: list[int] | None = None

    def prepare(self, workers: int = 0, progress: Callable[[int, int], None] | None = None) -> None:
        """Make every missing item.

        Args:
            workers: processes (0: here).
            progress: called with (items made, items that were missing), not at all if none was.
        """
        settings = self.maker.settings()
        missing = [
            i for i in range(len(self.source)) if not self.cache.path(self.source.content(i), settings).is_file()
        ]
        work = partial(_make, self.source, self.maker, self.cache)
        if workers > 1 and len(missing) > workers:
            # spawn: a forked child of a process that has used torch threads can hang.
            with ProcessPoolExecutor(workers, mp_context=get_context("spawn"), initializer=_one_thread) as pool:
                answers = _gathered(missing, pool.map(work, missing, chunksize=4), progress)
        else:
            answers = _gathered(missing, map(work, missing), progress)
        reasons = {i: reason for i, reason in answers.items() if reason is not None}
        self.bad = list(reasons.values())
        self._good = [i for i in range(len(self.source)) if i not in reasons]

    def __len__(self) -> int:
        return len(self._indices())

    def __getitem__(self, index: int) -> ClipItem:
        i = self._indices()[index]
        entry = self.cache.fetch(
            self.source.content(i), self.maker.settings(), lambda: self.maker(self.source.load(i)).to_entry()
        )
        return ClipItem.from_entry(entry)

    def _indices(self) -> list[int]:
        if self._good is None:
            raise DataError("ClipDataset", "has not been prepared", "call prepare() first")
        return self._good


def _gathered(
    indices: Sequence[int], answers: Iterable[BadClip | None], progress: Callable[[int, int], None] | None
) -> dict[int, BadClip | None]:
    """Answers by index, as they come."""
    out: dict[int, BadClip | None] = {}
    if progress is not None and indices:
        progress(0, len(indices))
    for index, answer in zip(indices, answers, strict=True):
        out[index] = answer
        if progress is not None:
            progress(len(out), len(indices))
    return out


def _make(source: ClipSource, maker: ItemMaker, cache: FeatureCache, index: int) -> BadClip | None:
    try:
        entry: Entry = maker(source.load(index)).to_entry()
    except SilentFoleyError as error:
        return BadClip(error.subject, error.cause)
    cache.put(source.content(index), maker.settings(), entry)
    return None


def _one_thread() -> None:
    import torch

    torch.set_num_threads(1)


def check_not_empty(datasets: dict[str, ClipDataset], needed: Sequence[str]) -> None:
    """Refuse to train or judge on nothing.

    Raises:
        DataError: naming the split and the first bad clip.
    """
    for name in needed:
        if len(datasets[name]) == 0:
            first = (
                f" (first refused clip: {datasets[name].bad[0].path}: {datasets[name].bad[0].reason})"
                if datasets[name].bad
                else ""
            )
            raise DataError(
                f"split {name!r}", f"holds no usable clip{first}", "check the data folder and the split shares"
            )
