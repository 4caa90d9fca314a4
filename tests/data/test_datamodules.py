"""Both datamodules end to end: what they load does not depend on who loads it."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from numpy.typing import NDArray

from silentfoley.cue_formats import write_cues
from silentfoley.cues import Cue, CueSheet
from silentfoley.data import stage_source
from silentfoley.data.batch import FoleyBatch
from silentfoley.data.folder_datamodule import FolderDataModule
from silentfoley.data.items import ItemMaker
from silentfoley.data.stage_datamodule import StageDataModule
from silentfoley.encoders.features import ColourHistogramFeatures
from silentfoley.errors import DataError
from silentfoley.media.encode import write_video
from silentfoley.signal.mel import SoundFeatures
from silentfoley.stage.clip import ClipSpec
from silentfoley.waveform import Waveform

MAKER = ItemMaker(ColourHistogramFeatures(), SoundFeatures(), keep_audio=True)
SPEC = ClipSpec(duration_s=0.6, height=32, width=32)


def stage(cache: Path, workers: int = 0, **options: Any) -> StageDataModule:
    sizes = {"train": 3, "val": 1, "unseen_levels": 1}
    data = StageDataModule(MAKER, cache, sizes=sizes, spec=SPEC, batch_size=2, workers=workers, **options)
    data.setup()
    return data


@pytest.fixture(scope="module")
def stage_cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    cache = tmp_path_factory.mktemp("cache")
    stage(cache)
    return cache


def batches(data: Any) -> list[FoleyBatch]:
    return [*data.train_dataloader(), *data.val_dataloader(), *(b for part in data.test_dataloader() for b in part)]


def same(a: FoleyBatch, b: FoleyBatch) -> bool:
    tensors = ("features", "label", "lengths", "onset", "strength", "sound", "silent", "audio")
    return (
        a.clip_ids == b.clip_ids
        and a.cues == b.cues
        and all(torch.equal(getattr(a, name), getattr(b, name)) for name in tensors)
    )


def test_stage_clips_do_not_depend_on_workers(stage_cache: Path, tmp_path: Path) -> None:
    # Processes of their own make and load the clips there; here it was this one.
    here, there = stage(stage_cache), stage(tmp_path, workers=2)
    there.workers = 1
    for a, b in zip(here.train_dataloader(), there.train_dataloader(), strict=True):
        assert same(a, b)
    there.workers = 0
    assert all(same(a, b) for a, b in zip(batches(here), batches(there), strict=True))


def test_stage_clips_are_not_rendered_twice(stage_cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: Any) -> None:
        raise AssertionError("rendered again")

    monkeypatch.setattr(stage_source, "render_clip", fail)
    assert len(batches(stage(stage_cache))) == 4
    with pytest.raises(AssertionError, match="rendered again"):
        stage(stage_cache, clip_seed=1)


def test_splits_of_the_stage_share_no_clip(stage_cache: Path) -> None:
    data = stage(stage_cache)
    assert data.test_names() == ["unseen_levels"]
    contents = [s.content(i) for s in data.sources().values() for i in range(len(s))]
    assert len(set(contents)) == 5
    ids = [i for b in batches(data) for i in b.clip_ids]
    assert len(set(ids)) == 5


def test_runs_of_several_seeds_share_clips_in_another_order(stage_cache: Path) -> None:
    orders = []
    for seed in range(4):
        data = stage(stage_cache, seed=seed)
        orders.append([i for b in data.train_dataloader() for i in b.clip_ids])
    assert all(sorted(order) == sorted(orders[0]) for order in orders)
    assert len({tuple(order) for order in orders}) > 1


def frames(seed: int) -> NDArray[np.uint8]:
    still = np.random.default_rng(seed).integers(0, 255, (1, 16, 16, 3), dtype=np.uint8)
    return still.repeat(8, axis=0)


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Eight clips of two classes, one annotated, one that breaks off after its header."""
    root = tmp_path_factory.mktemp("clips")
    for k, label in enumerate(("footsteps", "rain")):
        (root / label).mkdir()
        for i in range(4):
            sound = Waveform(np.full((1, 14_112), 0.1 * (i + 1), dtype=np.float32), 44_100)
            write_video(root / label / f"{i}.mp4", frames(10 * k + i), Fraction(25), sound)
    write_cues(CueSheet((Cue(0.1, "footsteps"),), 0.32), root / "footsteps" / "0.cues.json")
    (root / "rain" / "broken.mp4").write_bytes(b"\0" * 100)
    return root


