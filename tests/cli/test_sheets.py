"""Sheets that ``--cues`` gives to ``silentfoley generate``: shifted, spelled by others, told of by line."""

from __future__ import annotations

from pathlib import Path

import pytest
from support.command import Command, listing

from silentfoley.cue_formats import read_cues, write_cues
from silentfoley.cues import Cue, CueSheet
from silentfoley.media.audio import read_audio


def test_a_sheet_is_shifted(command: Command, video: Path, sheet: Path, tmp_path: Path) -> None:
    kept = tmp_path / "kept.json"
    for by_s in (-0.5, 0.25):
        words = ("--cues", sheet, "--shift", by_s, "-o", tmp_path / "o.wav", "--save-cues", kept, "--overwrite")
        assert command.generate(video, *words).code == 0
        assert read_cues(kept).starts_s() == (0.5 + by_s, 1.25 + by_s)
        assert read_cues(kept).duration_s == 2.0
    # A typed sheet says no length, so the video's end alone counts.
    typed = tmp_path / "typed.csv"
    typed.write_text("start_s,label\n0.25,footsteps\n")
    for words in ((video,), ()):
        said = command.generate(*words, "--cues", typed, "--shift", 1.5, "-o", tmp_path / f"{len(words)}.wav")
        assert said.code == 0
    assert read_audio(tmp_path / "1.wav").duration_s == 2.0
    assert read_audio(tmp_path / "0.wav").duration_s == 2.75, "alone it lasts as much longer"


def test_cues_that_a_shift_moves_out_are_refused(command: Command, video: Path, sheet: Path, tmp_path: Path) -> None:
    before = listing(tmp_path)
    words = ("--cues", sheet, "-o", tmp_path / "o.wav", "--shift")
    early = f"{sheet} shifted by -0.75 s, line 3: the footsteps at 0.5 s would begin 0.25 s before the clip; "
    remedy = "shift by -0.5 s at most, or move or remove it in the sheet"
    assert command.generate(video, *words, -0.75).error == early + remedy
    late = "line 4: start 2.25 s lies past the end of the video (2 s); move it earlier or remove it"
    assert command.generate(video, *words, 1).error == f"{sheet} shifted by 1 s, {late}"
    for by_s, options in ((1, ()), ("soon", words[:2]), ("nan", words[:2])):
        said = command.generate(video, *options, "--shift", by_s)
        assert said.code == 2
        assert "--shift" in said.error
    assert listing(tmp_path) == before


def test_the_given_sheet_is_never_an_output(command: Command, video: Path, sheet: Path, tmp_path: Path) -> None:
    (tmp_path / "link.csv").symlink_to(sheet.rename(tmp_path / "clip.csv"))
    before = listing(tmp_path)
    for given, kept in (("clip.csv", "clip.csv"), ("clip.csv", "link.csv"), (".", "clip.csv")):
        words = ("--cues", tmp_path / given, "--shift", 0.25, "--overwrite", "--save-cues", tmp_path / kept)
        said = command.generate(video, *words)
        assert said.code == 1
        assert said.error == f"{tmp_path / kept}: is the sheet of --cues itself; name another output"
        assert listing(tmp_path) == before


@pytest.mark.parametrize(
    ("name", "text", "place"),
    [
        ("s.csv", "start_s,label,variant\n1.5,footsteps,\n\n0.5,{}\n", ", line 4"),
        ("s.csv", "# silentfoley cues, version=1, duration_s=2.0\nstart_s,label,variant\n0.5,{}\n", ", line 3"),
        ("s.txt", "1.5\t1.5\tfootsteps\n\\\t1.0\t2.0\n0.5\t0.5\t{}\n", ", line 3"),
        ("s.json", '{{"duration_s": 2, "cues": [{{"start_s": 0.5, "id": "k", {}}}]}}', ": k"),
    ],
)
def test_a_word_nobody_knows_is_told_with_its_place(
    command: Command, video: Path, tmp_path: Path, name: str, text: str, place: str
) -> None:
    label, both = {
        ".csv": ("dog,", "footsteps,grvel"),
        ".txt": ("dog", "footsteps:grvel"),
        ".json": ('"label": "dog"', '"label": "footsteps", "variant": "grvel"'),
    }[Path(name).suffix]
    (tmp_path / "one").mkdir()
    one, folder = tmp_path / "one" / name, tmp_path / "sheets"
    folder.mkdir()
    of_video = folder / f"{video.stem}{one.suffix}"
    for word, cause in ((label, "label 'dog': unknown sound class; "), (both, "variant 'grvel' of footsteps is ")):
        one.write_text(text.format(word))
        of_video.write_text(text.format(word))
        for words, file in (((video, "--cues", one), one), ((video, "--cues", folder), of_video)):
            said = command.generate(*words, "-o", tmp_path / "o.wav")
            assert said.error.startswith(f"{file}{place}: {cause}")
            said = command.generate(*words, "-o", tmp_path / "o.wav", "--shift", 0.25)
            assert said.error.startswith(f"{file} shifted by 0.25 s{place}: {cause}")
        assert command.generate("--cues", one, "-o", tmp_path / "o.wav").error.startswith(f"{one}{place}: {cause}")


def test_a_note_is_found_by_its_time(command: Command, video: Path, tmp_path: Path) -> None:
    sheet = tmp_path / "s.mid"
    write_cues(CueSheet((Cue(0.25, "footsteps"), Cue(1.25, "dog")), 2.0), sheet)
    said = command.generate(video, "--cues", sheet, "-o", tmp_path / "o.wav")
    assert said.error.startswith(f"{sheet}, note at 1.250 s: label 'dog': unknown sound class; use one of: breaking")


def test_classes_as_a_spreadsheet_capitalises_them(command: Command, tmp_path: Path) -> None:
    sheet = tmp_path / "sheet.csv"
    sheet.write_text("start_s,label\n0.25,Clock\n")
    done = command("generate", "--cues", sheet, "-o", tmp_path / "o.wav", "--save-cues", tmp_path / "as_played.csv")
    assert (done.code, done.err) == (0, "")
    assert ",clock," in (tmp_path / "as_played.csv").read_text()


def test_a_cue_that_leaves_the_clip_is_told_with_its_line(command: Command, video: Path, tmp_path: Path) -> None:
    sheet = tmp_path / "s.csv"
    sheet.write_text("start_s,label\n9,clock\n0.25,clock\n")
    words = (video, "--cues", sheet, "-o", tmp_path / "o.wav")
    assert command.generate(*words).error.startswith(f"{sheet}, line 2: start 9 s lies past the end of the video")
    early = f"{sheet} shifted by -1 s, line 3: the clock at 0.25 s would begin 0.75 s before the clip"
    assert command.generate(*words, "--shift", -1).error.startswith(early)
