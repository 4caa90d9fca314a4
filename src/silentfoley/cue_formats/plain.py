"""Sheets as plain data and as JSON."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, fields
from pathlib import Path
from typing import Any

from silentfoley.cues import SHEET_VERSION, Cue, CueSheet
from silentfoley.errors import CueError

#: Columns of a cue, in order.
FIELDS = tuple(f.name for f in fields(Cue))
#: Ours: longer than most hits ring.
_TAIL_S = 1.0


def sheet_to_dict(sheet: CueSheet) -> dict[str, Any]:
    """A sheet as plain lists, numbers and strings. Exact: :func:`sheet_from_dict` gives an equal sheet."""
    cues = [{**asdict(c), "envelope": None if c.envelope is None else list(c.envelope)} for c in sheet.cues]
    return {"version": sheet.version, "duration_s": sheet.duration_s, "cues": cues}


def sheet_from_dict(data: Mapping[str, Any], subject: str | Path = "cue sheet") -> CueSheet:
    """Inverse of :func:`sheet_to_dict`; a cue's optional fields may be missing.

    Raises:
        CueError: for missing or unknown fields, another version, or values out of range, naming the cue.
    """
    if not isinstance(data, Mapping) or not isinstance(data.get("cues"), Sequence) or isinstance(data["cues"], str):
        raise CueError(subject, "has no list 'cues'", "write {'version': 1, 'duration_s': ..., 'cues': [...]}")
    if data.get("version", SHEET_VERSION) != SHEET_VERSION:
        raise CueError(subject, f"version {data['version']!r} is not {SHEET_VERSION}", "write it with this release")
    if data.get("duration_s") is None:
        raise CueError(subject, "has no duration_s", "give the clip's length in seconds")
    cues = [cue_of_fields(row, f"{subject}, cue {n}") for n, row in enumerate(data["cues"], 1)]
    return sheet_of(cues, data["duration_s"], subject)


def cue_of_fields(row: object, place: str) -> Cue:
    """A cue from its fields; errors name ``place``."""
    if not isinstance(row, Mapping):
        raise CueError(place, f"{row!r} is not a set of fields", "give at least start_s and label")
    unknown = sorted(str(k) for k in row if k not in FIELDS)
    if unknown:
        raise CueError(place, f"unknown field {unknown[0]!r}", f"use {', '.join(FIELDS)}")
    missing = [k for k in ("start_s", "label") if row.get(k) in (None, "")]
    if missing:
        raise CueError(place, f"{missing[0]} is missing", "give at least start_s and label")
    try:
        return Cue(**row)
    except CueError as error:
        raise CueError(place, error.cause, error.remedy) from None
    except TypeError as error:
        raise CueError(place, str(error), "give a list of numbers") from None


def sheet_of(cues: Sequence[Cue], duration_s: float | None, subject: str | Path) -> CueSheet:
    """A sheet from its cues; without a length it ends :data:`_TAIL_S` after the last start or end."""
    if duration_s is None:
        duration_s = max((c.start_s if c.end_s is None else c.end_s for c in cues), default=0.0) + _TAIL_S
    try:
        return CueSheet(tuple(cues), duration_s)
    except CueError as error:
        raise CueError(subject, f"{error.subject}: {error.cause}", error.remedy) from None


def to_json(sheet: CueSheet) -> str:
    """JSON that people can read; floats as Python prints them, which is exact."""
    return json.dumps(sheet_to_dict(sheet), indent=2, ensure_ascii=False, allow_nan=False) + "\n"


def from_json(text: str, source: str | Path = "cues.json", duration_s: float | None = None) -> CueSheet:
    """Inverse of :func:`to_json`.

    Raises:
        CueError: with the line of a syntax error, or the number of a bad cue.
    """
    try:
        data = json.loads(text)
    except json.JSONDecodeError as error:
        raise CueError(f"{source}, line {error.lineno}", f"is not JSON: {error.msg}", "correct it there") from None
    except RecursionError:
        raise CueError(source, "is nested too deeply for a cue sheet", "write it again") from None
    if isinstance(data, dict) and duration_s is not None:
        data["duration_s"] = duration_s
    return sheet_from_dict(data, source)
