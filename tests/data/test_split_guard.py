"""Lists shaped like the three splits of Greatest Hits: videos, chunks and single hits of the same 977 videos."""

import json
from dataclasses import replace
from fractions import Fraction

import numpy as np
import pytest

from silentfoley.data.folder_datamodule import FolderDataModule
from silentfoley.data.items import ItemMaker
from silentfoley.data.manifest import ClipRecord, Manifest
from silentfoley.data.split_guard import ClipList, check_apart, overlap, overlap_table
from silentfoley.encoders.features import ColourHistogramFeatures
from silentfoley.errors import DataError
from silentfoley.media.encode import write_video

VIDEO = r"^\d{4}(-\d\d){5}"
VIDEOS = [f"2015-{1 + i // 100:02d}-{1 + i % 28:02d}-{i % 24:02d}-{i // 24 % 60:02d}-{i % 60:02d}" for i in range(977)]


def splits():
    """Train and test of three lists over the same videos, cut in different units, dealt in different orders."""
    assert len(set(VIDEOS)) == 977
    orders = [np.random.default_rng(seed).permutation(VIDEOS).tolist() for seed in range(3)]
    owens = orders[0][:731], orders[0][735:]
    chunks = [[f"{v}_chunk{k}" for v in part for k in range(3)] for part in (orders[1][:683], orders[1][781:])]
    hits = [[f"{v}_denoised_{k}.14" for v in part for k in range(5)] for part in (orders[2][:873], orders[2][880:])]
    parts = {"gh-owens": owens, "gh-syncfusion": chunks, "gh-condfoley": hits}
    return {
        name: tuple(ClipList.of_ids(f"{name}/{s}", ids, VIDEO) for s, ids in zip(("train", "test"), both, strict=True))
        for name, both in parts.items()
    }


def test_each_split_is_apart_from_itself():
    for train, test in splits().values():
        check_apart(train, test)


def test_across_splits_units_differ_and_recordings_do_not():
    lists = splits()
    train, test = lists["gh-syncfusion"][0], lists["gh-owens"][1]
    shared = overlap(train, test)
    by_hand = set(test.sources) & {i.partition("_")[0] for i in train.sources}
    assert set(shared.sources) == by_hand
    assert len(by_hand) > 100
    assert shared.clips == ()
    with pytest.raises(DataError) as caught:
        check_apart(train, test)
    text = str(caught.value)
    assert "gh-owens/test (242 clips of 242 recordings" in text
    assert "trained on, gh-syncfusion/train (2049 clips of 683 recordings" in text
    assert f"{len(by_hand)} recordings: {', '.join(sorted(by_hand)[:5])}, ..." in text
    assert f"({len(by_hand)} of 242 test clips are cut from them)" in text
    assert "clips:" not in text.partition("trained on")[2]


def test_every_wrong_pair_is_refused_and_the_table_counts_it():
    lists = list(splits().values())
    table = overlap_table(lists).splitlines()
    for row, (_, test) in enumerate(lists):
        counts = [int(c) for c in table[row + 1].split()[-3:]]
        for column, (train, _) in enumerate(lists):
            assert (counts[column] == 0) == (row == column)
            if row != column:
                with pytest.raises(DataError, match="overlaps what was trained on"):
                    check_apart([lists[row][0], train], test)


def test_clips_and_identical_files_are_listed():
    a = ClipRecord("a/x", "a/x.mp4", "a", "s1", 1.0, "f" * 64)
    twin = ClipRecord("b/y", "b/y.mp4", "b", "s2", 1.0, "f" * 64)
    with pytest.raises(DataError, match="1 identical files: a/x = b/y"):
        check_apart(ClipList.of_records("train", [a]), ClipList.of_records("test", [twin]))
    with pytest.raises(DataError, match=r"1 clips: a/x; 1 recordings: s1 \(1 of 1 test clips"):
        check_apart(ClipList.of_records("train", [a]), ClipList.of_records("test", [a]))


@pytest.mark.parametrize(
    ("train", "test", "alike"),
    [
        ("rain/c1", "c1", True),
        ("c1", "rain/c1", True),
        ("rain/c1", "c1.mp4", True),
        ("rain/c1", "/somewhere/rain/c1.MP4", True),
        ("rain/c1", "dog/c1", False),
        ("rain/c1", "c11", False),
        # Two hits of a recording: what stands after their dot is no suffix of a file.
        ("hit/c_3.14", "c_3.50", False),
        # Names of another owner.
        ("training: rain/c1", "c1", False),
    ],
)
def test_names_with_and_without_folder_and_suffix_are_alike(train, test, alike):
    lists = ClipList("train", {train: "s1"}), ClipList("test", {test: "s2"})
    assert overlap(*lists).clips == ((test,) if alike else ())
    # Recordings likewise.
    lists = ClipList("train", {"x": train}), ClipList("test", {"y": test})
    assert overlap(*lists).sources == ((test,) if alike else ())
    assert bool(overlap(*lists)) == alike


