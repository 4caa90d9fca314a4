"""Lists of clips in files, as people write them: JSON lines, CSV, or an id a line."""

from __future__ import annotations

import csv
import json
import re
from collections.abc import Mapping
from pathlib import Path, PurePosixPath
from typing import Any

from silentfoley.errors import DataError

#: A row of a list by column; what it does not say is not there or empty.
Row = Mapping[str, Any]


def read_list(path: str | Path) -> dict[str, Row]:
    """Rows of a list by clip id, in order.

    JSON lines (``.jsonl``) or CSV (``.csv``) with ``id``, or ``path`` of which the id is all but the suffix; any other
    file is plain text, an id a line, ``#`` before a remark. Refused clips of a manifest (``"bad"``) are left out.

    Raises:
        DataError: naming the file, or the row that names no clip.
    """
    file = Path(path)
    try:
        lines = [line.strip() for line in file.read_text(encoding="utf-8").splitlines() if line.strip()]
    except (OSError, UnicodeDecodeError) as error:
        raise DataError(file, f"cannot be read ({error})", "check the file") from None
    found: dict[str, Row] = {}
    for number, row in enumerate(_rows(file, lines), start=1):
        if isinstance(row, Mapping) and "bad" in row:
            continue
        found[_id(file, number, row)] = row
    return found


def recording_of(clip_id: str, pattern: str | None) -> str:
    """Recording that a clip's id names.

    Args:
        clip_id: whole, with its folders.
        pattern: regular expression whose first match anywhere in the id is the recording: ``^[^_]+`` for
            ``video_chunk7``, ``[^/]+(?=_chunk)`` for ``impact/video_chunk7`` too. None: every clip is its own.

    Raises:
        DataError: if the id does not match.
    """
    if pattern is None:
        return clip_id
    found = re.search(pattern, clip_id)
    if found is None:
        raise DataError(f"clip {clip_id!r}", f"does not match {pattern!r}", "give the pattern of recordings' names")
    return found.group(0)


def _rows(file: Path, lines: list[str]) -> list[Any]:
    suffix = file.suffix.lower()
    if suffix == ".csv":
        return list(csv.DictReader(lines))
    if suffix != ".jsonl":
        return [{"id": line} for line in lines if not line.startswith("#")]
    try:
        return [json.loads(line) for line in lines]
    except ValueError as error:
        raise DataError(file, f"is not JSON lines ({error})", "write one JSON object per line") from None


def _id(file: Path, number: int, row: Any) -> str:
    given = row if isinstance(row, Mapping) else {}
    path = PurePosixPath(str(given.get("path") or ""))
    name = str(given.get("id") or "") or (path.with_suffix("").as_posix() if path.name else "")
    if not name:
        raise DataError(f"{file} row {number}", "names no clip", "give it an id or a path")
    return name
