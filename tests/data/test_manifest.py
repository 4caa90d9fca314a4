"""The index of a folder or a CSV: what is in it, what is refused and why."""

from __future__ import annotations

import shutil
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

from silentfoley.data.manifest import Manifest, index_csv, index_folder
from silentfoley.data.splits import check_disjoint, split_by_source
from silentfoley.errors import DataError
from silentfoley.media.audio import write_wav
from silentfoley.media.encode import write_video
from silentfoley.waveform import Waveform

LABELS = ("footsteps", "rain")


def video(path: Path, seed: int) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    frames = np.random.default_rng(seed).integers(0, 255, (5, 16, 16, 3), dtype=np.uint8)
    write_video(path, frames, Fraction(25))
    return path


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """Three cuts of one walk, two other clips, and five files nobody can use."""
    root = tmp_path / "clips"
    for i in (1, 2, 3):
        video(root / "footsteps" / f"walk@{i}.mp4", i)
    video(root / "footsteps" / "alone.mp4", 4)
    video(root / "rain" / "roof.mp4", 5)
    # The same bytes under another name are the same recording.
    shutil.copy(root / "rain" / "roof.mp4", root / "rain" / "again.mp4")
    (root / "rain" / "empty.mp4").touch()
    (root / "rain" / "cut.mp4").write_bytes((root / "rain" / "roof.mp4").read_bytes()[:400])
    (root / "rain" / "notes.txt").write_text("not a clip")
    video(root / "barking" / "dog.mp4", 6)
    # A sound in a video's clothes.
    write_wav(tmp_path / "sound.wav", Waveform(np.zeros((1, 4410), np.float32), 44_100))
    shutil.copy(tmp_path / "sound.wav", root / "rain" / "sound.mp4")
    return root


def test_a_folder_is_indexed_and_its_bad_clips_are_listed(root: Path) -> None:
    manifest = index_folder(root, LABELS)
    assert [r.id for r in manifest.records] == [
        "footsteps/alone",
        "footsteps/walk@1",
        "footsteps/walk@2",
        "footsteps/walk@3",
        "rain/again",
        "rain/roof",
    ]
    bad = {b.path: b.reason for b in manifest.bad}
    assert set(bad) == {"barking/dog.mp4", "rain/cut.mp4", "rain/empty.mp4", "rain/sound.mp4"}
    assert bad["barking/dog.mp4"] == "class 'barking' is not among the labels"
    assert "no picture" in bad["rain/sound.mp4"] or "no video" in bad["rain/sound.mp4"]
    assert all(bad.values())
    assert manifest.records[0].duration_s == pytest.approx(0.2)


def test_sources_join_cuts_and_equal_bytes(root: Path) -> None:
    source = {r.id: r.source for r in index_folder(root, LABELS).records}
    assert source["footsteps/walk@1"] == source["footsteps/walk@3"] == "footsteps/walk"
    assert source["footsteps/alone"] == "footsteps/alone"
    assert source["rain/again"] == source["rain/roof"]


def test_equal_bytes_join_all_clips_of_both_sources(root: Path) -> None:
    """A of X is B of Y, D of W is E of Y: C of Y, F of W and G of X stay with them, whatever the order of names."""
    x, y, z, w, v = (video(root / "films" / f"{i}.mp4", 10 + i).read_bytes() for i in range(5))
    clips = {"a": ("X", x), "b": ("Y", x), "c": ("Y", y), "d": ("W", z), "e": ("Y", z), "f": ("W", w), "g": ("X", v)}
    for order in ("abcdefg", "gfedcba", "cfgabde"):
        rows = ["path,label,source"]
        for k, name in enumerate(order):
            (root / f"{k}.mp4").write_bytes(clips[name][1])
            rows.append(f"{k}.mp4,rain,{clips[name][0]}")
        (root / "alone.csv").write_text("\n".join([*rows, "rain/roof.mp4,rain,U"]) + "\n")
        source = {r.id: r.source for r in index_csv(root / "alone.csv").records}
        assert source.pop("rain/roof") == "U"
        assert len(source) == 7
        assert len(set(source.values())) == 1, order


@pytest.mark.parametrize("seed", range(5))
def test_no_source_is_in_two_splits(root: Path, seed: int) -> None:
    manifest = split_by_source(index_folder(root, LABELS), {"train": 0.5, "test": 0.5}, seed)
    check_disjoint({name: manifest.split(name) for name in ("train", "test")})
    assert len({r.split for r in manifest.records if r.id.startswith("footsteps/walk@")}) == 1
    assert len({r.split for r in manifest.records if r.label == "rain"}) == 1


def test_a_manifest_reads_back_what_it_wrote(root: Path, tmp_path: Path) -> None:
    manifest = split_by_source(index_folder(root, LABELS))
    manifest.save(tmp_path / "clips.jsonl")
    again = Manifest.load(tmp_path / "clips.jsonl")
    assert again == manifest
    assert again.fingerprint == manifest.fingerprint
    moved = split_by_source(manifest, {"train": 0.1, "other": 0.9})
    assert moved.fingerprint != manifest.fingerprint


def test_a_bad_line_is_named(tmp_path: Path) -> None:
    path = tmp_path / "clips.jsonl"
    path.write_text('{"bad": {"path": "a", "reason": "b"}}\n{"id": 3}\n')
    with pytest.raises(DataError, match=r"clips\.jsonl line 2: not a clip record"):
        Manifest.load(path)


def test_a_csv_is_indexed(root: Path) -> None:
    table = root / "clips.csv"
    table.write_text(
        "path,label,source\n"
        "footsteps/walk@1.mp4,footsteps,morning\n"
        "footsteps/alone.mp4,footsteps,morning\n"
        "rain/roof.mp4,rain,\n"
        "rain/nowhere.mp4,rain,x\n"
        "barking/dog.mp4,barking,x\n"
        ",rain,x\n"
    )
    manifest = index_csv(table, LABELS)
    assert {r.id: r.source for r in manifest.records} == {
        "footsteps/walk@1": "morning",
        "footsteps/alone": "morning",
        "rain/roof": "rain/roof",
    }
    bad = {b.path: b.reason for b in manifest.bad}
    assert set(bad) == {"rain/nowhere.mp4", "barking/dog.mp4", "line 7"}
    assert bad["line 7"] == "line 7 lacks a path or a label"


def test_two_clips_of_one_id_are_not_both_taken(root: Path) -> None:
    shutil.copy(root / "rain" / "roof.mp4", root / "rain" / "roof.mov")
    manifest = index_folder(root, LABELS)
    assert [r.path for r in manifest.records if r.id == "rain/roof"] == ["rain/roof.mov"]
    assert "has the same id as rain/roof.mov" in {b.reason for b in manifest.bad}


@pytest.mark.parametrize(
    ("make", "text"),
    [
        (lambda p: p / "nowhere", "not a folder"),
        (lambda p: p, "holds no class folders"),
    ],
)
def test_what_is_no_data_set_is_refused(make, text: str, tmp_path: Path) -> None:
    with pytest.raises(DataError, match=text):
        index_folder(make(tmp_path))


def test_a_csv_without_its_columns_is_refused(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("file,class\nx,y\n")
    with pytest.raises(DataError, match="give it at least the columns path,label"):
        index_csv(tmp_path / "a.csv")
    with pytest.raises(DataError, match="cannot be read"):
        index_csv(tmp_path / "nowhere.csv")
