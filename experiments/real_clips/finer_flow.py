"""Does the rule see more with finer flow, larger pictures or finer cells?

    python experiments/real_clips/finer_flow.py

Tune clips alone: skill at 50 and 100 ms, mean over the prominences of ``learned.py``, and milliseconds a frame.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from unittest.mock import patch

import cv2
import numpy as np
import pictures
from judge import Clip, clips, duration_s, true_onsets
from learned import PROMINENCES, pick

from silentfoley.encoders import motion, motion_flow
from silentfoley.inference.motion_perceiver import rule_curve
from silentfoley.metrics.events import ClipEvents, skill, summarise_events
from silentfoley.timegrid import TimeGrid


@dataclass(frozen=True)
class Sight:
    """How motion is looked at: size of pictures and of the field of cells, and the finest scale of the flow."""

    name: str
    size: tuple[int, int] = (90, 160)
    cells: tuple[int, int] = (9, 16)
    finest: int = 2
    preset: int = cv2.DISOPTICAL_FLOW_PRESET_FAST

    def flow(self) -> cv2.DISOpticalFlow:
        """The flow of OpenCV with its finest scale set."""
        made = cv2.DISOpticalFlow.create(self.preset)
        made.setFinestScale(self.finest)
        return made


SIGHTS = (
    Sight("as it is"),
    Sight("finest scale 1", finest=1),
    Sight("finest scale 0", finest=0),
    Sight("preset medium", finest=1, preset=cv2.DISOPTICAL_FLOW_PRESET_MEDIUM),
    Sight("180 x 320", size=(180, 320)),
    Sight("180 x 320, cells 18 x 32", size=(180, 320), cells=(18, 32)),
    Sight("180 x 320, finest scale 1", size=(180, 320), finest=1),
    Sight("cells 18 x 32, finest scale 1", cells=(18, 32), finest=1),
)


def curve(clip: Clip, sight: Sight) -> tuple[np.ndarray, TimeGrid, int]:
    """(T,) the rule's curve of a clip, its clock, and how many frames it has."""
    grid = TimeGrid.of_duration(duration_s(clip.path))
    frames, times_s = pictures.frames(clip.path, *sight.size)
    names = dict(zip(("HEIGHT", "WIDTH", "ROWS", "COLUMNS"), (*sight.size, *sight.cells), strict=True))
    with patch.multiple(motion_flow, **names), patch.multiple(motion, **names):
        reader = motion.MotionReader(_meter=motion_flow.FlowMeter(_flow=sight.flow()))
        reader.add(frames, times_s)
        return rule_curve(reader.features(grid), grid), grid, len(frames)


def skills(chosen: list[Clip], seen: list[tuple[np.ndarray, TimeGrid, int]], tolerance_s: float) -> float:
    """Mean over prominences of the skill."""
    values = []
    for prominence in PROMINENCES:
        sets = [
            ClipEvents(true_onsets(c.path), pick(found, grid, prominence), duration_s(c.path))
            for c, (found, grid, _) in zip(chosen, seen, strict=True)
        ]
        summary = summarise_events(sets, tolerance_s)
        values.append(skill(float(np.mean(summary.clip_f1)), float(np.mean(summary.clip_chance))))
    return float(np.mean(values))


def main() -> None:
    """Print a row for every sight."""
    cv2.setNumThreads(1)
    chosen = clips("tune")
    for sight in SIGHTS:
        started = time.perf_counter()
        seen = [curve(clip, sight) for clip in chosen]
        each_ms = 1000 * (time.perf_counter() - started) / sum(n for *_, n in seen)
        fine, coarse = (skills(chosen, seen, tolerance_s) for tolerance_s in (0.05, 0.1))
        print(f"{sight.name:<30} {fine:.3f} {coarse:.3f} {each_ms:5.1f} ms a frame", flush=True)


if __name__ == "__main__":
    main()
