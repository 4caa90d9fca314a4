"""Pan of cues from where something moves in the picture."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from silentfoley.cues import Cue, CueSheet
from silentfoley.encoders.motion import MotionFeatures, MotionReader
from silentfoley.labels import TEXTURES
from silentfoley.media.grey import read_grey
from silentfoley.media.video import probe
from silentfoley.prefetch import prefetched
from silentfoley.timegrid import TimeGrid

Floats = NDArray[np.float32]
#: Pan of a cue at the edge of the picture: a picture is narrower than the loudspeakers stand apart. Our choice.
PAN_WIDTH = 0.8


def motion_position(video: Path) -> tuple[TimeGrid, Floats]:
    """Where the motion in a video is: its clock, and (T,) from -1 at the left to 1 at the right, 0 without motion.

    One decoding, in small grey pictures and in bounded memory.

    Raises:
        MediaError: if it cannot be read.
    """
    info = probe(video)
    grid, reader = TimeGrid.of_duration(info.duration_s), MotionReader()
    for window in prefetched(read_grey(info, MotionFeatures.frame_size)):
        reader.add(window.grey, window.times_s)
    return grid, reader.position(grid)


def panned(sheet: CueSheet, grid: TimeGrid, position: Floats, width: float = PAN_WIDTH) -> CueSheet:
    """The sheet with every cue's pan taken from the motion at its time, whatever it was.

    A hit is where the motion is at its start, a texture where it is on average while it lasts.

    Args:
        sheet: the cues.
        grid: clock of the positions.
        position: (T,) in [-1, 1].
        width: pan at the edge of the picture, in [0, 1].
    """
    rate_hz = float(grid.column_rate_hz)

    def pan(cue: Cue) -> float:
        first = min(round(cue.start_s * rate_hz), len(position) - 1)
        last = first
        if cue.label in TEXTURES:
            end_s = sheet.duration_s if cue.end_s is None else cue.end_s
            last = max(first, min(round(end_s * rate_hz), len(position) - 1))
        # Finer than anybody hears, and a person may read it.
        return round(width * float(position[first : last + 1].mean()), 3)

    return replace(sheet, cues=tuple(replace(cue, pan=pan(cue)) for cue in sheet))


def centred(sheet: CueSheet) -> CueSheet:
    """The sheet with every cue in the middle."""
    return replace(sheet, cues=tuple(replace(cue, pan=0.0) for cue in sheet))