def test_digest_names_the_list_not_its_order():
    ids = VIDEOS[:5]
    assert ClipList.of_ids("a", ids).digest == ClipList.of_ids("b", ids[::-1]).digest
    assert ClipList.of_ids("a", ids).digest != ClipList.of_ids("a", ids[:4]).digest
    assert ClipList.of_ids("a", ["v_1"]).digest != ClipList.of_ids("a", ["v_1"], "^[^_]+").digest


def test_files(tmp_path):
    (tmp_path / "l.txt").write_text("# a list\nv1_a\nv2_b\n")
    (tmp_path / "l.csv").write_text("path,source\nv1_a.mp4,v1\nv2_b.mp4,\n")
    (tmp_path / "l.jsonl").write_text(
        json.dumps({"id": "v1_a", "source": "v1"}) + "\n" + json.dumps({"bad": {}}) + "\n"
    )
    text, table, lines = (ClipList.load(tmp_path / f"l.{s}", source_pattern="^v.") for s in ("txt", "csv", "jsonl"))
    assert text.sources == table.sources == {"v1_a": "v1", "v2_b": "v2"}
    assert lines.sources == {"v1_a": "v1"}
    assert text.name == "l"
    with pytest.raises(DataError, match="does not match"):
        ClipList.load(tmp_path / "l.txt", source_pattern="^w")
    (tmp_path / "empty.txt").write_text("\n")
    with pytest.raises(DataError, match="lists no clips"):
        ClipList.load(tmp_path / "empty.txt")
    (tmp_path / "bad.jsonl").write_text("[1]\n")
    with pytest.raises(DataError, match=r"bad\.jsonl row 1: names no clip; give it an id or a path"):
        ClipList.load(tmp_path / "bad.jsonl")


def test_a_list_is_read_as_it_was_saved(tmp_path):
    made = ClipList("train", {"a/x": "s1", "b/y": "s2"}, {"a/x": "f" * 64})
    made.save(tmp_path / "run" / "trained_on.jsonl")
    for path in (tmp_path / "run", tmp_path / "run" / "trained_on.jsonl"):
        loaded = ClipList.load(path)
        assert (loaded.sources, loaded.contents, loaded.digest) == (made.sources, made.contents, made.digest)
    assert ClipList.load(tmp_path / "run").name == "run"
    with pytest.raises(DataError, match=r"trained_on\.jsonl: cannot be read"):
        ClipList.load(tmp_path)


def test_joined_lists_hold_the_clips_of_all():
    one, two = ClipList("a", {"x": "1"}, {"x": "f"}), ClipList("b", {"y": "2"})
    both = ClipList.joined([one, two])
    assert (both.name, both.sources, both.contents) == ("a + b", {"x": "1", "y": "2"}, {"x": "f"})


@pytest.fixture
def greatest_hits(tmp_path):
    """The three splits as manifests, nothing decoded yet, and their test lists as plain text."""
    for name, (train, test) in splits().items():
        parts = {"train": train, "test": test}
        records = [
            ClipRecord(i, f"{i}.mp4", "impact", source, 2.0, "", split)
            for split, part in parts.items()
            for i, source in part.sources.items()
        ]
        Manifest(tuple(records)).save(tmp_path / f"{name}.jsonl")
        (tmp_path / f"{name}.txt").write_text("".join(f"{i}\n" for i in test.sources))
    return tmp_path


def test_training_on_one_and_testing_on_an_overlapping_one_is_refused(greatest_hits):
    names, lists = list(splits()), splits()

    def data(train, test):
        tests = [greatest_hits / f"{test}.txt"]
        maker = ItemMaker(ColourHistogramFeatures())
        root, cache = greatest_hits / f"{train}.jsonl", greatest_hits / "cache"
        return FolderDataModule(maker, root, cache, apart_from=tests, source_pattern=VIDEO)

    for train in names:
        for test in names:
            if train == test:
                assert len(data(train, test).sources()["train"]) == len(lists[train][0])
                continue
            shared = {s.partition("_")[0] for s in lists[train][0].sources} & set(lists[test][1].sources.values())
            wanted = f"{len(shared)} recordings: {', '.join(sorted(shared)[:5])}, ..."
            with pytest.raises(DataError, match=f"{test} .* overlaps what was trained on, {train}/train .*{wanted}"):
                data(train, test).setup("fit")
    assert not (greatest_hits / "cache").exists(), "refused before anything is decoded"


def chunk(path, seed):
    path.parent.mkdir(parents=True, exist_ok=True)
    frames = np.random.default_rng(seed).integers(0, 255, (5, 16, 16, 3), dtype=np.uint8)
    write_video(path, frames, Fraction(25))


CHUNK = r"[^/]+(?=_chunk)"


@pytest.fixture
def chunks(tmp_path):
    """Three cuts of each of six recordings, as a folder that does not say so, and a test list that does not either."""
    for k in range(6):
        for i in range(3):
            chunk(tmp_path / "afd" / "rain" / f"v{k}_chunk{i}.mp4", 3 * k + i)
    (tmp_path / "test.txt").write_text("v0_chunk7\n")
    return tmp_path


