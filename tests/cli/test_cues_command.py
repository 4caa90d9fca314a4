from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
from support.command import Command, listing

from silentfoley.cue_formats import read_cues, sheet_from_dict


def test_sheet_is_printed(command: Command, clip: Path) -> None:
    said = command("cues", clip, "--label", "footsteps", model=True)
    assert said.code == 0
    rows = said.out.splitlines()
    assert rows
    assert all(" s  footsteps   strength " in row for row in rows)
    assert said.err.startswith("fall.mp4: top three classes: ")
    assert said.err.count("\n") == 1


@pytest.mark.parametrize("suffix", [".json", ".csv", ".txt", ".mid"])
def test_sheet_is_written(command: Command, clip: Path, tmp_path: Path, suffix: str) -> None:
    target = tmp_path / "new" / f"x{suffix}"
    said = command("cues", clip, "-o", target, "--label", "footsteps", model=True)
    sheet = read_cues(target)
    assert said.code == 0
    assert said.out == f"{target}: {len(sheet)} cue{'' if len(sheet) == 1 else 's'} (footsteps)\n"


def test_json_is_a_sheet(command: Command, clip: Path) -> None:
    said = command("cues", clip, "--json", "--label", "impact", model=True)
    assert said.err == ""
    sheet = sheet_from_dict(json.loads(said.out))
    assert sheet.labels == ("impact",)
    assert sheet.duration_s == 2.0


def test_edit_and_perform(command: Command, clip: Path, tmp_path: Path) -> None:
    sheet = tmp_path / "x.csv"
    assert command("cues", clip, "-o", sheet, "--label", "footsteps", model=True).code == 0
    rows = sheet.read_text().splitlines()
    sheet.write_text("\n".join([*rows[:2], "1.5,breaking"]) + "\n")  # comment, header, one typed by hand
    said = command("generate", clip, "--cues", sheet, "-o", tmp_path / "o.mp4", model=True)
    assert said.out.startswith(f"{tmp_path / 'o.mp4'}: 1 cue (breaking), ")


def test_existing_sheet_and_the_video_itself_are_kept(command: Command, clip: Path, tmp_path: Path) -> None:
    sheet = tmp_path / "x.csv"
    sheet.write_text("mine")
    video = Path(shutil.copy(clip, tmp_path / "v.mp4"))
    before = listing(tmp_path)
    assert "exists; pass --overwrite" in command("cues", clip, "-o", sheet, model=True).error
    assert "suffix '.mp4' is not written" in command("cues", video, "-o", video, "--overwrite", model=True).error
    assert listing(tmp_path) == before
    assert command("cues", clip, "-o", sheet, "--overwrite", model=True).code == 0


def test_a_gait_becomes_hoof_beats(command: Command, tmp_path: Path) -> None:
    target = tmp_path / "gallop.json"
    said = command("cues", "--gait", "gallop", "--duration", 4, "--variant", "gravel", "-o", target)
    assert (said.code, said.err) == (0, "")
    sheet = read_cues(target)
    assert sheet.duration_s == 4.0
    assert {(c.label, c.variant) for c in sheet} == {("horse", "gravel")}
    slower = sheet_from_dict(
        json.loads(command("cues", "--gait", "gallop", "--duration", 4, "--stride", 1, "--json").out)
    )
    assert 10 < len(slower) < len(sheet)


def test_wrong_calls_about_gaits(command: Command, clip: Path, tmp_path: Path) -> None:
    before = listing(tmp_path)
    for words, message in (
        ((), "wants a video or a gait"),
        ((clip, "--gait", "trot"), "wants a video or a gait"),
        (("--gait", "trot"), "--gait: needs a length; give --duration"),
        ((clip, "--duration", 3), "--duration: concerns hoof beats alone"),
    ):
        said = command("cues", *words)
        assert said.code == 2
        assert message in said.error
    assert "use one of: walk, trot" in command("cues", "--gait", "hop", "--duration", 3).error
    assert listing(tmp_path) == before
