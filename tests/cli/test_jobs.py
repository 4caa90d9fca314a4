from __future__ import annotations

from pathlib import Path

import pytest

from silentfoley.cli.jobs import Job, plan_jobs
from silentfoley.errors import MediaError, OutputError


@pytest.fixture
def clips(tmp_path: Path) -> Path:
    folder = tmp_path / "in"
    folder.mkdir()
    for name in ("a.mp4", "b.mkv", "c.avi", "notes.txt"):
        (folder / name).write_bytes(b"x")
    return folder


def test_one_file_beside_itself(clips: Path) -> None:
    assert plan_jobs([clips / "a.mp4"], None) == [Job(clips / "a.mp4", clips / "a_foley.mp4")]
    assert plan_jobs([clips / "c.avi"], None) == [Job(clips / "c.avi", clips / "c_foley.mp4")], "avi becomes mp4"


def test_one_file_to_a_file_or_into_a_folder(clips: Path, tmp_path: Path) -> None:
    assert plan_jobs([clips / "a.mp4"], tmp_path / "out.mov")[0].target == tmp_path / "out.mov"
    assert plan_jobs([clips / "a.mp4"], tmp_path)[0].target == tmp_path / "a.mp4"
    assert plan_jobs([clips / "a.mp4"], tmp_path / "new")[0].target == tmp_path / "new" / "a.mp4"


def test_folder_gives_folder_with_the_same_stems(clips: Path, tmp_path: Path) -> None:
    jobs = plan_jobs([clips], tmp_path / "out")
    assert [j.target for j in jobs] == [tmp_path / "out" / n for n in ("a.mp4", "b.mkv", "c.mp4")]


def test_sound_files(clips: Path, tmp_path: Path) -> None:
    assert plan_jobs([clips / "a.mp4"], tmp_path / "o.wav", suffix=".wav")[0].target == tmp_path / "o.wav"


def test_several_inputs_need_a_folder(clips: Path, tmp_path: Path) -> None:
    with pytest.raises(OutputError, match="--output: is missing for several inputs"):
        plan_jobs([clips], None)
    (tmp_path / "file.mp4").write_bytes(b"")
    with pytest.raises(OutputError, match="is a file, but there are several inputs"):
        plan_jobs([clips], tmp_path / "file.mp4")


def test_existing_output_is_kept(clips: Path, tmp_path: Path) -> None:
    (tmp_path / "out.mp4").write_bytes(b"precious")
    with pytest.raises(OutputError, match="exists; pass --overwrite"):
        plan_jobs([clips / "a.mp4"], tmp_path / "out.mp4")
    assert plan_jobs([clips / "a.mp4"], tmp_path / "out.mp4", overwrite=True)


def test_input_is_never_its_own_output(clips: Path) -> None:
    with pytest.raises(OutputError, match="is the input itself"):
        plan_jobs([clips / "a.mp4"], clips / "a.mp4", overwrite=True)
    with pytest.raises(OutputError, match="is the input itself"):
        plan_jobs([clips], clips, overwrite=True)


def test_two_inputs_of_one_stem_clash(clips: Path, tmp_path: Path) -> None:
    (clips / "a.avi").write_bytes(b"x")
    with pytest.raises(OutputError, match="would hold both"):
        plan_jobs([clips], tmp_path / "out")


def test_empty_folder(tmp_path: Path) -> None:
    with pytest.raises(MediaError, match="holds no video"):
        plan_jobs([tmp_path], tmp_path / "out")