def folder(root: Path, cache: Path, **options: Any) -> FolderDataModule:
    fractions = {"train": 0.5, "val": 0.25, "test": 0.25}
    data = FolderDataModule(MAKER, root, cache, fractions=fractions, batch_size=2, **options)
    data.setup()
    return data


def test_a_folder_becomes_batches(root: Path, tmp_path: Path) -> None:
    data = folder(root, tmp_path)
    assert {name: len(d) for name, d in data.datasets.items()} == {"train": 4, "val": 2, "test": 2}
    assert [b.path for b in data.bad] == ["rain/broken.mp4"]
    found = batches(data)
    assert sorted(i for b in found for i in b.clip_ids) == sorted(
        f"{label}/{i}" for label in ("footsteps", "rain") for i in range(4)
    )
    for batch in found:
        for i, name in enumerate(batch.clip_ids):
            label, number = name.split("/")
            assert data.labels[int(batch.label[i])] == label
            assert len(batch.cues[i]) == (1 if name == "footsteps/0" else 0)
            # The sound is the clip's own, AAC or not.
            level = float(batch.audio[i].abs().median())
            assert level == pytest.approx(0.1 * (int(number) + 1), rel=0.3)


def test_a_folder_is_split_the_same_for_every_seed_of_a_run(root: Path, tmp_path: Path) -> None:
    splits = [{r.id: r.split for r in folder(root, tmp_path, seed=s).manifest.records} for s in (0, 1)]
    assert splits[0] == splits[1]
    moved = {r.id: r.split for r in folder(root, tmp_path, split_seed=3).manifest.records}
    assert moved != splits[0]


def test_a_manifest_keeps_its_splits(root: Path, tmp_path: Path) -> None:
    first = folder(root, tmp_path)
    first.manifest.save(root / "clips.jsonl")
    again = folder(root / "clips.jsonl", tmp_path, split_seed=9)
    assert again.manifest == first.manifest
    assert all(same(a, b) for a, b in zip(batches(first), batches(again), strict=True))


def test_a_manifest_that_leaks_is_refused(root: Path, tmp_path: Path) -> None:
    text = "".join(
        line.replace('"source": "rain/1"', '"source": "rain/0"') + "\n" for line in _manifest_lines(root, tmp_path)
    )
    (root / "leak.jsonl").write_text(text)
    with pytest.raises(DataError, match="share 1 source: rain/0; split again by source"):
        folder(root / "leak.jsonl", tmp_path)


def _manifest_lines(root: Path, cache: Path) -> list[str]:
    """Lines in which rain/0 is for training and rain/1 for the test."""
    import json

    first = folder(root, cache)
    first.manifest.save(root / "before.jsonl")
    rows = [json.loads(line) for line in (root / "before.jsonl").read_text().splitlines()]
    for row in rows:
        if row.get("id") in ("rain/0", "rain/1"):
            row["split"] = "train" if row["id"] == "rain/0" else "test"
    return [json.dumps(row) for row in rows]


def test_a_clip_too_long_for_memory_is_refused_by_name(root: Path, tmp_path: Path) -> None:
    data = FolderDataModule(MAKER, root, tmp_path)
    source = data.sources()["train"]
    object.__setattr__(source, "max_frames", 7)
    with pytest.raises(DataError, match="8 frames are more than 7; cut it into shorter clips"):
        source.load(0)


def test_a_split_without_a_usable_clip_says_so(tmp_path: Path) -> None:
    (tmp_path / "clips" / "rain").mkdir(parents=True)
    (tmp_path / "clips" / "rain" / "a.mp4").touch()
    with pytest.raises(DataError, match="split 'train': holds no usable clip"):
        folder(tmp_path / "clips", tmp_path / "cache")
