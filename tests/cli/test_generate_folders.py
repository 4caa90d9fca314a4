"""``silentfoley generate`` with folders and several videos."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
import soundfile
from support.clips import SHEET, copies
from support.command import Command, listing

from silentfoley.cue_formats import write_cues
from silentfoley.media.audio import read_audio


@pytest.fixture
def pair(clip: Path, tmp_path: Path) -> Path:
    """A folder of two clips."""
    return copies(clip, tmp_path / "pair", "one.mp4", "two.mp4")


def test_folder_in_folder_out(command: Command, clip: Path, tmp_path: Path) -> None:
    folder = copies(clip, tmp_path / "in", "one.mp4", "two.mp4")
    words = (folder, "-o", tmp_path / "out", "--label", "rain", "--save-cues", tmp_path / "sheets")
    said = command.generate(*words)
    assert said.code == 0
    assert said.out == f"{tmp_path / 'out'}: 2 of 2 files done, 0 failed\n"
    assert sorted(p.name for p in (tmp_path / "out").iterdir()) == ["one.mp4", "two.mp4"]
    # The sheets go back in, each to its own video.
    (tmp_path / "sheets" / "one.json").unlink()
    write_cues(SHEET, tmp_path / "sheets" / "one.csv")
    said = command.generate(folder, "-o", tmp_path / "again", "--cues", tmp_path / "sheets", "--json")
    result = json.loads(said.out)
    assert (result["n_done"], result["n_failed"], result["failed"]) == (2, 0, [])
    assert result["done"][0]["labels"] == ["breaking", "footsteps"]
    assert result["done"][1]["labels"] in ([], ["rain"])


def test_sheets_beside_edited_ones_are_told(command: Command, pair: Path, tmp_path: Path) -> None:
    sheets = tmp_path / "sheets"
    sheets.mkdir()
    write_cues(SHEET, sheets / "two.csv")
    said = command.generate(pair, "--label", "rain", "-o", tmp_path / "out", "--save-cues", sheets)
    assert said.err == f"two.mp4: beside two.json lies two.csv: generate --cues {sheets} wants one of them\n"
    (sheets / "two.csv").unlink()
    words = ("--cues", sheets, "--save-cues", sheets, "--overwrite", "-o", tmp_path / "again")
    said = command.generate(pair, *words)
    assert said.code == 1
    for name, line in zip(("one", "two"), said.err.splitlines(), strict=True):
        assert line == f"error: {sheets / name}.json: is the sheet of --cues itself; name another output"


def test_two_sheets_of_one_video_are_refused_and_the_others_performed(
    command: Command, clip: Path, tmp_path: Path
) -> None:
    folder, sheets = tmp_path / "in", tmp_path / "sheets"
    folder.mkdir()
    copies(clip, folder, "one.mp4", "two.mp4")
    sheets.mkdir()
    for name in ("one.json", "one.CSV", "two.CSV"):
        write_cues(SHEET, sheets / name)
    said = command.generate(folder, "-o", tmp_path / "out", "--cues", sheets)
    assert (said.code, said.out) == (3, f"{tmp_path / 'out'}: 1 of 2 files done, 1 failed\n")
    assert said.error == f"{sheets}: holds 2 sheets for one.mp4: one.CSV, one.json; keep one of them"
    before = listing(tmp_path)
    assert command.generate(folder / "one.mp4", "--cues", sheets).error == said.error
    assert listing(tmp_path) == before
    (sheets / "one.json").unlink()
    assert command.generate(folder / "one.mp4", "--cues", sheets).code == 0


def test_a_folder_again_leaves_out_what_it_was_made_into(command: Command, clip: Path, tmp_path: Path) -> None:
    folder = tmp_path / "in"
    folder.mkdir()
    video = Path(shutil.copy(clip, folder / "one.mp4"))
    assert command.generate(video, "--label", "rain").code == 0
    said = command.generate(folder, "-o", folder / "out", "--label", "rain")
    assert said.out == f"{folder / 'out'}: 1 of 1 file done, 0 failed\n"
    assert said.err == "left out 1 earlier output: one_foley.mp4; name a file to take it all the same\n"
    said = command.generate(folder, "-o", folder / "out", "--label", "rain", "--overwrite", "--json")
    result = json.loads(said.out)
    assert (said.err, result["n_done"], result["left_out"]) == ("", 1, [str(folder / "one_foley.mp4")])
    assert sorted(p.name for p in (folder / "out").iterdir()) == ["one.mp4"]


def test_sounds_of_a_folder(command: Command, clip: Path, tmp_path: Path) -> None:
    copies(clip, tmp_path, "one.mp4", "two.mp4")
    assert command.generate(tmp_path, "--wav", "--label", "rain", "--bits", 24, "-o", tmp_path / "out").code == 0
    assert sorted(p.name for p in (tmp_path / "out").iterdir()) == ["one.wav", "two.wav"]
    assert soundfile.info(tmp_path / "out" / "two.wav").subtype == "PCM_24"
    said = command.generate(tmp_path / "one.mp4", "--wav", "--label", "rain")
    assert said.out.startswith(f"{tmp_path / 'one_foley.wav'}: ")
    assert read_audio(tmp_path / "one_foley.wav").duration_s == 2.0
    before = listing(tmp_path)
    for words in ((tmp_path / "one.mp4",), ()):
        said = command.generate(*words, "-o", tmp_path / "x.mp4", "--wav")
        assert said.code == 2
        remedy = "drop it, or name a .wav or a folder with -o"
        assert said.error == f"--wav: does not go with {tmp_path / 'x.mp4'}; {remedy}"
    assert listing(tmp_path) == before


def test_errors_about_options_name_the_files_of_a_folder(command: Command, clip: Path, tmp_path: Path) -> None:
    copies(clip, tmp_path, "one.mp4", "two.mp4")
    # Known of a class, but not of the one that is seen.
    said = command.generate(tmp_path, "-o", tmp_path / "out", "--variant", "typewriter")
    assert said.code == 1
    for name, line in zip(("one.mp4", "two.mp4"), said.err.splitlines(), strict=True):
        assert line.startswith(f"error: {tmp_path / name}: variant 'typewriter' of thunder: is unknown here; ")
    # Known of no class: one error for all, before anything is looked at.
    said = command.generate(tmp_path, "-o", tmp_path / "out", "--label", "rain", "--variant", "heavvy")
    assert said.error.startswith("variant 'heavvy' of rain: is unknown here; did you mean 'heavy'? use one of: ")


def test_errors_of_a_folder_name_one_file_each(command: Command, pair: Path, tmp_path: Path) -> None:
    assert command.generate(pair, "--label", "rain", "--stems", tmp_path / "stems").code == 0
    said = command.generate(pair, "--label", "rain")
    remedy = "exists; pass --overwrite or name another output"
    assert [line for line in said.err.splitlines() if line.startswith("error: ")] == [
        f"error: {pair / name}_foley.mp4: {remedy}" for name in ("one", "two")
    ]
    said = command.generate(pair, "--label", "rain", "-o", tmp_path / "out", "--stems", tmp_path / "stems")
    assert [line.partition(": exists")[0] for line in said.err.splitlines() if line.startswith("error: ")] == [
        f"error: {tmp_path / 'stems' / name / 'rain.wav'}" for name in ("one", "two")
    ]


def test_a_folder_without_an_output(command: Command, clip: Path, tmp_path: Path) -> None:
    copies(clip, tmp_path, "one.mp4", "two.mp4")
    said = command.generate(tmp_path, "--label", "rain")
    assert (said.code, said.out) == (0, "beside the videos: 2 of 2 files done, 0 failed\n")
    assert sorted(listing(tmp_path)) == ["one.mp4", "one_foley.mp4", "two.mp4", "two_foley.mp4"]
    said = command.generate(tmp_path, "--label", "rain", "--json")
    result = json.loads(said.out)
    assert (said.code, result["n_failed"], len(result["left_out"])) == (1, 2, 2)
    assert "one_foley.mp4: exists; pass --overwrite" in result["failed"][0]["error"]


def test_several_files(command: Command, clip: Path, pair: Path, tmp_path: Path) -> None:
    write_cues(SHEET, tmp_path / "sheet.csv")
    words = ("--cues", tmp_path / "sheet.csv", "-o", tmp_path / "out")
    assert command.generate(clip, pair / "one.mp4", *words).code == 0
    assert sorted(p.name for p in (tmp_path / "out").iterdir()) == ["fall.mp4", "one.mp4"]
