"""StageDataModule: clips of the procedural laboratory as splits."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from silentfoley.data.datamodule import ClipDataModule
from silentfoley.data.dataset import ClipSource
from silentfoley.data.items import ItemMaker
from silentfoley.data.stage_source import StageSource
from silentfoley.stage.clip import ClipSpec

#: Clips per split. The test sets are those of the stage: unseen seeds, factor levels and recordings.
SIZES: Mapping[str, int] = {"train": 2000, "val": 240, "unseen_seeds": 240, "unseen_levels": 240}


class StageDataModule(ClipDataModule):
    """Clips rendered from seeds.

    Args:
        maker: raw clip to item.
        cache_dir: where features are kept.
        sizes: clips per split; ``unseen_recordings`` needs a bank.
        spec: what is asked of each clip.
        bank: folder of takes to sound with, or None for the synthesiser.
        clip_seed: root seed of the clips; apart from ``seed``, so that runs of several seeds share clips and tests.
        **options: see :class:`ClipDataModule`.
    """

    making = "drawing"

    def __init__(
        self,
        maker: ItemMaker,
        cache_dir: Path | str,
        *,
        sizes: Mapping[str, int] = SIZES,
        spec: ClipSpec | None = None,
        bank: Path | str | None = None,
        clip_seed: int = 0,
        **options: Any,
    ) -> None:
        super().__init__(maker, cache_dir, **options)
        with_sound = maker.sound_features is not None or maker.keep_audio
        self.spec = replace(spec if spec is not None else ClipSpec(), sound=with_sound)
        self.sizes = dict(sizes)
        self.clip_seed = clip_seed
        self.bank = None if bank is None else Path(bank)

    def sources(self) -> dict[str, ClipSource]:
        """One source per split; held-out recordings sound in ``unseen_recordings`` alone."""
        return {
            split: StageSource(
                self.spec, split, n, self.clip_seed, self.bank, "test" if split == "unseen_recordings" else "train"
            )
            for split, n in self.sizes.items()
            if n > 0
        }
