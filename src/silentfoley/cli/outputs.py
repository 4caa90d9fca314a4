"""The outputs of one job appear together or not at all."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

from silentfoley.files import make_folder


@contextmanager
def all_or_none(paths: Sequence[Path]) -> Iterator[None]:
    """Make the folders of ``paths``; if the block fails, remove those of the files and folders that are new.

    Each file is written atomically by its own writer, so that files of earlier runs stay whole either way.

    Raises:
        OutputError: if a folder cannot be made.
    """
    files = [p for p in paths if not p.exists()]
    folders = {folder for p in paths for folder in p.parents if not folder.exists()}
    try:
        for path in paths:
            make_folder(path.parent)
        yield
    except BaseException:
        for path in files:
            with suppress(OSError):
                path.unlink(missing_ok=True)
        for folder in sorted(folders, key=lambda f: len(f.parts), reverse=True):
            # Not empty if somebody else wrote into it meanwhile: left alone.
            with suppress(OSError):
                folder.rmdir()
        raise
