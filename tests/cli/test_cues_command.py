from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
from support.clips import copies
from support.command import Command, listing

from silentfoley.cue_formats import read_cues, sheet_from_dict


def test_sheet_is_printed(command: Command, clip: Path) -> None:
    said = command("cues", clip, "--label", "footsteps", model=True)
    assert said.code == 0
    rows = said.out.splitlines()
    assert rows
    assert all(" s  footsteps   strength " in row for row in rows)
    assert said.err == "", "who names the class is told of no other"


def test_what_lasts_and_what_it_is_made_of_is_printed(command: Command, clip: Path) -> None:
    (row,) = command("cues", clip, "--label", "rain", model=True).out.splitlines()
    assert row.startswith("   0.000 s  rain        strength 0.")
    assert row.endswith("  confidence 1.00  lasts 2.000 s")
    rows = command("cues", "--gait", "trot", "--duration", 2, "--variant", "gravel").out.splitlines()
    assert len(rows) > 3
    assert all(" s  horse:gravel  strength " in row and "lasts" not in row for row in rows)


def test_what_is_seen_is_told_as_generate_tells_it(command: Command, clip: Path, tmp_path: Path) -> None:
    said = command("cues", clip, model=True)
    assert said.err.startswith("fall.mp4: ")
    assert "top three" in said.err
    assert said.err == command("generate", clip, "-o", tmp_path / "o.wav", model=True).err


@pytest.fixture
def reel(clip: Path, tmp_path: Path) -> Path:
    """Two clips with a broken one between, and an earlier output."""
    folder = copies(clip, tmp_path / "reel", "a.mp4", "c.mp4", "a_foley.mp4")
    (folder / "b.mp4").write_bytes(b"")
    return folder


def test_one_bad_file_does_not_stop_the_sheets_of_a_folder(command: Command, reel: Path, tmp_path: Path) -> None:
    out = tmp_path / "sheets"
    said = command("cues", reel, "-o", out, "--label", "footsteps", model=True)
    assert said.code == 3
    assert said.out == f"{out}: 2 of 3 files done, 1 failed\n"
    left_out, error = said.err.splitlines()
    assert left_out.startswith("left out 1 earlier output: a_foley.mp4; ")
    assert error.startswith(f"error: {reel / 'b.mp4'}: is empty (0 bytes)")
    assert sorted(p.name for p in out.iterdir()) == ["a.json", "c.json"]
    assert read_cues(out / "a.json").labels == ("footsteps",)
    assert read_cues(out / "a.json") == read_cues(out / "c.json")
    # They are what generate takes for a folder; once more, nothing is replaced unasked, which is failure.
    (reel / "b.mp4").unlink()
    made = command("generate", reel, "--cues", out, "-o", tmp_path / "made", model=True)
    assert made.out == f"{tmp_path / 'made'}: 2 of 2 files done, 0 failed\n"
    said = command("cues", reel, "-o", out, "--json", model=True)
    result = json.loads(said.out)
    assert (said.code, result["n_done"], result["n_failed"]) == (1, 0, 2)
    assert "exists; pass --overwrite" in result["failed"][0]["error"]
    assert command("cues", reel, "-o", out, "--overwrite", model=True).code == 0


def test_sheets_of_many_lie_beside_them(command: Command, reel: Path) -> None:
    said = command("cues", reel / "a.mp4", reel / "c.mp4", "--label", "impact", "--json", model=True)
    result = json.loads(said.out)
    assert (said.code, said.err, result["n_done"], result["left_out"]) == (0, "", 2, [])
    first = result["done"][0]
    assert (first["input"], first["output"]) == (str(reel / "a.mp4"), str(reel / "a.json"))
    sheet = read_cues(reel / "a.json")
    assert (first["cues"], first["labels"], first["duration_s"]) == (len(sheet), ["impact"], 2.0)
    assert "seed" not in first
    said = command("cues", reel / "a.mp4", reel / "c.mp4", "--overwrite", "--label", "impact", model=True)
    assert said.out == "beside the videos: 2 of 2 files done, 0 failed\n"


def test_sheets_of_a_folder_in_the_format_that_is_edited(command: Command, reel: Path, tmp_path: Path) -> None:
    (reel / "b.mp4").unlink()
    sheets = tmp_path / "sheets"
    words = ("--label", "footsteps", "--format", "csv")
    assert command("cues", reel, "-o", sheets, *words, model=True).code == 0
    assert sorted(p.name for p in sheets.iterdir()) == ["a.csv", "c.csv"]
    said = command("cues", reel / "a.mp4", *words, model=True)
    assert said.out.startswith(f"{reel / 'a.csv'}: "), "one video's is put beside it too"
    assert read_cues(reel / "a.csv") == read_cues(sheets / "a.csv")
    assert command("generate", reel, "--cues", sheets, "-o", tmp_path / "made", model=True).code == 0
    before = listing(tmp_path)
    for call in ((reel / "a.mp4", "-o", tmp_path / "x.csv"), ("--gait", "trot", "--duration", 2)):
        said = command("cues", *call, "--format", "csv")
        assert said.code == 2
        assert "--format" in said.error
    assert listing(tmp_path) == before


