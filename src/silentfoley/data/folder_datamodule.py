"""FolderDataModule: an AFD-like folder (``class/clip.mp4``, or a CSV) as splits."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from silentfoley.data.datamodule import ClipDataModule
from silentfoley.data.dataset import ClipSource
from silentfoley.data.folder import FolderSource
from silentfoley.data.items import ItemMaker
from silentfoley.data.manifest import Manifest, index_csv, index_folder
from silentfoley.data.split_guard import ClipList, check_apart
from silentfoley.data.splits import FRACTIONS, check_disjoint, split_by_source


class FolderDataModule(ClipDataModule):
    """Clips of a folder, split by source.

    Args:
        maker: raw clip to item.
        root: a folder of ``class/clip`` files, a CSV with ``path,label[,source]``, or a manifest (``.jsonl``)
            whose splits are kept as they are and whose digests are checked against the files.
        cache_dir: where features are kept.
        fractions: share of each split.
        split_seed: of the split; apart from ``seed``, so that runs of several seeds are judged on the same clips.
        apart_from: lists of clips (see :meth:`ClipList.load`) that will be tested on, and so are not trained on.
        source_pattern: of the recording in a clip's id (see :func:`~silentfoley.data.lists.recording_of`), where
            nothing says the recording: for the clips under ``root``, before they are split, and for these lists alike.
        **options: see :class:`ClipDataModule`.
    """

    def __init__(
        self,
        maker: ItemMaker,
        root: Path | str,
        cache_dir: Path | str,
        *,
        fractions: Mapping[str, float] = FRACTIONS,
        split_seed: int = 0,
        apart_from: Sequence[Path | str] = (),
        source_pattern: str | None = None,
        **options: Any,
    ) -> None:
        super().__init__(maker, cache_dir, **options)
        self.root = Path(root)
        self.fractions = dict(fractions)
        self.split_seed = split_seed
        self.apart_from = [Path(p) for p in apart_from]
        self.source_pattern = source_pattern
        self._manifest: Manifest | None = None

    @property
    def manifest(self) -> Manifest:
        """The index with splits, made on first use."""
        if self._manifest is None:
            self._manifest = self._make_manifest()
        return self._manifest

    def _make_manifest(self) -> Manifest:
        if self.root.suffix == ".jsonl":
            return Manifest.load(self.root).verified(self.root.parent).with_recordings(self.source_pattern)
        index = index_csv if self.root.suffix == ".csv" else index_folder
        found = index(self.root, self.labels).with_recordings(self.source_pattern)
        return split_by_source(found, self.fractions, self.split_seed)

    def clip_list(self, split: str) -> ClipList:
        """The records of a split."""
        return ClipList.of_records(f"{self.root.stem}/{split}", self.manifest.split(split))

    def sources(self) -> dict[str, ClipSource]:
        """One source per split that holds records.

        Raises:
            DataError: listing what two splits share, or ``train`` and ``val`` with a list to be tested on.
        """
        manifest = self.manifest
        names = list(dict.fromkeys([*self.fractions, *(r.split for r in manifest.records)]))
        splits = {name: manifest.split(name) for name in names}
        check_disjoint(splits)
        trained_on = self.trained_on()
        for path in self.apart_from:
            check_apart(trained_on or (), ClipList.load(path, source_pattern=self.source_pattern))
        self.refused = list(manifest.bad)
        folder = self.root if self.root.is_dir() else self.root.parent
        size = self.maker.extractor.frame_size
        with_sound = self.maker.sound_features is not None or self.maker.keep_audio
        return {name: FolderSource(folder, records, size, with_sound) for name, records in splits.items()}
