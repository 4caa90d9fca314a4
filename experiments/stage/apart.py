"""The stage with short training clips of other root seeds; all other splits as they are everywhere else."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from short_clips import stored_clips

from silentfoley.data.dataset import ClipSource
from silentfoley.data.items import RawClip
from silentfoley.data.stage_datamodule import StageDataModule
from silentfoley.data.stage_source import StageSource


@dataclass(frozen=True)
class Chosen:
    """Some clips of a source."""

    source: StageSource
    indices: tuple[int, ...]

    def __len__(self) -> int:
        """Number of clips."""
        return len(self.indices)

    def content(self, index: int) -> str:
        """A digest of everything that decides the clip."""
        return self.source.content(self.indices[index])

    def load(self, index: int) -> RawClip:
        """Render the clip."""
        return self.source.load(self.indices[index])


@dataclass(frozen=True)
class Joined:
    """Clips of several sources, one after the other."""

    parts: tuple[ClipSource, ...]

    def __len__(self) -> int:
        """Number of clips."""
        return sum(len(part) for part in self.parts)

    def place(self, index: int) -> tuple[ClipSource, int]:
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
    """Short training clips of other root seeds.

    Args:
        train_clips: root seed: number of clips, from the first on.
        train_files: files of ``horse_clips.py``, whose clips are training clips too.
        train_s: length of training clips, s.
        args, options: as in the base.
    """

    def __init__(
        self,
        *args: Any,
        train_clips: Mapping[int, int],
        train_s: float,
        train_files: Sequence[str] = (),
        **options: Any,
    ) -> None:
        super().__init__(*args, **options)
        self.train_clips = dict(train_clips)
        self.train_files = tuple(train_files)
        self.train_s = train_s

    def sources(self) -> dict[str, ClipSource]:
        """One source per split."""
        parts: list[ClipSource] = [self.train_source(root, n) for root, n in self.train_clips.items()]
        for path in self.train_files:
            clips = stored_clips(Path(path))
            parts.append(Chosen(self.train_source(clips.root_seed), clips.indices))
        return {"train": Joined(tuple(parts)), **super().sources()}

    def train_source(self, root_seed: int, n_clips: int = 0) -> StageSource:
        """Training clips of a root seed."""
        return StageSource(replace(self.spec, duration_s=self.train_s, split="train"), "train", n_clips, root_seed)