def test_a_sheet_beside_an_edited_one_is_told(command: Command, reel: Path) -> None:
    (reel / "b.mp4").unlink()
    (reel / "c.csv").write_text("mine")
    said = command("cues", reel, "--label", "impact", model=True)
    told = f"c.mp4: beside c.json lies c.csv: generate --cues {reel} wants one of them"
    assert (said.code, said.err.splitlines()[1:]) == (0, [told])
    assert (reel / "c.csv").read_text() == "mine"
    said = command("cues", reel / "c.mp4", "-o", reel / "c.txt", "--label", "impact", model=True)
    assert said.err == f"c.mp4: beside c.txt lies c.csv, c.json: generate --cues {reel} wants one of them\n"


def test_one_sheet_goes_into_a_folder(command: Command, clip: Path, tmp_path: Path) -> None:
    said = command("cues", clip, "-o", tmp_path, "--label", "impact", model=True)
    assert said.out.startswith(f"{tmp_path / 'fall.json'}: ")
    assert read_cues(tmp_path / "fall.json").labels == ("impact",)


def test_a_slash_at_the_end_means_a_folder(command: Command, clip: Path, tmp_path: Path) -> None:
    words = ("--label", "impact", "-o", f"{tmp_path / 'out.v2'}/")
    said = command("cues", clip, clip, *words, model=True)
    assert said.out.startswith(f"{tmp_path / 'out.v2' / 'fall.json'}: "), "named twice it is one video still"
    assert command.generate(clip, *words).out.startswith(f"{tmp_path / 'out.v2' / 'fall.mp4'}: ")


@pytest.mark.parametrize("suffix", [".json", ".csv", ".txt", ".mid"])
def test_sheet_is_written(command: Command, clip: Path, tmp_path: Path, suffix: str) -> None:
    target = tmp_path / "new" / f"x{suffix}"
    said = command("cues", clip, "-o", target, "--label", "footsteps", model=True)
    sheet = read_cues(target)
    assert said.code == 0
    assert said.out == f"{target}: {len(sheet)} cue{'' if len(sheet) == 1 else 's'} (footsteps)\n"


def test_capitals_of_a_label_do_not_matter(command: Command, clip: Path) -> None:
    done = command("cues", clip, "--label", "Footsteps", "--json")
    assert done.code == 0
    assert {cue["label"] for cue in json.loads(done.out)["cues"]} == {"footsteps"}


def test_json_is_a_sheet(command: Command, clip: Path) -> None:
    said = command("cues", clip, "--json", "--label", "impact", model=True)
    assert said.err == ""
    sheet = sheet_from_dict(json.loads(said.out))
    assert sheet.labels == ("impact",)
    assert sheet.duration_s == 2.0


def test_notes_are_told_beside_json(command: Command, clip: Path, tmp_path: Path) -> None:
    plain, json_too = (command("cues", clip, *words, model=True) for words in ((), ("--json",)))
    assert "top three" in plain.err
    assert json_too.err == plain.err
    assert sheet_from_dict(json.loads(json_too.out)).duration_s == 2.0
    (tmp_path / "fall.csv").write_text("mine")
    said = command("cues", clip, "--json", "--label", "impact", "-o", tmp_path / "fall.json", model=True)
    assert said.err.startswith("fall.mp4: beside fall.json lies fall.csv: ")


def test_a_format_beside_a_named_sheet(command: Command, clip: Path, tmp_path: Path) -> None:
    for name, kind, told in (
        ("a.txt", "csv", "contradicts {}"),
        ("a.TXT", "txt", "says again what {} says"),
        ("a.mid", "midi", "says again what {} says"),
        ("a.midi", "json", "contradicts {}"),
    ):
        said = command("cues", clip, "-o", tmp_path / name, "--format", kind)
        assert said.code == 2
        assert said.error == f"--format: {told.format(tmp_path / name)}; drop it, or name a folder with -o"
    assert command("cues", clip, "-o", tmp_path, "--format", "midi", "--label", "impact", model=True).code == 0
    assert read_cues(tmp_path / "fall.midi").labels == ("impact",)


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
    assert "suffix '.mp4' cannot be written" in command("cues", video, "-o", video, "--overwrite", model=True).error
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
