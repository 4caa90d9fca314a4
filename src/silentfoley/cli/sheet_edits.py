"""What the command line does to sheets that it is given or writes."""

from __future__ import annotations

from dataclasses import replace
from decimal import ROUND_FLOOR, ROUND_HALF_EVEN, Decimal
from math import ceil
from typing import TYPE_CHECKING

from silentfoley.errors import CueError
from silentfoley.labels import TEXTURES

if TYPE_CHECKING:
    from pathlib import Path

    from silentfoley.cues import Cue, CueSheet

#: Decimals of what is written: microseconds, a twentieth of a sample. Ours.
DECIMALS = 6
#: No clip is as long: what a slip of the hand has shifted by is not told digit by digit.
_LONG_S = 1e12


def rounded(sheet: CueSheet) -> CueSheet:
    """The sheet with its numbers to :data:`DECIMALS` places, as a person reads and edits them; every cue stays in it.

    Times after arithmetic (``0.1 + 0.2``) and out of a MIDI file's ticks are long otherwise. What would become
    nothing by rounding stays as it is.
    """
    duration_s = _round(sheet.duration_s) or sheet.duration_s
    # Rounding may carry a start just before the end onto it.
    latest_s = _round(duration_s - 10**-DECIMALS)
    return replace(sheet, cues=tuple(_rounded(cue, latest_s) for cue in sheet), duration_s=duration_s)


def _rounded(cue: Cue, latest_s: float) -> Cue:
    return replace(
        cue,
        start_s=max(0.0, min(_round(cue.start_s), latest_s)),
        strength=_round(cue.strength),
        duration_s=None if cue.duration_s is None else _round(cue.duration_s) or cue.duration_s,
        pan=_round(cue.pan),
        distance_m=_round(cue.distance_m),
        confidence=_round(cue.confidence),
        envelope=None if cue.envelope is None else tuple(_round(v) for v in cue.envelope),
    )


def _round(number: float) -> float:
    return round(number, DECIMALS)


def moved(sheet: CueSheet, by_s: float) -> tuple[CueSheet, tuple[str, ...]]:
    """The sheet with every cue later by ``by_s`` (earlier if negative), and what is to be said of it.

    A texture that would begin before the clip and sounds on into it is cut at the clip's start; a hit cannot be cut.
    A sheet that is moved later grows by as much: where the end is, the video says.

    Raises:
        CueError: if another cue would begin before the clip.
    """
    cut = {cue.id: _cut(cue, -by_s) for cue in sheet if _sounds_across(cue, -by_s, sheet.duration_s)}
    whole = [cue for cue in sheet if cue.id not in cut]
    if whole and whole[0].start_s + by_s < 0:
        raise _too_early(whole[0], by_s)
    told = tuple(
        f"{cue.label} {cue.id} would begin {told_s(-by_s - cue.start_s)} s early: cut at the start"
        for cue in sheet
        if cue.id in cut
    )
    cues = tuple(cut.get(cue.id, cue) for cue in sheet)
    return replace(sheet, cues=cues, duration_s=sheet.duration_s + max(by_s, 0.0)).shift(by_s), told


def _too_early(cue: Cue, by_s: float) -> CueError:
    """Ids of sheets from elsewhere are ours: label and time are what a person finds it by."""
    # Rounded down: what is advised must be done without being refused in turn.
    room = told_s(cue.start_s, ROUND_FLOOR)
    most = "" if room == "0" else f"shift by -{room} s at most, or "
    cause = f"the {cue.label} at {told_s(cue.start_s)} s would begin {told_s(-by_s - cue.start_s)} s before the clip"
    return CueError(cue.id, cause, f"{most}move or remove it in the sheet")


def told_s(time_s: float, rounding: str = ROUND_HALF_EVEN) -> str:
    """Seconds to :data:`DECIMALS` places, without an exponent or zeros at the end."""
    if abs(time_s) >= _LONG_S:
        return f"{time_s:g}"
    text = format(Decimal(repr(float(time_s))).quantize(Decimal(10) ** -DECIMALS, rounding), "f")
    return text.rstrip("0").rstrip(".")


def _sounds_across(cue: Cue, at_s: float, clip_s: float) -> bool:
    """A texture that begins before ``at_s`` and goes on after it; one without a length goes on to the end."""
    end_s = clip_s if cue.end_s is None else min(cue.end_s, clip_s)
    return cue.label in TEXTURES and cue.start_s < at_s < end_s


def _cut(cue: Cue, at_s: float) -> Cue:
    """What a cue does from ``at_s`` on."""
    if cue.duration_s is None:
        return replace(cue, start_s=at_s)
    left_s = cue.start_s + cue.duration_s - at_s
    return replace(cue, start_s=at_s, duration_s=left_s, envelope=_rest(cue, left_s))


def _rest(cue: Cue, left_s: float) -> tuple[float, ...] | None:
    """The envelope over the last ``left_s`` of a cue, in steps no longer than its own."""
    if cue.envelope is None or cue.duration_s is None or len(cue.envelope) == 1:
        return cue.envelope
    import numpy as np

    n = len(cue.envelope)
    points_s = np.linspace(cue.duration_s - left_s, cue.duration_s, 1 + ceil((n - 1) * left_s / cue.duration_s))
    course = np.interp(points_s, np.linspace(0, cue.duration_s, n), np.array(cue.envelope))
    return tuple(float(v) for v in course)


def lost(sheet: CueSheet, path: Path) -> tuple[str, ...]:
    """What is to be said of a sheet in a format that cannot hold how its textures come and go."""
    labels = ", ".join(sorted({cue.label for cue in sheet if cue.envelope is not None}))
    if not labels or path.suffix.lower() in (".json", ".csv"):
        return ()
    return (f"{path.name} does not hold how {labels} comes and goes; .csv and .json do",)
