"""Sheets as CSV."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Any

from silentfoley.cue_formats.plain import FIELDS, cue_of_fields, sheet_of
from silentfoley.cues import SHEET_VERSION, Cue, CueSheet
from silentfoley.errors import CueError
from silentfoley.spelling import did_you_mean

#: Begins the first line of a CSV of ours: what a table of cues has no column for.
_CSV_HEAD = "# silentfoley cues"
#: What spreadsheets put between cells: some where the comma is the decimal point's.
_SEPARATORS = (",", ";", "\t")
_TEXTS = ("label", "variant", "id")
_TIMES = ("start_s", "duration_s")
#: Columns, in any case, that are a person's own: nothing of them is performed, or kept.
_REMARKS = ("notes", "note", "comment", "comments")
#: In a table parted by commas nobody can tell whether this is a thousand or one.
_AMBIGUOUS = re.compile(r"-?[1-9]\d{0,2}(,\d{3})+")
#: ``H:MM:SS`` or ``M:SS``, as players and editors show a time; frames (a fourth number) depend on the frame rate.
_CLOCK = re.compile(r"(?:(\d+):([0-5]\d)|(\d+)):([0-5]\d(?:\.\d*)?)", re.ASCII)


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

    Where the header's cells are parted by semicolons or tabs, so are all. Numbers may have a decimal comma, quoted in a
    table that is parted by commas; ``start_s`` and ``duration_s`` may be ``M:SS.fff`` or ``H:MM:SS.fff``.
    Columns without a name, as spreadsheets add them, hold nothing. Columns called ``notes``, ``note``, ``comment`` or
    ``comments``, in any case, are a person's own: they are passed over and not kept. A row with the id of one above
    it, as copying makes them, gets an id of its own.

    Raises:
        CueError: with line number and reason.
    """
    cues: list[Cue] = []
    ids: set[str] = set()
    for _, cue in csv_rows(text, source):
        cues.append(replace(cue, id="") if cue.id in ids else cue)
        ids.add(cue.id)
    head, _ = _split_head(text)
    return sheet_of(cues, _head_duration(head, source) if duration_s is None else duration_s, source)


def csv_rows(text: str, source: str | Path = "cues.csv") -> Iterator[tuple[int, Cue]]:
    """The cues of :func:`from_csv` as they stand, each with the number of its line, or of its last one.

    Raises:
        CueError: as :func:`from_csv`.
    """
    head, body = _split_head(text)
    separator = _separator(body)
    reader = csv.reader(io.StringIO(body, newline=""), strict=True, delimiter=separator)
    offset = 1 if head else 0
    names: list[str] | None = None
    try:
        for row in reader:
            place = f"{source}, line {reader.line_num + offset}"
            cells = [cell.strip() for cell in row]
            if names is not None:
                cells = _without_remarks(names, cells)
            if not any(cells):
                continue
            if names is None:
                names = _checked_header(cells, place)
            else:
                yield reader.line_num + offset, _cue_of_row(names, cells, place, decimal_comma=separator != ",")
    except csv.Error as error:
        place = f"{source}, line {reader.line_num + offset}"
        raise CueError(place, f"is not CSV: {error}", "quote cells with commas and close the quotes") from None
    if names is None:
        raise CueError(source, "has no header", "begin with a line such as: start_s,label")


def _split_head(text: str) -> tuple[str, str]:
    """Our first line without what a spreadsheet has put round and behind its cells, and the table."""
    head, _, body = text.partition("\n")
    head = head.replace('"', "").strip("".join(_SEPARATORS) + " \r")
    return (head, body) if head.startswith(_CSV_HEAD) else ("", text)


def _separator(body: str) -> str:
    header = next((line for line in body.splitlines() if line.strip()), "")
    return next((s for s in _SEPARATORS if s in header), ",")


def _is_remark(name: str) -> bool:
    return name.lower() in _REMARKS


def _without_remarks(names: list[str], cells: list[str]) -> list[str]:
    """The row with nothing under a person's own columns; cells under no column are left to be refused."""
    said = ["" if _is_remark(name) else cell for name, cell in zip(names, cells, strict=False)]
    return said + cells[len(names) :]


def _checked_header(cells: list[str], place: str) -> list[str]:
    named = [name for name in cells if name and not _is_remark(name)]
    hints = {name: did_you_mean(name, (*FIELDS, *_REMARKS)) for name in named if name not in FIELDS}
    for need in ("start_s", "label"):
        # A column that is there, but misspelt, is not missing.
        if need not in named and not any(hints.values()):
            raise CueError(place, f"no column {need!r}", "begin with a header such as: start_s,label")
    for name in sorted(hints, key=lambda name: not hints[name]):
        remedy = f"{hints[name]}use {', '.join(FIELDS)}; notes are passed over"
        raise CueError(place, f"unknown column {name!r}", remedy)
    for name in named:
        if named.count(name) > 1:
            raise CueError(place, f"column {name!r} comes twice", "remove one")
    return cells


def _cue_of_row(names: list[str], cells: list[str], place: str, *, decimal_comma: bool) -> Cue:
    if len(cells) > len(names):
        remedy = "write decimals with a point, and quote cells with commas"
        raise CueError(place, f"{len(cells)} cells under {len(names)} columns", remedy)
    row: dict[str, Any] = {name: cell for name, cell in zip(names, cells, strict=False) if cell}
    if "" in row:
        raise CueError(place, f"{row['']!r} lies under no column name", "name the column, or empty the cell")
    for name, cell in row.items():
        if name not in _TEXTS:
            numbers = tuple(_with_point(number, place, decimal_comma=decimal_comma) for number in cell.split())
            row[name] = numbers if name == "envelope" else " ".join(numbers)
        if name in _TIMES:
            row[name] = _in_seconds(row[name])
        if name == "label" and cell.isdigit() and any(map(_is_remark, names)):
            # 0,5 under start_s,label,notes: the notes would hide that a cell is too many.
            raise CueError(place, f"the label is a number: {cell}", "write decimals with a point")
    return cue_of_fields(row, place)


def _with_point(number: str, place: str, *, decimal_comma: bool) -> str:
    if not decimal_comma and _AMBIGUOUS.fullmatch(number):
        raise CueError(place, f"{number!r} may be a thousand or a decimal", "write decimals with a point")
    return number.replace(",", ".")


def _in_seconds(time: str) -> str:
    """A time code as a number; what is none stays."""
    found = _CLOCK.fullmatch(time)
    if found is None:
        return time
    hours, minutes, alone, seconds = found.groups(default="0")
    return str(3600 * int(hours) + 60 * (int(minutes) + int(alone)) + Decimal(seconds))


def _head_duration(head: str, source: str | Path) -> float | None:
    if not head:
        return None
    comma = head.startswith(f"{_CSV_HEAD},")
    parts = head.split(",") if comma else head.replace(",", ".").replace("\t", ";").split(";")
    said = dict(part.strip().partition("=")[::2] for part in parts[1:])
    if said.get("version") != str(SHEET_VERSION):
        raise CueError(
            f"{source}, line 1", f"version {said.get('version')} is not {SHEET_VERSION}", "write it with this release"
        )
    try:
        return float(said["duration_s"])
    except (KeyError, ValueError):
        raise CueError(f"{source}, line 1", "duration_s is missing or no number", "correct it") from None
