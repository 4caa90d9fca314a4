"""A bank of takes on disk."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from silentfoley.bank.report import class_table
from silentfoley.bank.take import BANK_VERSION, Kind, Split, Take
from silentfoley.errors import DataError
from silentfoley.media.audio import read_audio

MANIFEST = "takes.jsonl"
HEADER = "bank.json"


@dataclass(frozen=True)
class Bank:
    """Takes and where their samples lie.

    Attributes:
        folder: the bank's folder.
        sample_rate_hz: rate of all takes.
        all_takes: every take, in the manifest's order.
        report: what the build found.
    """

    folder: Path
    sample_rate_hz: int
    all_takes: tuple[Take, ...]
    report: dict[str, Any] = field(repr=False)

    @classmethod
    def load(cls, folder: str | Path) -> Bank:
        """Open a bank.

        Raises:
            DataError: if there is none, it is damaged, or of another version.
        """
        root = Path(folder)
        remedy = "build one with: silentfoley bank build DIR"
        if not (root / HEADER).is_file() or not (root / MANIFEST).is_file():
            raise DataError(root, f"is no bank ({HEADER} or {MANIFEST} is missing)", remedy)
        try:
            header = json.loads((root / HEADER).read_text(encoding="utf-8"))
            lines = (root / MANIFEST).read_text(encoding="utf-8").splitlines()
            report = json.loads((root / "report.json").read_text(encoding="utf-8"))
            rows = [json.loads(line) for line in lines]
        except (OSError, ValueError) as error:
            raise DataError(root, f"is damaged ({error})", remedy) from None
        if not isinstance(header, dict) or header.get("version") != BANK_VERSION:
            raise DataError(root, f"is not of version {BANK_VERSION}", remedy)
        figures = (header.get("n_takes"), header.get("sample_rate_hz"))
        if not all(isinstance(n, int) and n > 0 for n in figures) or not isinstance(report, dict):
            raise DataError(root, f"is damaged ({HEADER} or report.json lacks what it should hold)", remedy)
        takes = tuple(Take.from_json(row, f"{root / MANIFEST} line {i}") for i, row in enumerate(rows, 1))
        if len(takes) != header["n_takes"]:
            raise DataError(root, f"has {len(takes)} takes of {header['n_takes']}", remedy)
        return cls(root, int(header["sample_rate_hz"]), takes, report)

    def takes(
        self,
        label: str | None = None,
        split: Split | None = None,
        kind: Kind | None = None,
        share_alike: bool | None = None,
        source: str | None = None,
    ) -> tuple[Take, ...]:
        """Takes that fit all that is asked for. ``share_alike=False`` keeps what may be learnt from and shipped."""
        wanted = {"label": label, "split": split, "kind": kind, "share_alike": share_alike, "source": source}
        asked = {name: value for name, value in wanted.items() if value is not None}
        return tuple(t for t in self.all_takes if all(getattr(t, name) == value for name, value in asked.items()))

    def samples(self, take: Take) -> NDArray[np.float32]:
        """(take.n_samples,) at the recorded level, which may pass full scale where the recording did.

        Raises:
            MediaError: if the file is gone or damaged.
            DataError: if it is not as long as the manifest says.
        """
        wave = read_audio(self.folder / take.file)
        if wave.n_samples != take.n_samples or wave.sample_rate_hz != self.sample_rate_hz:
            raise DataError(self.folder / take.file, "is not the take the manifest describes", "build the bank again")
        return np.asarray(wave.samples[0] / np.float32(take.gain), dtype=np.float32)

    @property
    def labels(self) -> tuple[str, ...]:
        """Classes it has takes of, sorted."""
        return tuple(sorted({t.label for t in self.all_takes}))

    def variants(self) -> dict[str, tuple[str, ...]]:
        """Classes that it can perform, each with the materials and manners that it has takes of, sorted."""
        playable = [take for take in self.all_takes if take.playable]
        return {
            label: tuple(sorted({t.variant for t in playable if t.label == label and t.variant is not None}))
            for label in sorted({t.label for t in playable})
        }

    def summary(self) -> str:
        """A table to print: classes, recordings, takes, seconds."""
        rows = class_table(self.all_takes, self.sample_rate_hz)
        columns = ("class", "files", "recordings", "takes", "hits", "textures", "seconds", "share_alike")
        lines = [" ".join(f"{c:>11}" for c in columns)]
        lines += [" ".join(f"{row[c]!s:>11}" for c in columns) for row in rows]
        return "\n".join(lines)
