"""What a run was trained on stays with it: later tests on it are refused, whatever the list is by then."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from silentfoley.cli.main import main as command
from silentfoley.data.manifest import Manifest, index_folder
from silentfoley.data.split_guard import TRAINED_ON, ClipList
from silentfoley.data.splits import split_by_source
from silentfoley.errors import CheckpointError, DataError
from silentfoley.files import sha256_file
from silentfoley.training.entry import main
from silentfoley.training.evaluate import evaluate_run

WORDS = ("network=frame_relation_motion", "features=motion", "logger=csv", "debug=fast", "data=folder")


def listed(clip_folder: Path) -> Path:
    """The folder's clips with splits of their own, as a file beside them."""
    path = clip_folder / "manifest.jsonl"
    split_by_source(index_folder(clip_folder, ["footsteps", "rain"])).save(path)
    return path


@pytest.fixture
def manifest(clip_folder: Path) -> Path:
    """The list, written anew: tests edit it."""
    return listed(clip_folder)


@pytest.fixture(scope="module")
def run(train: Callable[..., Path], clip_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run on the list; nothing here may change it."""
    return train(tmp_path_factory.mktemp("trained") / "run", *WORDS, f"data.root={listed(clip_folder)}")


def test_a_run_keeps_its_list_and_its_digest(run: Path, manifest: Path) -> None:
    records = [r for r in Manifest.load(manifest).records if r.split in ("train", "val")]
    kept = ClipList.load(run)
    assert kept.sources == {r.id: r.source for r in records}
    assert kept.contents == {r.id: r.sha256 for r in records}
    about = json.loads((run / "record.json").read_text())["trained_on"]
    assert about == {
        "list": TRAINED_ON, "name": "manifest/train + manifest/val", "n_clips": len(records), "digest": kept.digest
    }  # fmt: skip


def test_a_split_dealt_anew_is_not_tested_on(run: Path, manifest: Path) -> None:
    evaluate_run(run)
    lines = [json.loads(line) for line in manifest.read_text().splitlines()]
    trained = next(line for line in lines if line.get("split") == "train")
    trained["split"] = "test"
    manifest.write_text("".join(json.dumps(line) + "\n" for line in lines))
    with pytest.raises(DataError, match=f"overlaps what was trained on, run .*1 clips: {trained['id']}"):
        evaluate_run(run)
    # Under another name its file still tells.
    trained |= {"id": "another/name", "source": "another"}
    manifest.write_text("".join(json.dumps(line) + "\n" for line in lines))
    with pytest.raises(DataError, match=r"identical files: .* = another/name"):
        evaluate_run(run)


def test_a_run_goes_on_with_the_clips_it_began_with(run: Path, manifest: Path) -> None:
    lines = manifest.read_text().splitlines()
    first = next(i for i, line in enumerate(lines) if json.loads(line).get("split") == "train")
    manifest.write_text("\n".join(lines[:first] + lines[first + 1 :]) + "\n")
    words = [*WORDS, f"data.root={manifest}", f"paths.run={run}", "resume=true"]
    with pytest.raises(CheckpointError, match="began with other clips"):
        main(words)
    assert "resumed" not in json.loads((run / "record.json").read_text())


def test_a_run_does_not_go_on_with_other_files_of_the_same_names(run: Path, manifest: Path) -> None:
    before = (run / TRAINED_ON).read_text()
    lines = [json.loads(line) for line in manifest.read_text().splitlines()]
    swapped = next(line for line in lines if line.get("split") == "train")
    file = manifest.parent / swapped["path"]
    kept = file.read_bytes()
    try:
        file.write_bytes(kept + b"another file")
        with pytest.raises(DataError, match=f"{file.name}: is not the file that was listed"):
            main([*WORDS, f"data.root={manifest}", f"paths.run={run}", "resume=true"])
        # A new manifest of it is true, and yet not what the run began with.
        swapped["sha256"] = sha256_file(file)
        manifest.write_text("".join(json.dumps(line) + "\n" for line in lines))
        with pytest.raises(CheckpointError, match=rf"began with other files of 1 clips \({swapped['id']} first\)"):
            main([*WORDS, f"data.root={manifest}", f"paths.run={run}", "resume=true"])
    finally:
        file.write_bytes(kept)
    assert (run / TRAINED_ON).read_text() == before


def test_train_refuses_what_will_be_tested_on(
    manifest: Path, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    lists = {s: [r.id for r in Manifest.load(manifest).records if r.split == s] for s in ("val", "test")}
    for name, ids in lists.items():
        (tmp_path / f"{name}.txt").write_text("\n".join(ids) + "\n")
    words = [*WORDS, f"data.root={manifest}", f"paths.run={tmp_path / 'run'}", f"paths.cache={tmp_path / 'cache'}"]
    code = command(["train", *words, f"data.apart_from=[{tmp_path / 'test.txt'},{tmp_path / 'val.txt'}]"])
    out, err = capfd.readouterr()
    assert (code, out, err.count("\n")) == (1, "", 1)
    assert f"val ({len(lists['val'])} clips" in err
    assert "overlaps what was trained on, manifest/train + manifest/val" in err
    assert f"{len(lists['val'])} clips: {lists['val'][0]}" in err
    assert not (tmp_path / "cache").exists(), "refused before anything is decoded"
    # The same folder takes the corrected run.
    assert not (tmp_path / "run" / "config.yaml").exists()
    assert command(["train", *words, f"data.apart_from=[{tmp_path / 'test.txt'}]"]) == 0, capfd.readouterr().err
    assert len(ClipList.load(tmp_path / "run")) > 0


def test_score_takes_a_run_for_what_its_system_was_trained_on(
    run: Path, clip_folder: Path, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    words = ["score", "--reference", str(clip_folder), "--generated", str(clip_folder), "--workers", "1"]
    words += ["--cache", str(tmp_path / "cache"), "-o", str(tmp_path / "metrics.json"), "--trained-on", str(run)]
    assert command(words) == 1
    err = capfd.readouterr().err
    assert f"overlaps what was trained on, run ({len(ClipList.load(run))} clips" in err
    assert not (tmp_path / "metrics.json").exists()
