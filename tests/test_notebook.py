from __future__ import annotations

from pathlib import Path

import nbformat
import numpy as np
import pytest
from nbclient import NotebookClient

from silentfoley.cue_formats import read_cues
from silentfoley.media.audio import read_audio
from silentfoley.media.video import probe

NOTEBOOKS = sorted((Path(__file__).resolve().parent.parent / "notebooks").glob("*.ipynb"))


def test_there_is_one() -> None:
    assert [p.stem for p in NOTEBOOKS] == ["01_first_sound"]


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda p: p.stem)
def test_stored_without_results(path: Path) -> None:
    """Results are made by running it: stored ones go stale and weigh."""
    notebook = nbformat.read(path, as_version=4)
    nbformat.validate(notebook)
    assert not [c for c in notebook.cells if c.cell_type == "code" and (c.outputs or c.execution_count)]


def test_first_sound(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("IPYTHONDIR", str(tmp_path / "ipython"))
    work = tmp_path / "work"
    work.mkdir()
    notebook = nbformat.read(NOTEBOOKS[0], as_version=4)
    NotebookClient(notebook, timeout=240, kernel_name="python3", resources={"metadata": {"path": str(work)}}).execute()
    outputs = [o for c in notebook.cells if c.cell_type == "code" for o in c.outputs]
    assert not [o for o in outputs if o.output_type == "error"]
    assert [o for o in outputs if "image/png" in o.get("data", {})]
    video = probe(work / "first_sound.mp4")
    assert video.has_audio
    assert video.n_frames == probe(work / "first_sound_silent.mp4").n_frames
    sound = read_audio(work / "first_sound.wav")
    assert sound.sample_rate_hz == 48_000
    assert sound.duration_s == pytest.approx(float(video.duration_s), abs=1e-3)
    assert np.abs(sound.samples).max() > 0.01
    assert len(read_cues(work / "first_sound.csv")) > 1
