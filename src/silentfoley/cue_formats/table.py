"""Sheets as CSV."""

from __future__ import annotations

import csv
import io
from pathlib import Path
from typing import Any

from silentfoley.cue_formats.plain import FIELDS, cue_of_fields, sheet_of
from silentfoley.cues import SHEET_VERSION, Cue, CueSheet
from silentfoley.errors import CueError

#: Begins the first line of a CSV of ours: what a table of cues has no column for.
_CSV_HEAD = "# silentfoley cues"


def to_csv(sheet: CueSheet) -> str:
    """A comment line with version and length, a header, a row per cue; an empty cell is None."""
    out = io.StringIO(newline="")
    out.write(f"{_CSV_HEAD}, version={sheet.version}, duration_s={sheet.duration_s!r}\n")
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(FIELDS)
    for cue in sheet.cues:
        writer.writerow([_cell(getattr(cue, name)) for name in FIELDS])
    return out.getvalue()


def _cell(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, tuple):
        return " ".join(repr(v) for v in value)
    return value if isinstance(value, str) else repr(value)


def from_csv(text: str, source: str | Path = "cues.csv", duration_s: float | None = None) -> CueSheet:
    """Read :func:`to_csv`, or a table a person typed: a header with ``start_s`` and ``label``, other columns optional.

    Raises:
        CueError: with line number and reason.
    """
    head, body = "", text
    if text.startswith(_CSV_HEAD):
        head, _, body = text.partition("\n")
    reader = csv.reader(io.StringIO(body, newline=""), strict=True)
    offset = 1 if head else 0
    cues: list[Cue] = []
    names: list[str] | None = None
    try:
        for row in reader:
            place = f"{source}, line {reader.line_num + offset}"
            cells = [cell.strip() for cell in row]
            if not any(cells):
                continue
            if names is None:
                names = _checked_header(cells, place)
            else:
                cues.append(_cue_of_row(names, cells, place))
    except csv.Error as error:
        place = f"{source}, line {reader.line_num + offset}"
        raise CueError(place, f"is not CSV: {error}", "quote cells with commas and close the quotes") from None
    if names is None:
        raise CueError(source, "has no header", "begin with a line such as: start_s,label")
    return sheet_of(cues, _head_duration(head, source) if duration_s is None else duration_s, source)


def _checked_header(cells: list[str], place: str) -> list[str]:
    for need in ("start_s", "label"):
        if need not in cells:
            raise CueError(place, f"no column {need!r}", "begin with a header such as: start_s,label")
    for name in cells:
        if name not in FIELDS:
            raise CueError(place, f"unknown column {name!r}", f"use {', '.join(FIELDS)}")
        if cells.count(name) > 1:
            raise CueError(place, f"column {name!r} comes twice", "remove one")
    return cells


def _cue_of_row(names: list[str], cells: list[str], place: str) -> Cue:
    if len(cells) > len(names):
        raise CueError(place, f"{len(cells)} cells under {len(names)} columns", "write decimals with a point")
    row: dict[str, Any] = {name: cell for name, cell in zip(names, cells, strict=False) if cell}
    if "envelope" in row:
        row["envelope"] = tuple(row["envelope"].split())
    return cue_of_fields(row, place)


def _head_duration(head: str, source: str | Path) -> float | None:
    if not head:
        return None
    said = dict(part.strip().partition("=")[::2] for part in head.split(",")[1:])
    if said.get("version") != str(SHEET_VERSION):
        raise CueError(
            f"{source}, line 1", f"version {said.get('version')} is not {SHEET_VERSION}", "write it with this release"
        )
    try:
        return float(said["duration_s"])
    except (KeyError, ValueError):
        raise CueError(f"{source}, line 1", "duration_s is missing or no number", "correct it") from None
