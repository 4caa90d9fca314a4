"""Reading and writing sheets by suffix."""

from __future__ import annotations

from pathlib import Path

from silentfoley.cue_formats.audacity import from_audacity, label_lines, to_audacity
from silentfoley.cue_formats.midi import from_midi, to_midi
from silentfoley.cue_formats.plain import from_json, to_json
from silentfoley.cue_formats.table import csv_rows, from_csv, to_csv
from silentfoley.cues import CueSheet
from silentfoley.errors import CueError
from silentfoley.files import atomic_output

_SUFFIXES = ".json, .csv, .txt (Audacity labels) or .mid"
_MIDI = (".mid", ".midi")
#: Readers of text with a cue a line.
_LINES = {".csv": csv_rows, ".txt": label_lines}


def write_cues(sheet: CueSheet, path: str | Path, *, overwrite: bool = True) -> None:
    """Write a sheet in the format of ``path``'s suffix, whole or not at all.

    Raises:
        CueError: for an unknown suffix, or a cue that the format cannot hold and read again.
        OutputError: if the file cannot be written, or exists and must not be replaced.
    """
    target = Path(path)
    data = _encode(sheet, target)
    with atomic_output(target, overwrite=overwrite) as temporary:
        temporary.write_bytes(data)


def read_cues(path: str | Path, *, duration_s: float | None = None) -> CueSheet:
    """Read a sheet in the format of ``path``'s suffix.

    Args:
        duration_s: length of the clip; overrules the file's. Where neither says, a second after the last cue.

    Raises:
        CueError: naming the file, and the line and reason of a bad row.
    """
    source = Path(path)
    data = _bytes(source)
    if source.suffix.lower() in _MIDI:
        return from_midi(data, source, duration_s)
    text = _text(data, source)
    if source.suffix.lower() == ".json":
        return from_json(text, source, duration_s)
    if source.suffix.lower() == ".csv":
        return from_csv(text, source, duration_s)
    if source.suffix.lower() == ".txt":
        return from_audacity(text, source, duration_s)
    raise CueError(source, f"suffix {source.suffix!r} is no cue format", f"use {_SUFFIXES}")


def cue_places(path: str | Path) -> dict[str, str]:
    """Where a person finds the cues of a sheet, by their ids, which may be given by us: for errors found later.

    Returns:
        Such as ``line 3`` of CSV and label tracks and ``note at 1.250 s`` of MIDI; empty for JSON, which holds ids.

    Raises:
        CueError: as :func:`read_cues`.
    """
    source = Path(path)
    sheet, suffix = read_cues(source), source.suffix.lower()
    if suffix in _MIDI:
        return {cue.id: f"note at {cue.start_s:.3f} s" for cue in sheet}
    if suffix not in _LINES:
        return {}
    rows = _LINES[suffix](_text(_bytes(source), source), source)
    # In the order of the sheet: by time, and as they stand where times are equal.
    return {
        cue.id: f"line {n}" for cue, (n, _) in zip(sheet, sorted(rows, key=lambda row: row[1].start_s), strict=True)
    }


def _bytes(source: Path) -> bytes:
    try:
        return source.read_bytes()
    except OSError as error:
        raise CueError(source, f"cannot be read: {error.strerror}", "check the path and its rights") from None


def _text(data: bytes, source: Path) -> str:
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise CueError(source, f"is not UTF-8 text (byte {error.start})", "save it as UTF-8") from None


def _encode(sheet: CueSheet, target: Path) -> bytes:
    suffix = target.suffix.lower()
    if suffix in _MIDI:
        return to_midi(sheet)
    if suffix not in (".json", ".csv", ".txt"):
        raise CueError(target, f"suffix {target.suffix!r} is no cue format", f"use {_SUFFIXES}")
    write = {".json": to_json, ".csv": to_csv, ".txt": to_audacity}[suffix]
    try:
        return write(sheet).encode("utf-8")
    except UnicodeEncodeError:
        raise CueError(target, "a label, variant or id is not valid Unicode", "use plain text") from None