def afd(folder, root="afd", **options):
    return FolderDataModule(
        ItemMaker(ColourHistogramFeatures()), folder / root, folder / "cache", labels=["rain"], **options
    )


def test_the_pattern_names_the_recordings_that_are_trained_on_too(chunks):
    split_of = {}
    for record in afd(chunks, source_pattern=CHUNK).manifest.records:
        assert record.source == record.id.removeprefix("rain/").partition("_")[0]
        split_of.setdefault(record.source, set()).add(record.split)
    assert all(len(splits) == 1 for splits in split_of.values()), "cuts of one recording in two splits"
    tests = [chunks / "test.txt"]
    with pytest.raises(DataError, match=r"overlaps what was trained on, afd/train.*1 recordings: v0"):
        afd(chunks, source_pattern=CHUNK, apart_from=tests, fractions={"train": 1.0}).sources()
    # Without it, every cut is a recording of its own and nothing is seen.
    afd(chunks, apart_from=tests, fractions={"train": 1.0}).sources()
    with pytest.raises(DataError, match="clip 'rain/v0_chunk0': does not match"):
        afd(chunks, source_pattern="^v").sources()


def test_the_pattern_leaves_recordings_that_are_named(chunks):
    rows = "".join(f"afd/rain/v{k}_chunk{i}.mp4,rain,{'tape' if k == 0 else ''}\n" for k in range(6) for i in range(3))
    (chunks / "clips.csv").write_text("path,label,source\n" + rows)
    found = {r.id: r.source for r in afd(chunks, "clips.csv", source_pattern=CHUNK).manifest.records}
    assert found["afd/rain/v0_chunk1"] == "tape"
    assert found["afd/rain/v1_chunk1"] == "v1"


def test_twins_of_two_recordings_join_these_by_the_pattern(chunks):
    rain = chunks / "afd" / "rain"
    (rain / "v1_chunk0.mp4").write_bytes((rain / "v0_chunk0.mp4").read_bytes())
    found = {r.source for r in afd(chunks, source_pattern=CHUNK).manifest.records if r.id[5:7] in ("v0", "v1")}
    assert found == {"v0"}


def test_a_manifest_is_not_believed_of_files_at_hand(chunks):
    path = chunks / "afd.jsonl"
    records = [replace(r, path=f"afd/{r.path}") for r in afd(chunks).manifest.records]
    Manifest(tuple(records)).save(path)
    assert afd(chunks, "afd.jsonl").manifest.records == tuple(records)
    Manifest(tuple(replace(r, sha256="") for r in records)).save(path)
    assert afd(chunks, "afd.jsonl").manifest.records == tuple(records), "digests are filled in"
    Manifest(tuple(records)).save(path)
    swapped = chunks / records[2].path
    chunk(swapped, 99)
    with pytest.raises(
        DataError, match=rf"{swapped.name}: is not the file that was listed .*; put the listed file back"
    ):
        afd(chunks, "afd.jsonl").sources()
    # The list of tests is read alike.
    with pytest.raises(DataError, match="is not the file that was listed"):
        ClipList.load(path)
    swapped.unlink()
    assert len(afd(chunks, "afd.jsonl").manifest.records) == 18, "of a file that is elsewhere it is believed"
    assert ClipList.load(path).contents[records[2].id] == records[2].sha256


def test_a_list_with_paths_knows_its_files_bytes(chunks):
    twin = chunks / "tests" / "other.mp4"
    twin.parent.mkdir()
    twin.write_bytes((chunks / "afd" / "rain" / "v3_chunk1.mp4").read_bytes())
    (chunks / "tests" / "list.csv").write_text("path\nother.mp4\n")
    with pytest.raises(DataError, match=r"1 identical files: rain/v3_chunk1 = other"):
        afd(chunks, apart_from=[chunks / "tests" / "list.csv"], fractions={"train": 1.0}).sources()


def test_a_folder_is_refused_by_a_list_of_bare_names(tmp_path):
    folder = tmp_path / "afd"
    for label, name in (("rain", "one"), ("rain", "two"), ("dog", "three")):
        video = folder / label / f"{name}.mp4"
        video.parent.mkdir(parents=True, exist_ok=True)
        write_video(video, np.full((5, 16, 16, 3), len(name) * 40, dtype=np.uint8), Fraction(25))

    def data(text):
        (tmp_path / "test.txt").write_text(text)
        maker, fractions = ItemMaker(ColourHistogramFeatures()), {"train": 1.0}
        labels, tests = ["rain", "dog"], [tmp_path / "test.txt"]
        return FolderDataModule(maker, folder, tmp_path / "cache", fractions=fractions, labels=labels, apart_from=tests)

    with pytest.raises(DataError, match=r"overlaps what was trained on, afd/train .*1 clips: two"):
        data("two\nfour\n").sources()
    assert len(data("dog/two\nfour\n").sources()["train"]) == 3
