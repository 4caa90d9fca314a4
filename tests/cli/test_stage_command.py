from __future__ import annotations

import json
from pathlib import Path

from support.command import Command, listing

from silentfoley.cue_formats import read_cues
from silentfoley.media.video import probe


def test_clips_sheets_and_a_page(command: Command, tmp_path: Path) -> None:
    out = tmp_path / "deep" / "clips"
    said = command("stage", "--out", out, "--clips", 2, "--seed", 3, "--label", "Impact", "--workers", 1)
    assert said.code == 0
    assert said.out.startswith(f"{out}: 2 clips, ")
    assert said.out.count("\n") == 1
    assert (out / "contact_sheet.png").read_bytes().startswith(b"\x89PNG")
    rows = [json.loads(line) for line in (out / "clips.jsonl").read_text().splitlines()]
    assert len(rows) == 2
    for row in rows:
        info, sheet = probe(out / row["path"]), read_cues(out / row["cues"])
        assert info.has_audio
        assert abs(float(info.duration_s) - sheet.duration_s) < 0.05
        assert len(sheet) == row["n_cues"]


def test_refused_before_anything_is_made(command: Command, tmp_path: Path) -> None:
    out = tmp_path / "clips"
    assert "unknown sound class" in command("stage", "--out", out, "--label", "kazoo").error
    assert "is no bank" in command("stage", "--out", out, "--clips", 1, "--bank", tmp_path).error
    said = command("stage", "--out", out, "--clips", 0)
    assert (said.code, said.error) == (
        2, "silentfoley stage: argument --clips: at least 1; see silentfoley stage --help"
    )  # fmt: skip
    assert listing(tmp_path) == {}
    out.mkdir()
    (out / "clips.jsonl").write_text("mine")
    assert "holds clips already; pass --overwrite" in command("stage", "--out", out, "--clips", 1).error
    (tmp_path / "file").write_text("")
    assert "cannot be made" in command("stage", "--out", tmp_path / "file" / "x", "--clips", 1).error
