"""The sheets that ``--cues`` gives: which is whose, and later by so much."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from silentfoley.cli.jobs import Job
from silentfoley.cli.names import SHEETS
from silentfoley.cli.sheet_edits import moved, rounded, told_s
from silentfoley.errors import CueError, SilentFoleyError

if TYPE_CHECKING:
    from silentfoley.cues import CueSheet


def sheets_of(name: str, folder: Path) -> list[Path]:
    """The sheets of a folder that are called ``name``, whatever their format."""
    return sorted(p for p in folder.iterdir() if p.stem == name and p.suffix.lower() in SHEETS and p.is_file())


def doubled(sheet: Path, source: Path) -> tuple[str, ...]:
    """What is to be said where another format's sheet of the same video lies beside: an edited one, perhaps."""
    if sheet.stem != source.stem or not sheet.parent.is_dir():
        return ()
    others = ", ".join(path.name for path in sheets_of(sheet.stem, sheet.parent) if path.name != sheet.name)
    return (f"beside {sheet.name} lies {others}: generate --cues {sheet.parent} wants one of them",) if others else ()


def told_of(sheet: str, error: SilentFoleyError) -> CueError:
    """The same error with the name of the sheet: the library knows sheets, not the files they came from."""
    return CueError(f"{sheet}: {error.subject}", error.cause, error.remedy)


@dataclass(frozen=True)
class Given:
    """A sheet to perform.

    Attributes:
        cues: what is performed, and written down if that is asked for: rounded, so that both are the same.
        notes: what a person should know of it, a line each.
    """

    cues: CueSheet
    notes: tuple[str, ...] = ()


class Sheets:
    """The sheets of ``--cues``: one for every input, or one per input in a folder; all later by ``shift_s``."""

    def __init__(self, path: Path | None, shift_s: float = 0.0) -> None:
        self.path, self.shift_s = path, shift_s
        # Read now: a malformed sheet should not have to wait for the model.
        self._one = None if path is None or path.is_dir() else self._read(path)

    @property
    def labels(self) -> tuple[str, ...] | None:
        """Classes of the one sheet; None, for not known yet, where there is none, or a folder of them."""
        return None if self._one is None else self._one.cues.labels

    def of(self, job: Job) -> Given | None:
        """The sheet for a job.

        Raises:
            CueError: if the folder has none for it, or more than one.
        """
        file = self.file_of(job)
        return self._one if file is None or self._one is not None else self._read(file)

    def file_of(self, job: Job) -> Path | None:
        """The sheet's file, or None where none is given.

        Raises:
            CueError: if the folder has none for it, or more than one.
        """
        if self.path is None or self._one is not None:
            return self.path
        name, found = job.source.stem, sheets_of(job.source.stem, self.path)
        if not found:
            raise CueError(self.path, f"holds no sheet for {job.source.name}", f"add {name}.csv or another")
        if len(found) > 1:
            # One of them is an older state of the other: nobody can tell which from here.
            names = ", ".join(path.name for path in found)
            raise CueError(self.path, f"holds {len(found)} sheets for {job.source.name}: {names}", "keep one of them")
        return found[0]

    def _read(self, path: Path) -> Given:
        from silentfoley.cue_formats import read_cues

        sheet = read_cues(path)
        try:
            cues, notes = moved(sheet, self.shift_s)
        except CueError as error:
            raise self.located(path, error) from None
        return Given(rounded(cues), notes)

    def located(self, path: Path, error: SilentFoleyError) -> CueError:
        """The same error with the sheet's file, and with the cue's place in it if the error is of a cue."""
        from silentfoley.cue_formats import cue_places

        place = cue_places(path).get(error.subject)
        if place is None:
            return told_of(self.called(path), error)
        return CueError(f"{self.called(path)}, {place}", error.cause, error.remedy)

    def called(self, path: Path) -> str:
        """What an error calls the sheet, or the folder of sheets, that it is about."""
        return f"{path} shifted by {told_s(self.shift_s)} s" if self.shift_s else str(path)
