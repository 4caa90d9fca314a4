from __future__ import annotations

from math import nextafter
from pathlib import Path

import numpy as np
import pytest
from support.command import Command

from silentfoley.cli.sheet_edits import moved, rounded
from silentfoley.cue_formats import read_cues, write_cues
from silentfoley.cues import Cue, CueSheet
from silentfoley.errors import CueError
from silentfoley.generators.rasterise import envelope_at


def test_rounded_to_microseconds() -> None:
    long = CueSheet((Cue(0.1 + 0.2, "rain", 78 / 126, 0.7 - 0.1, pan=1 / 3, envelope=(0.1, 2 / 3)),), 0.3 / 0.1)
    (cue,) = rounded(long)
    assert (cue.start_s, cue.duration_s, cue.strength, cue.pan) == (0.3, 0.6, 0.619048, 0.333333)
    assert cue.envelope == (0.1, 0.666667)
    assert rounded(long).duration_s == 3.0
    assert rounded(rounded(long)) == rounded(long)


def test_rounding_keeps_every_cue_inside_and_of_some_length() -> None:
    end_s = 100 * 1001 / 30_000
    short = CueSheet((Cue(nextafter(end_s, 0), "clock", duration_s=1e-9), Cue(0.0, "clock")), end_s)
    first, last = rounded(short)
    assert (first.start_s, last.start_s, last.duration_s) == (0.0, 3.336666, 1e-9)
    assert rounded(CueSheet((Cue(1e-8, "clock"),), 1e-7)).cues[0].start_s == 0.0


def test_a_texture_is_cut_at_the_start() -> None:
    rain = Cue(0.5, "rain", duration_s=2.0, envelope=(0.0, 1.0, 0.5, 0.5, 0.25), id="r")
    sheet, told = moved(CueSheet((rain, Cue(1.0, "clock")), 3.0), -0.75)
    cut, tick = sheet
    assert (cut.start_s, cut.duration_s, cut.id, tick.start_s) == (0.0, 1.75, "r", 0.25)
    assert told == ("rain r would begin 0.25 s early: cut at the start",)
    # Where its points lie the course is the old one's, so much later.
    assert cut.envelope is not None
    assert len(cut.envelope) == 5
    assert cut.envelope == pytest.approx(list(envelope_at(rain, np.linspace(0, 1.75, 5) + 0.25)))


def test_textures_that_are_not_cut() -> None:
    open_end, flat = Cue(0.0, "fire"), Cue(0.0, "rain", duration_s=2.0, envelope=(0.5,))
    sheet, told = moved(CueSheet((open_end, flat), 3.0), -0.5)
    assert [(c.start_s, c.duration_s, c.envelope) for c in sheet] == [(0.0, None, None), (0.0, 1.5, (0.5,))]
    assert len(told) == 2
    same = CueSheet((Cue(0.5, "rain", duration_s=1.0), open_end), 3.0)
    assert moved(same, 0.0) == (same, ())
    later, told = moved(same, 0.25)
    assert (later.starts_s(), later.duration_s, told) == ((0.25, 0.75), 3.25, ())


@pytest.mark.parametrize(
    "cue", [Cue(0.5, "clock", duration_s=2.0), Cue(0.25, "rain", duration_s=0.5), Cue(0.5, "humming", duration_s=2.0)]
)
def test_what_cannot_be_cut_is_refused(cue: Cue) -> None:
    at_most = rf"shift by -{cue.start_s:g} s at most, or move or remove it in the sheet"
    for by_s in (-0.75, -5.0):
        with pytest.raises(CueError, match=rf"c1: the {cue.label} at .* before the clip; {at_most}"):
            moved(CueSheet((cue,), 3.0), by_s)
    assert moved(CueSheet((cue,), 3.0), -cue.start_s)[0].starts_s() == (0.0,)
    with pytest.raises(CueError, match="before the clip; move or remove it"):
        moved(CueSheet((Cue(0.0, "clock"),), 3.0), -0.75)


@pytest.mark.parametrize(
    ("start_s", "most"),
    [(123.4567, "123.4567"), (1.2345678, "1.234567"), (0.7, "0.7"), (1e-5, "0.00001"), (30.0, "30")],
)
def test_what_a_refused_shift_advises_can_be_done(start_s: float, most: str) -> None:
    sheet = CueSheet((Cue(start_s, "clock"),), 200.0)
    with pytest.raises(CueError, match=rf"before the clip; shift by -{most} s at most, or move") as refused:
        moved(sheet, -130.0)
    assert f"the clock at {round(start_s, 6):f}".rstrip("0").rstrip(".") in str(refused.value)
    assert 0 <= moved(sheet, -float(most))[0].starts_s()[0] < 1e-6
    with pytest.raises(CueError, match="before the clip; move or remove it"):
        moved(CueSheet((Cue(1e-7, "clock"),), 3.0), -0.75)
    with pytest.raises(CueError, match=r"would begin 1e\+300 s before the clip"):
        moved(sheet, -1e300)


def test_shifted_sheets_are_written_as_people_read_them(command: Command, clip: Path, tmp_path: Path) -> None:
    given, kept = tmp_path / "in.mid", tmp_path / "out.csv"
    write_cues(CueSheet((Cue(0.1, "rain", 0.7, 1.1), Cue(0.7, "clock", 0.3)), 2.0), given)
    said = command.generate(clip, "--cues", given, "--shift", -0.3, "-o", tmp_path / "o.wav", "--save-cues", kept)
    assert said.code == 0
    assert said.err == "fall.mp4: rain c1 would begin 0.2 s early: cut at the start\n"
    rows = [line.split(",")[:4] for line in kept.read_text().splitlines()[2:]]
    assert rows == [["0.0", "rain", "0.698413", "0.9"], ["0.4", "clock", "0.301587", ""]]
    # What is written is what was performed.
    again = command.generate(clip, "--cues", kept, "-o", tmp_path / "p.wav")
    assert again.err == ""
    assert (tmp_path / "p.wav").read_bytes() == (tmp_path / "o.wav").read_bytes()


def test_the_printed_sheet_is_short_too(command: Command, clip: Path, tmp_path: Path) -> None:
    assert command("cues", clip, "--label", "rain", "-o", tmp_path / "x.json", model=True).code == 0
    for cue in read_cues(tmp_path / "x.json"):
        assert (cue.start_s, cue.duration_s) == (round(cue.start_s, 6), round(cue.duration_s or 0.0, 6))


def test_courses_that_a_format_cannot_hold_are_told(command: Command, clip: Path, tmp_path: Path) -> None:
    words = ("cues", clip, "--label", "rain", "-o")
    told = "does not hold how rain comes and goes; .csv and .json do\n"
    for name, said in (("x.txt", f"fall.mp4: x.txt {told}"), ("y.mid", f"fall.mp4: y.mid {told}"), ("z.csv", "")):
        assert command(*words, tmp_path / name, model=True).err == said
    made = ("generate", clip, "--cues", tmp_path / "z.csv", "-o", tmp_path / "o.wav", "--save-cues")
    assert command(*made, tmp_path / "k.txt").err == f"fall.mp4: k.txt {told}"
    assert command(*made, tmp_path / "k.json", "--overwrite").err == ""
