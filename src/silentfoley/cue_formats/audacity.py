"""Sheets as Audacity label tracks."""

from __future__ import annotations

import io
from collections.abc import Iterator
from pathlib import Path

from silentfoley.cue_formats.plain import sheet_of
from silentfoley.cue_formats.text import cue_of_text, text_of_cue
from silentfoley.cues import Cue, CueSheet
from silentfoley.errors import CueError


def to_audacity(sheet: CueSheet) -> str:
    """Audacity's label track: start, end, text. A cue that rings by nature becomes a point (start equals end).

    The text is readable and editable: ``footsteps:gravel strength=0.8``.

    Raises:
        CueError: for a label the text form would read differently (one that ends in ``strength=0.5``, say).
    """
    return "".join(
        f"{c.start_s:.9f}\t{c.start_s if c.end_s is None else c.end_s:.9f}\t{text_of_cue(c)}\n" for c in sheet.cues
    )


def from_audacity(text: str, source: str | Path = "labels.txt", duration_s: float | None = None) -> CueSheet:
    """Read :func:`to_audacity`, or labels a person typed: the text may be a bare class name.

    Lines that begin with a backslash hold the frequency range of the label before and are passed over. Times may have
    a decimal comma.

    Raises:
        CueError: with line number and reason.
    """
    return sheet_of([cue for _, cue in label_lines(text, source)], duration_s, source)


def label_lines(text: str, source: str | Path = "labels.txt") -> Iterator[tuple[int, Cue]]:
    """The cues of :func:`from_audacity`, each with the number of its line.

    Raises:
        CueError: as :func:`from_audacity`.
    """
    for n, line in enumerate(io.StringIO(text), 1):
        place = f"{source}, line {n}"
        if not line.strip() or line.startswith("\\"):
            continue
        parts = line.rstrip("\n").split("\t")
        if len(parts) != 3:
            raise CueError(place, f"{len(parts)} columns, not 3", "export labels from Audacity: start, end, text")
        yield n, _cue_of_label(parts, place)


def _cue_of_label(parts: list[str], place: str) -> Cue:
    try:
        start_s, end_s = (float(part.replace(",", ".")) for part in parts[:2])
    except ValueError:
        raise CueError(place, f"{parts[0]!r} or {parts[1]!r} is no time", "write seconds such as 1.25") from None
    if end_s < start_s:
        raise CueError(place, "ends before it starts", "exchange the times")
    try:
        return cue_of_text(parts[2].strip(), start_s, round(end_s - start_s, 9) if end_s > start_s else None)
    except CueError as error:
        raise CueError(place, error.cause, error.remedy) from None
