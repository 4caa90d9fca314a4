"""What measures of a set are made of, kept beside a result: two systems can then be tested against each other.

A file of safetensors: by protocol and name the rows of all clips, one after the other, and how many are whose.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from safetensors import SafetensorError, safe_open
from safetensors.numpy import save_file

from silentfoley.errors import DataError
from silentfoley.files import atomic_output, sha256_file

FORMAT = "silentfoley answers 1"
#: After the name of the rows, that of the numbers of rows.
_COUNTS = "#"

#: By name, an array for each clip; those of one name differ in their first axis alone.
Kept = Mapping[str, Sequence[NDArray[Any]]]


@dataclass(frozen=True)
class Answers:
    """What was kept of a result.

    Attributes:
        ids: (N,) clips.
        protocols: by name, what :meth:`Protocol.kept` gave.
    """

    ids: tuple[str, ...]
    protocols: Mapping[str, Kept]

    def of(self, protocol: str, clips: Sequence[str]) -> Kept:
        """Of some clips, in their order."""
        place = {clip: i for i, clip in enumerate(self.ids)}
        index = [place[clip] for clip in clips]
        return {name: [rows[i] for i in index] for name, rows in self.protocols.get(protocol, {}).items()}


def save_answers(path: str | Path, answers: Answers) -> dict[str, str]:
    """Write the file; returns what a result says of it: its name and hash.

    Raises:
        OutputError: if it cannot be written.
    """
    tensors: dict[str, NDArray[Any]] = {}
    for protocol, kept in answers.protocols.items():
        for name, rows in kept.items():
            tensors[f"{protocol}/{name}"] = np.ascontiguousarray(np.concatenate(rows))
            tensors[f"{protocol}/{name}{_COUNTS}"] = np.array([len(r) for r in rows], dtype=np.int64)
    with atomic_output(path) as temporary:
        save_file(tensors, temporary, metadata={"format": FORMAT, "ids": json.dumps(answers.ids)})
        temporary.chmod(0o644)  # safetensors makes private files; whoever reads the result may compare it
    return {"file": Path(path).name, "sha256": sha256_file(path)}


def load_answers(result: Mapping[str, Any], folder: str | Path) -> Answers | None:
    """What is kept beside a result; None where nothing is.

    Args:
        result: as ``metrics.json`` holds it.
        folder: where it lies.

    Raises:
        DataError: if the file is not the one that was written with the result.
    """
    about = result.get("answers")
    if not about:
        return None
    path = Path(folder) / Path(about["file"]).name
    if not path.is_file():
        return None
    if sha256_file(path) != about["sha256"]:
        raise DataError(path, "is not of the result beside it", "score again, or remove it to compare without")
    try:
        with safe_open(path, framework="numpy") as file:
            ids = tuple(json.loads((file.metadata() or {})["ids"]))
            stored = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
    except (OSError, SafetensorError, ValueError, KeyError) as error:
        raise DataError(path, f"cannot be read ({error})", "score again, or remove it to compare without") from None
    protocols: dict[str, dict[str, list[NDArray[Any]]]] = {}
    for key, rows in stored.items():
        protocol, _, name = key.partition("/")
        if not name.endswith(_COUNTS):
            ends = np.cumsum(stored[key + _COUNTS])[:-1]
            protocols.setdefault(protocol, {})[name] = np.split(rows, ends)
    return Answers(ids, protocols)
