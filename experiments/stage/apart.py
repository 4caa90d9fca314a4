"""The stage with short training clips of another root seed; all other splits as they are everywhere else."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from silentfoley.data.dataset import ClipSource
from silentfoley.data.stage_datamodule import StageDataModule
from silentfoley.data.stage_source import StageSource


class StageApart(StageDataModule):
    """Args: ``train_seed`` and ``train_s``, root seed and length of training clips; others as in StageDataModule."""

    def __init__(self, *args: Any, train_seed: int, train_s: float, **options: Any) -> None:
        super().__init__(*args, **options)
        self.train_seed = train_seed
        self.train_s = train_s

    def sources(self) -> dict[str, ClipSource]:
        """One source per split."""
        sources = super().sources()
        if isinstance(train := sources.get("train"), StageSource):
            spec = replace(train.spec, duration_s=self.train_s, split="train")
            sources["train"] = replace(train, seed=self.train_seed, spec=spec)
        return sources
