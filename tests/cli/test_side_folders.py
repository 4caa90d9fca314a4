"""A slash at the end of a name says that it is a folder; sheets in it are of the format asked for."""

from __future__ import annotations

from pathlib import Path

import pytest
from support.clips import copies
from support.command import Command, listing

from silentfoley.cue_formats import read_cues


@pytest.fixture
def reel(clip: Path, tmp_path: Path) -> Path:
    return copies(clip, tmp_path / "reel", "a.mp4", "b.mp4")


def test_one_videos_sheet_and_plot_go_into_the_folders_that_are_named(
    command: Command, clip: Path, tmp_path: Path
) -> None:
    words = (clip, "-o", f"{tmp_path}/o.wav/", "--label", "impact")
    sides = ("--save-cues", f"{tmp_path}/s.csv/", "--plot", f"{tmp_path}/p.png/")
    assert command.generate(*words, *sides).code == 0
    assert (tmp_path / "o.wav").is_dir()
    assert read_cues(tmp_path / "s.csv" / "fall.json").labels == ("impact",)
    assert (tmp_path / "p.png" / "fall.png").is_file()
    # As with -o: a folder that is there, and a name without a suffix, need no slash.
    sides = ("--save-cues", tmp_path / "s.csv", "--plot", tmp_path / "new", "--format", "csv", "--overwrite")
    assert "s.csv: is a folder; name a file" in command.generate(*words, *sides[:2], "--overwrite").error
    sides = ("--save-cues", tmp_path / "sheets", *sides[2:])
    assert command.generate(*words, *sides).code == 0
    assert read_cues(tmp_path / "sheets" / "fall.csv").labels == ("impact",)
    assert (tmp_path / "new" / "fall.png").is_file()


def test_sheets_of_many_are_of_the_format_that_is_asked_for(command: Command, reel: Path, tmp_path: Path) -> None:
    words = (reel, "-o", tmp_path / "out", "--label", "impact", "--save-cues")
    assert command.generate(*words, tmp_path / "sheets", "--format", "csv").code == 0
    assert sorted(p.name for p in (tmp_path / "sheets").iterdir()) == ["a.csv", "b.csv"]
    assert command.generate(*words, f"{tmp_path}/s.csv/", "--overwrite").code == 0
    assert sorted(p.name for p in (tmp_path / "s.csv").iterdir()) == ["a.json", "b.json"]


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--format", "csv"), "--format: concerns --save-cues alone; drop it, or name a folder with --save-cues"),
        (("--save-cues", "x.csv", "--format", "csv"), "--format: says again what x.csv says; drop it, or name a f"),
        (
            ("--save-cues", "x.txt", "--format", "csv"),
            "--format: contradicts x.txt; drop it, or name a folder with --s",
        ),
    ],
)
def test_a_format_that_says_nothing(
    command: Command, clip: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, words: tuple[str, ...], said: str
) -> None:
    monkeypatch.chdir(tmp_path)
    refused = command.generate(clip, "-o", "o.wav", *words)
    assert refused.code == 2
    assert refused.error.startswith(said)
    assert listing(tmp_path) == {}


def test_a_video_s_sheet_goes_into_a_folder_named_like_a_sheet(command: Command, clip: Path, tmp_path: Path) -> None:
    words = ("--label", "impact", "-o", f"{tmp_path}/s.csv/", "--format", "txt")
    assert command("cues", clip, *words, model=True).code == 0
    assert listing(tmp_path).keys() == {"s.csv", "s.csv/fall.txt"}


def test_hoof_beats_have_no_name_in_a_folder(command: Command, tmp_path: Path) -> None:
    said = command("cues", "--gait", "trot", "--duration", 2, "-o", f"{tmp_path}/s.csv/")
    assert said.code == 2
    assert said.error == f"{tmp_path}/s.csv: names a folder, but hoof beats have no name of their own; name the sheet"
    assert listing(tmp_path) == {}
