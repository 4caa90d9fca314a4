"""Cues are panned to where something strikes in the picture."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

from silentfoley import Foley
from silentfoley.cues import Cue, CueSheet
from silentfoley.inference.panning import PAN_WIDTH, centred, motion_position, panned
from silentfoley.media.encode import write_video
from silentfoley.timegrid import TimeGrid

SHEET = CueSheet((Cue(0.48, "footsteps", pan=0.9), Cue(1.48, "impact")), 2.0)


def drawn(path: Path, x: float | None) -> Path:
    """A square that falls and stops at 0.48 s and 1.48 s, its middle at ``x`` of the width; None: it stands still."""
    frames = np.full((50, 90, 160, 3), 90, dtype=np.uint8)
    for i, frame in enumerate(frames):
        y = 30 if x is None else min((i % 25) * 5, 60)
        left = round(160 * (x or 0.2)) - 11
        frame[y : y + 18, left : left + 22] = 220
    write_video(path, frames, Fraction(25))
    return path


@pytest.mark.parametrize(("x", "low", "high"), [(1 / 6, -0.8, -0.2), (5 / 6, 0.2, 0.8), (0.5, -0.1, 0.1), (None, 0, 0)])
def test_given_cues_go_where_it_strikes(foley: Foley, tmp_path: Path, x: float | None, low: float, high: float) -> None:
    video = drawn(tmp_path / "v.mp4", x)
    track = foley.generate(video, cues=SHEET, pan_from_motion=True)
    assert [cue.start_s for cue in track.cues] == [0.48, 1.48]
    assert all(low <= cue.pan <= high for cue in track.cues), [cue.pan for cue in track.cues]
    samples = track.waveform.samples
    if x in (1 / 6, 5 / 6):
        left, right = np.square(samples).sum(axis=1)
        assert (left > 1.5 * right) == (x == 1 / 6)
        assert (right > 1.5 * left) == (x == 5 / 6)


def test_the_default_sees_where_it_hears(tmp_path: Path) -> None:
    foley = Foley.from_pretrained()
    for x, sign in ((1 / 6, -1), (5 / 6, 1)):
        video = drawn(tmp_path / f"{sign}.mp4", x)
        track = foley.generate(video, label="impact", pan_from_motion=True)
        assert len(track.cues) >= 2
        assert all(sign * cue.pan > 0.2 for cue in track.cues)
        middle = foley.generate(video, label="impact", pan_from_motion=False)
        assert [cue.pan for cue in middle.cues] == [0] * len(track.cues)
        assert replace(middle.cues, cues=()) == replace(track.cues, cues=())


def test_pans_stay_as_they_are_unless_asked(foley: Foley, tmp_path: Path) -> None:
    video = drawn(tmp_path / "v.mp4", 1 / 6)
    assert [c.pan for c in foley.generate(video, cues=SHEET).cues] == [0.9, 0]
    assert [c.pan for c in foley.generate(video, cues=SHEET, pan_from_motion=False).cues] == [0, 0]


def test_a_hit_is_at_a_moment_and_a_texture_is_for_a_while() -> None:
    grid = TimeGrid.of_duration(2.0)
    position = np.where(grid.column_times_s() < 1, -1, 0.5).astype(np.float32)
    cues = (Cue(0.5, "clock", duration_s=1.0), Cue(0.0, "rain"), Cue(1.5, "rain", duration_s=9.0), Cue(1.99, "clock"))
    made = {cue.start_s: cue.pan for cue in panned(CueSheet(cues, 2.0), grid, position)}
    assert made[0.5] == -PAN_WIDTH
    assert made[0.0] == pytest.approx(-0.25 * PAN_WIDTH, abs=0.02)
    assert made[1.5] == made[1.99] == 0.5 * PAN_WIDTH
    assert {cue.pan for cue in panned(CueSheet(cues, 2.0), grid, position, 0.0)} == {0}
    assert {cue.pan for cue in centred(panned(CueSheet(cues, 2.0), grid, position))} == {0}


def test_the_clock_is_the_videos(clip: Path) -> None:
    grid, position = motion_position(clip)
    assert float(grid.duration_s) == 2.0
    assert position.shape == (grid.n_columns,)
