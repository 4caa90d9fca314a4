"""Clips as files."""

from __future__ import annotations

import json

import cv2
import pytest

from silentfoley.cue_formats.disk import read_cues
from silentfoley.errors import OutputError
from silentfoley.stage.clip import ClipSpec
from silentfoley.stage.contact_sheet import contact_sheet
from silentfoley.stage.render import render_many, split_jobs
from silentfoley.stage.write import StageSummary, write_stage


def test_folder_of_classes_with_truth(tmp_path):
    spec = ClipSpec(duration_s=0.5, height=32, width=48, sound=True)
    summary = write_stage(tmp_path / "set", 4, seed=1, spec=spec)
    rows = [json.loads(line) for line in (tmp_path / "set" / "clips.jsonl").read_text().splitlines()]
    assert summary.n_clips == len(rows) == 4
    assert len({row["label"] for row in rows}) == 4
    for row in rows:
        assert (tmp_path / "set" / row["path"]).stat().st_size > 500
        sheet = read_cues(tmp_path / "set" / row["cues"])
        assert len(sheet) == row["n_cues"]
        assert sheet.duration_s == pytest.approx(row["duration_s"])
    assert summary.n_cues == sum(row["n_cues"] for row in rows)
    page = cv2.imread(str(tmp_path / "set" / "contact_sheet.png"))
    assert page.shape[1] == 12 * 96
    assert "4 clips" in str(summary)
    assert str(StageSummary(tmp_path, 4, 1, 9)).endswith(": 4 clips, 1 of them a silent decoy, 9 cues")
    assert str(StageSummary(tmp_path, 4, 0, 9)).endswith(": 4 clips, 0 of them silent decoys, 9 cues")


def test_none_is_refused(tmp_path):
    with pytest.raises(OutputError, match="no set"):
        write_stage(tmp_path, 0)


def test_sheet_marks_events():
    jobs = split_jobs(ClipSpec(duration_s=2.0, height=24, width=24, label="typing", silent=False), 0, "train", 1)
    clips = list(render_many(jobs))
    page = contact_sheet(clips, columns=4, cell_px=32)
    line = page[-16:]
    red = (line[..., 0] == 200) & (line[..., 1] == 30)
    for cue in clips[0].cues:
        x = int(cue.start_s / 2.0 * 128)
        assert red[:, max(x - 1, 0) : x + 2].any()
