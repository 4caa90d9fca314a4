"""The sheets that ``--cues`` gives: which is whose, and later by so much."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from silentfoley.cli.jobs import Job
from silentfoley.cli.names import SHEETS
from silentfoley.errors import CueError

if TYPE_CHECKING:
    from silentfoley.cues import CueSheet


class Sheets:
    """The sheets of ``--cues``: one for every input, or one per input in a folder; all later by ``shift_s``."""

    def __init__(self, path: Path | None, shift_s: float = 0.0) -> None:
        self.path, self.shift_s = path, shift_s
        # Read now: a malformed sheet should not have to wait for the model.
        self._one = None if path is None or path.is_dir() else self._read(path)

    def of(self, job: Job) -> CueSheet | None:
        """The sheet for a job.

        Raises:
            CueError: if the folder has none for it.
        """
        if self.path is None or self._one is not None:
            return self._one
        for suffix in SHEETS:
            if (path := self.path / f"{job.source.stem}{suffix}").is_file():
                return self._read(path)
        raise CueError(self.path, f"holds no sheet for {job.source.name}", f"add {job.source.stem}.csv or another")

    def _read(self, path: Path) -> CueSheet:
        from silentfoley.cue_formats import read_cues

        sheet = read_cues(path)
        try:
            # Longer by as much: where the end is, the video says.
            return replace(sheet, duration_s=sheet.duration_s + max(self.shift_s, 0.0)).shift(self.shift_s)
        except CueError as error:
            raise CueError(f"{self.called(path)}: {error.subject}", error.cause, error.remedy) from None

    def called_for(self, job: Job) -> str:
        """The same of the one that was meant for a job."""
        assert self.path is not None
        whose = f" for {job.source.name}" if self._one is None else ""
        return self.called(self.path) + whose

    def called(self, path: Path) -> str:
        """What an error calls the sheet, or the folder of sheets, that it is about."""
        return f"{path} shifted by {self.shift_s:g} s" if self.shift_s else str(path)
