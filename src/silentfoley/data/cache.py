"""Features on disk, keyed by content and settings: computed once, never stale, safe from killed writers."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from safetensors import SafetensorError, safe_open
from safetensors.numpy import save_file

from silentfoley.files import atomic_output, fingerprint, make_folder

Arrays = dict[str, NDArray[Any]]


@dataclass(frozen=True)
class Entry:
    """Arrays of one clip with a small JSON note."""

    arrays: Arrays
    note: dict[str, Any]


class FeatureCache:
    """A folder of safetensors files named by the digest of what made them.

    A writer that is killed leaves a temporary file that no reader looks at; a damaged file reads as absent and
    is made again. Several processes may share the folder.

    Args:
        folder: made on first write.
    """

    def __init__(self, folder: Path | str) -> None:
        self.folder = Path(folder)

    def path(self, content: str, settings: Mapping[str, Any]) -> Path:
        """Where the entry for a content digest under some settings lies."""
        key = fingerprint({"content": content, "settings": dict(settings)})
        return self.folder / key[:2] / f"{key}.safetensors"

    def get(self, content: str, settings: Mapping[str, Any]) -> Entry | None:
        """The entry, or None if there is none that can be read."""
        path = self.path(content, settings)
        try:
            with safe_open(path, framework="numpy") as file:
                note = json.loads((file.metadata() or {})["note"])
                return Entry({name: file.get_tensor(name) for name in file.keys()}, note)  # noqa: SIM118
        except (OSError, SafetensorError, ValueError, KeyError):
            return None

    def put(self, content: str, settings: Mapping[str, Any], entry: Entry) -> None:
        """Store an entry.

        Raises:
            OutputError: if the folder cannot be made or written to.
        """
        arrays = {name: np.ascontiguousarray(array) for name, array in entry.arrays.items()}
        path = self.path(content, settings)
        make_folder(path.parent)
        with atomic_output(path) as temporary:
            save_file(arrays, temporary, metadata={"note": json.dumps(entry.note)})

    def fetch(self, content: str, settings: Mapping[str, Any], make: Callable[[], Entry]) -> Entry:
        """The stored entry, or the one ``make`` makes, stored."""
        entry = self.get(content, settings)
        if entry is None:
            entry = make()
            self.put(content, settings, entry)
        return entry
