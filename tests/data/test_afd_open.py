"""Public clips under our classes: the table, the lists, and what is not there."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

from silentfoley.data.afd_open import DATASETS, MISSING, SEVERAL, index_open, read_clip_list, read_label_map
from silentfoley.data.afd_open_datamodule import AfdOpenDataModule
from silentfoley.data.items import ItemMaker
from silentfoley.encoders.features import ColourHistogramFeatures
from silentfoley.errors import DataError, LabelError
from silentfoley.labels import LABELS
from silentfoley.media.encode import write_video

VGGSOUND = """aaaaaaaaaaa,30,raining,train
bbbbbbbbbbb,5,"race car, auto racing",test
ccccccccccc,0,playing harp,train
ddddddddddd,7,thunder,train
"""


def video(path: Path, seed: int) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    frames = np.random.default_rng(seed).integers(0, 255, (5, 16, 16, 3), dtype=np.uint8)
    write_video(path, frames, Fraction(25))


@pytest.fixture
def held(tmp_path: Path) -> Path:
    for i, name in enumerate(
        (
            "vggsound/train/aaaaaaaaaaa_000030.mp4",
            "vggsound/bbbbbbbbbbb_5.mp4",
            "avsync15/hammering/ddddddddddd_000001.mp4",
            "greatest_hits/2015-01-01-00-00-00_denoised.mp4",
        )
    ):
        video(tmp_path / name, i)
    (tmp_path / "vggsound.csv").write_text(VGGSOUND)
    (tmp_path / "avsync15.txt").write_text("hammering/ddddddddddd_000001.mp4\nplaying_cello/x.mp4\n")
    (tmp_path / "hits.txt").write_text("2015-01-01-00-00-00\n2015-02-02-00-00-00\n")
    return tmp_path


def lists(folder: Path) -> dict[str, list[Path]]:
    return {
        "vggsound": [folder / "vggsound.csv"],
        "avsync15": [folder / "avsync15.txt"],
        "greatest_hits": [folder / "hits.txt"],
    }


def test_the_table_names_our_classes_and_all_three_sets() -> None:
    table = read_label_map()
    assert set(table) == set(DATASETS)
    assert all(table.values())
    ours = {label for rows in table.values() for label in rows.values()}
    assert set(LABELS) - ours == {"clock", "breaking"}
    assert table["vggsound"]["race car, auto racing"] == "car", "a label with a comma stays whole"


def test_held_clips_are_found_by_id_and_missing_ones_named(held: Path) -> None:
    manifest = index_open(held, lists(held))
    assert {r.path: r.label for r in manifest.records} == {
        "vggsound/train/aaaaaaaaaaa_000030.mp4": "rain",
        "vggsound/bbbbbbbbbbb_5.mp4": "car",
        "avsync15/hammering/ddddddddddd_000001.mp4": "impact",
        "greatest_hits/2015-01-01-00-00-00_denoised.mp4": "impact",
    }
    assert [(b.path, b.reason) for b in manifest.bad] == [
        ("greatest_hits/2015-02-02-00-00-00", MISSING),
        ("vggsound/ddddddddddd_000007", MISSING),
    ]


def test_clips_of_one_video_share_their_source_across_sets(held: Path) -> None:
    video(held / "vggsound/ddddddddddd_000007.mp4", 9)
    sources = {r.path: r.source for r in index_open(held, lists(held)).records}
    assert sources["vggsound/ddddddddddd_000007.mp4"] == sources["avsync15/hammering/ddddddddddd_000001.mp4"]


def test_the_datamodule_splits_them_and_counts_the_missing(held: Path) -> None:
    maker = ItemMaker(ColourHistogramFeatures(2))
    data = AfdOpenDataModule(maker, held, held / "cache", lists=lists(held), fractions={"train": 0.5, "val": 0.5})
    data.setup()
    assert sum(map(len, data.datasets.values())) == 4
    assert len(data.bad) == 2


@pytest.mark.parametrize(
    ("line", "pattern", "what"),
    [
        ("aaaaaaaaaaa_000030", None, "1 clips: aaaaaaaaaaa_000030"),
        ("aaaaaaaaaaa_000030.mp4", None, "1 clips"),
        ("aaaaaaaaaaa_000030", r"^[\w-]{11}", "1 clips: .*1 recordings: aaaaaaaaaaa"),
        # Another cut of the same video.
        ("aaaaaaaaaaa_000150", r"^[\w-]{11}", "1 recordings: aaaaaaaaaaa"),
        ("ddddddddddd", None, "1 recordings: ddddddddddd"),
        ("2015-01-01-00-00-00_denoised_3.14", r"^\d{4}(-\d\d){5}", "1 recordings: 2015-01-01-00-00-00"),
    ],
)
def test_a_test_list_as_others_write_it_is_kept_apart(held: Path, line: str, pattern: str | None, what: str) -> None:
    def data(text: str) -> AfdOpenDataModule:
        (held / "test.txt").write_text(text)
        maker = ItemMaker(ColourHistogramFeatures(2))
        tests, fractions = [held / "test.txt"], {"train": 1.0}
        return AfdOpenDataModule(
            maker,
            held,
            held / "cache",
            lists=lists(held),
            fractions=fractions,
            apart_from=tests,
            source_pattern=pattern,
        )

    with pytest.raises(DataError, match=f"overlaps what was trained on, .*{what}"):
        data(f"{line}\n").sources()
    other = line.translate(str.maketrans("ad5", "ef6"))
    assert len(data(f"{other}\n").sources()["train"]) == 4


def test_two_files_of_one_id_are_named_and_neither_is_taken(held: Path) -> None:
    video(held / "vggsound/again/aaaaaaaaaaa_000030.mp4", 9)
    manifest = index_open(held, lists(held))
    assert not [r.path for r in manifest.records if "aaaaaaaaaaa" in r.path]
    both = "vggsound/again/aaaaaaaaaaa_000030.mp4, vggsound/train/aaaaaaaaaaa_000030.mp4"
    assert {b.path: b.reason for b in manifest.bad}["vggsound/aaaaaaaaaaa_000030"] == f"{SEVERAL}: {both}"


def test_what_cannot_be_read_is_refused_by_name(held: Path) -> None:
    with pytest.raises(DataError, match="no list of clips is named"):
        index_open(held, {"vggsound": []})
    with pytest.raises(DataError, match=r"data\.lists\.vgg_sound: is no known data set; use vggsound, avsync15"):
        index_open(held, {"vgg_sound": [held / "vggsound.csv"]})  # type: ignore[dict-item]
    (held / "vggsound.csv").write_text("aaaaaaaaaaa,soon,raining\n")
    with pytest.raises(DataError, match=r"line 1.*not of vggsound's format"):
        read_clip_list(held / "vggsound.csv", "vggsound", {"raining": "rain"})
    with pytest.raises(DataError, match=r"avsync15.*is not a folder"):
        index_open(held / "vggsound", {"avsync15": [held / "avsync15.txt"]})
    (held / "map.csv").write_text("dataset,theirs,ours\nvggsound,raining,drizzle\n")
    with pytest.raises(LabelError, match="drizzle"):
        read_label_map(held / "map.csv")
    (held / "map.csv").write_text("theirs,ours\nraining,rain\n")
    with pytest.raises(DataError, match="has columns"):
        read_label_map(held / "map.csv")
