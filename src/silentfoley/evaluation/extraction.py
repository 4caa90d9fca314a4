"""Extracted clips on disk: an index of clips over a cache of feature groups."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from numpy.typing import NDArray

from silentfoley.data.cache import Arrays, FeatureCache
from silentfoley.data.manifest import BadClip
from silentfoley.errors import DataError
from silentfoley.evaluation.clip_features import ClipFeatures
from silentfoley.files import fingerprint, write_json

#: The index in a folder of features, and what its first line says.
INDEX = "index.json"
FORMAT = "silentfoley features 1"
#: Groups up to this size stay in memory once read; larger ones (the sound) are read again.
_KEEP_BYTES = 64 * 1024


@dataclass(frozen=True)
class ClipEntry:
    """One extracted clip in the index.

    Attributes:
        id, label, source, duration_s: as in :class:`~silentfoley.evaluation.clip_features.ClipFeatures`.
        contents: digest of the file behind each group.
        arrays: names of the arrays of each group.
        notes: JSON values of each group.
        without: optional groups that could not be made, with the reason.
        files: by role (``sound``, ``video``, ``cues``), relative to the folder of media.
    """

    id: str
    label: str
    source: str
    duration_s: float
    contents: Mapping[str, str]
    arrays: Mapping[str, list[str]]
    notes: Mapping[str, Mapping[str, Any]]
    without: Mapping[str, str] = field(default_factory=dict)
    files: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Extraction:
    """What came of extracting a folder.

    Attributes:
        name: of the folder of media; no path, so that results can be published.
        folder: of the features.
        keys: by group, what identifies its numbers apart from the clips.
        entries: clips in order of id.
        bad: clips that could not be used, with the reason.
    """

    name: str
    folder: Path
    keys: Mapping[str, Mapping[str, Any]]
    entries: tuple[ClipEntry, ...]
    bad: tuple[BadClip, ...]

    @property
    def digest(self) -> str:
        """Of the clips: ids, contents, labels, recordings. The reference-set hash of a result."""
        return fingerprint([[e.id, e.label, e.source, sorted(set(e.contents.values()))] for e in self.entries])

    def clips(self) -> dict[str, ClipFeatures]:
        """Features by id; arrays are read when asked for."""
        cache = FeatureCache(self.folder)
        return {e.id: self._clip(e, cache) for e in self.entries}

    def _clip(self, entry: ClipEntry, cache: FeatureCache) -> ClipFeatures:
        label = entry.label
        named = entry.notes.get("cues", {}).get("labels", {})
        if not label and len(named) == 1:
            label = next(iter(named))
        arrays = StoredArrays(cache, entry, self.keys)
        return ClipFeatures(entry.id, entry.source, label, entry.duration_s, arrays, entry.notes)

    def save(self) -> None:
        """Write the index."""
        head = {"format": FORMAT, "name": self.name, "digest": self.digest}
        counts = {"n_clips": len(self.entries), "n_bad": len(self.bad)}
        lists = {"bad": [asdict(b) for b in self.bad], "clips": [asdict(e) for e in self.entries]}
        write_json(self.folder / INDEX, {**head, **counts, "keys": self.keys, **lists})

    @classmethod
    def load(cls, folder: str | Path) -> Extraction:
        """Read what :meth:`save` wrote.

        Raises:
            DataError: if there is no index, or another release wrote it.
        """
        path = Path(folder) / INDEX
        try:
            value = json.loads(path.read_text(encoding="utf-8"))
        except (OSError, ValueError) as error:
            raise DataError(path, f"cannot be read ({error})", "run silentfoley extract again") from None
        if not isinstance(value, dict) or value.get("format") != FORMAT:
            raise DataError(path, f"is not {FORMAT!r}", "run silentfoley extract with this release")
        try:
            entries = tuple(ClipEntry(**row) for row in value["clips"])
            bad = tuple(BadClip(**row) for row in value["bad"])
            return cls(value["name"], Path(folder), value["keys"], entries, bad)
        except (KeyError, TypeError) as error:
            raise DataError(path, f"is damaged ({error})", "run silentfoley extract again") from None


def is_extraction(folder: str | Path) -> bool:
    """Whether a folder holds features rather than media."""
    path = Path(folder) / INDEX
    try:
        with path.open(encoding="utf-8") as file:
            return FORMAT in file.read(200)
    except (OSError, UnicodeDecodeError):
        return False


class StoredArrays(Mapping[str, NDArray[Any]]):
    """Arrays of one clip by full name, read group by group when asked for."""

    def __init__(self, cache: FeatureCache, entry: ClipEntry, keys: Mapping[str, Mapping[str, Any]]) -> None:
        self._cache, self._entry, self._keys = cache, entry, keys
        self._kept: dict[str, Arrays] = {}

    def __getitem__(self, name: str) -> NDArray[Any]:
        group, _, array = name.partition(".")
        if array not in self._entry.arrays.get(group, ()):
            raise KeyError(name)
        return self._group(group)[array]

    def __contains__(self, name: object) -> bool:
        group, _, array = str(name).partition(".")
        return array in self._entry.arrays.get(group, ())

    def __iter__(self) -> Iterator[str]:
        return (f"{group}.{name}" for group, names in self._entry.arrays.items() for name in names)

    def __len__(self) -> int:
        return sum(len(names) for names in self._entry.arrays.values())

    def _group(self, group: str) -> Arrays:
        if group in self._kept:
            return self._kept[group]
        stored = self._cache.get(self._entry.contents[group], self._keys[group])
        if stored is None:
            raise DataError(
                f"clip {self._entry.id!r}", f"its {group} features are missing or damaged", "extract the folder again"
            )
        if sum(a.nbytes for a in stored.arrays.values()) <= _KEEP_BYTES:
            self._kept[group] = stored.arrays
        return stored.arrays
