"""AfdOpenDataModule: clips of public sets under our classes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from silentfoley.data.afd_open import Dataset, index_open
from silentfoley.data.folder_datamodule import FolderDataModule
from silentfoley.data.items import ItemMaker
from silentfoley.data.manifest import Manifest
from silentfoley.data.splits import split_by_source


class AfdOpenDataModule(FolderDataModule):
    """Clips of VGGSound, AVSync15 and Greatest Hits that the user holds, split by recording.

    Args:
        maker: raw clip to item.
        root: folder with a folder per data set.
        cache_dir: where features are kept.
        lists: lists of clips by data set, as published.
        label_map: another table of labels than this release's.
        **options: see :class:`FolderDataModule`.
    """

    def __init__(
        self,
        maker: ItemMaker,
        root: Path | str,
        cache_dir: Path | str,
        *,
        lists: Mapping[Dataset, Sequence[Path | str]],
        label_map: Path | str | None = None,
        **options: Any,
    ) -> None:
        super().__init__(maker, root, cache_dir, **options)
        self.lists = {name: [Path(p) for p in paths] for name, paths in lists.items()}
        self.label_map = None if label_map is None else Path(label_map)

    def _make_manifest(self) -> Manifest:
        index = index_open(self.root, self.lists, self.label_map)
        return split_by_source(index, self.fractions, self.split_seed)
