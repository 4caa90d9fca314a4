"""A video and a sheet of its own for every test of the command line."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from support.clips import SHEET

from silentfoley.cue_formats import write_cues


@pytest.fixture
def video(clip: Path, tmp_path: Path) -> Path:
    return Path(shutil.copy(clip, tmp_path / "clip.mp4"))


@pytest.fixture
def sheet(tmp_path: Path) -> Path:
    write_cues(SHEET, tmp_path / "sheet.csv")
    return tmp_path / "sheet.csv"
