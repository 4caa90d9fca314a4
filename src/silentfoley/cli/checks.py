"""Outputs that cannot, or must not, be written are refused before the slow part."""

from __future__ import annotations

import os
from pathlib import Path

from silentfoley.cli.jobs import Job
from silentfoley.cli.names import SHEETS
from silentfoley.errors import OutputError


def check_job(job: Job, *, overwrite: bool = False, given: Path | None = None) -> None:
    """Refuse outputs that cannot, or must not, be written. Nothing is made.

    Args:
        job: the job.
        overwrite: whether outputs that exist may be replaced.
        given: the sheet that is performed, if one is.

    Raises:
        OutputError: if an output has a suffix we do not write, is a folder, the input or the given sheet, exists and
            must not be replaced, or lies where no folder can be made.
    """
    paths = [path for path, _ in job.files()]
    for path, suffixes in job.files():
        if given is not None and given != job.source and _is_same(path, given):
            # Performed and shifted again, it would be another sheet after every run.
            raise OutputError(path, "is the sheet of --cues itself", "name another output")
        replaced = overwrite or (job.own and path == job.target)
        _check_file(path, suffixes, job.source, overwrite=replaced)
        if paths.count(path) > 1:
            raise OutputError(path, "would hold two outputs", "name each its own")
    if job.stems is not None:
        if job.stems in paths:
            raise OutputError(job.stems, "would be both a file and the folder of stems", "name each its own")
        _check_folder(job.stems)


def check_sheet(path: Path, source: Path, *, overwrite: bool = False) -> None:
    """Refuse a cue sheet that cannot, or must not, be written. Nothing is made.

    Raises:
        OutputError: as :func:`check_job`.
    """
    _check_file(path, SHEETS, source, overwrite=overwrite)


def _check_file(path: Path, suffixes: tuple[str, ...], source: Path, *, overwrite: bool) -> None:
    if path.suffix.lower() not in suffixes:
        raise OutputError(path, f"suffix {path.suffix!r} cannot be written", f"use one of {', '.join(suffixes)}")
    if path.is_dir():
        raise OutputError(path, "is a folder", "name a file")
    if _is_same(path, source):
        raise OutputError(path, "is the input itself", "name another output")
    if path.exists() and not overwrite:
        raise OutputError(path, "exists", "pass --overwrite or name another output")
    _check_folder(path.parent)


def _is_same(path: Path, given: Path) -> bool:
    return path.exists() and given.exists() and path.samefile(given)


def _check_folder(folder: Path) -> None:
    """The folder, or the nearest one above it that is there, can be written to."""
    there = next((p for p in (folder, *folder.parents) if p.exists()), Path())
    if not there.is_dir():
        raise OutputError(folder, f"cannot be made: {there} is a file", "choose another folder")
    if not os.access(there, os.W_OK):
        raise OutputError(folder, f"cannot be written: {there} is read-only", "choose another folder")
