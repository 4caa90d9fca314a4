"""Clips on one page: a row of pictures per clip, and beneath it the time line with its events."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from silentfoley.errors import OutputError
from silentfoley.files import atomic_output
from silentfoley.stage.clip import StageClip

_LINE_PX, _TITLE_PX, _PAPER, _INK = 16, 14, 255, (40, 40, 40)
_TICK, _FAINT, _BAND = (200, 30, 30), (190, 190, 190), (250, 200, 160)


def contact_sheet(
    clips: Sequence[StageClip], *, columns: int = 12, cell_px: int = 96, titles: Sequence[str] | None = None
) -> NDArray[np.uint8]:
    """(H, W, 3) uint8 page: ``columns`` pictures of each clip at even times.

    Beneath each row a line runs from the clip's start to its end. Red ticks are events, as high as they are strong;
    a band is a texture that sounds; grey marks are the pictures' times.
    """
    width = columns * cell_px
    rows = [_row(clip, columns, cell_px, titles[i] if titles else _title(clip)) for i, clip in enumerate(clips)]
    return np.concatenate(rows) if rows else np.full((_TITLE_PX, width, 3), _PAPER, dtype=np.uint8)


def write_contact_sheet(path: str | Path, clips: Sequence[StageClip], *, columns: int = 12) -> None:
    """Write :func:`contact_sheet` as PNG, whole or not at all.

    Raises:
        OutputError: if the file cannot be written.
    """
    done, data = cv2.imencode(".png", cv2.cvtColor(contact_sheet(clips, columns=columns), cv2.COLOR_RGB2BGR))
    if not done:
        raise OutputError(path, "the page cannot be packed as PNG", "make fewer clips")
    with atomic_output(path) as temporary:
        temporary.write_bytes(data.tobytes())


def _title(clip: StageClip) -> str:
    manner = f" ({clip.plan.variant})" if clip.plan.variant else ""
    state = ", silent decoy" if clip.silent else ""
    other = f"  + {clip.factors['foil']} {clip.factors['foil_course']}" if clip.factors["foil"] else ""
    return f"{clip.label}{manner}{state}{other}  {float(clip.rate_fps):g} fps"


def _row(clip: StageClip, columns: int, cell_px: int, title: str) -> NDArray[np.uint8]:
    shown = ((np.arange(columns) + 0.5) / columns * len(clip.frames)).astype(int)
    cells = [_cell(clip.frames[i], cell_px) for i in shown]
    head = np.full((_TITLE_PX, columns * cell_px, 3), _PAPER, dtype=np.uint8)
    cv2.putText(head, title, (3, 10), cv2.FONT_HERSHEY_SIMPLEX, 0.34, _INK, 1, cv2.LINE_AA)
    line = _time_line(clip, columns * cell_px, clip.times_s[shown])
    return np.concatenate([head, np.concatenate(cells, axis=1), line])


def _cell(frame: NDArray[np.uint8], cell_px: int) -> NDArray[np.uint8]:
    """The frame inside a square, its shape kept."""
    height, width = frame.shape[:2]
    scale = cell_px / max(height, width)
    size = (max(1, round(width * scale)), max(1, round(height * scale)))
    cell = np.full((cell_px, cell_px, 3), _PAPER, dtype=np.uint8)
    top, left = (cell_px - size[1]) // 2, (cell_px - size[0]) // 2
    cell[top : top + size[1], left : left + size[0]] = cv2.resize(frame, size, interpolation=cv2.INTER_AREA)
    return cell


def _time_line(clip: StageClip, width: int, shown_s: NDArray[np.float64]) -> NDArray[np.uint8]:
    line = np.full((_LINE_PX, width, 3), _PAPER, dtype=np.uint8)
    per_s = width / clip.cues.duration_s
    base = _LINE_PX - 4
    for cue in clip.cues:
        if cue.end_s is not None:
            cv2.rectangle(line, (int(cue.start_s * per_s), 3), (int(cue.end_s * per_s), base), _BAND, -1)
    cv2.line(line, (0, base), (width, base), _FAINT, 1)
    for time_s in shown_s.tolist():
        cv2.line(line, (int(time_s * per_s), base), (int(time_s * per_s), _LINE_PX - 1), _FAINT, 1)
    for cue in clip.cues:
        x = int(cue.start_s * per_s)
        cv2.line(line, (x, base), (x, base - 3 - round(8 * cue.strength)), _TICK, 2)
    return line
