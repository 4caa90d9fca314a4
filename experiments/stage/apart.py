"""The stage with short training clips of other root seeds; all other splits as they are everywhere else."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from silentfoley.data.dataset import ClipSource
from silentfoley.data.items import RawClip
from silentfoley.data.stage_datamodule import StageDataModule
from silentfoley.data.stage_source import StageSource


@dataclass(frozen=True)
class Joined:
    """Clips of several sources, one after the other."""

    parts: tuple[StageSource, ...]

    def __len__(self) -> int:
        """Number of clips."""
        return sum(len(part) for part in self.parts)

    def place(self, index: int) -> tuple[StageSource, int]:
        """The source a clip comes from, and its number there."""
        for part in self.parts:
            if index < len(part):
                return part, index
            index -= len(part)
        raise IndexError(index)

    def content(self, index: int) -> str:
        """A digest of everything that decides the clip."""
        part, i = self.place(index)
        return part.content(i)

    def load(self, index: int) -> RawClip:
        """Render the clip."""
        part, i = self.place(index)
        return part.load(i)


class StageApart(StageDataModule):
    """Args: ``train_clips`` (root seed: number), ``train_s`` (their length in seconds); others as in the base."""

    def __init__(self, *args: Any, train_clips: Mapping[int, int], train_s: float, **options: Any) -> None:
        super().__init__(*args, **options)
        self.train_clips = dict(train_clips)
        self.train_s = train_s

    def sources(self) -> dict[str, ClipSource]:
        """One source per split."""
        spec = replace(self.spec, duration_s=self.train_s, split="train")
        parts = tuple(StageSource(spec, "train", n, seed) for seed, n in self.train_clips.items())
        return {"train": Joined(parts), **super().sources()}
