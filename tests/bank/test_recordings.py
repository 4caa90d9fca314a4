"""Which files are one recording, what their licences mean, and how they are split."""

from __future__ import annotations

import numpy as np
import pytest

from silentfoley.bank.recordings import recording_key, scan, source_name, strip_counters
from silentfoley.bank.split import assign_splits
from silentfoley.bank.take import FREE_FAMILIES, licence_family
from silentfoley.bank.twins import find_twins, merge_groups, sketch


@pytest.mark.parametrize(
    ("source", "one", "two", "same"),
    [
        ("karoldvl/ESC-10", "010 - Fire crackling/1-17808-A.ogg", "010 - Fire crackling/1-17808-B.ogg", True),
        ("karoldvl/ESC-10", "010 - Fire crackling/1-17808-A.ogg", "010 - Fire crackling/1-17742-A.ogg", False),
        ("openclonk-data", "oc/Movement.ocg/StepHard1.ogg", "oc/Movement.ocg/StepSoft6.ogg", True),
        ("openclonk-data", "oc/Lightning.ocg/Thunder1.ogg", "oc/Lightning.ocg/Thunder2.ogg", False),
        ("keyboardsounds", "alpaca/press_key1.wav", "alpaca/release_enter.wav", True),
        ("keyboardsounds", "alpaca/press_key1.wav", "mx-blue/press_key1.wav", False),
        ("0ad-data", "audio/fs_grass1.ogg", "audio/fs_grass8.ogg", True),
        ("0ad-data", "audio/fs_grass1.ogg", "audio/fs_wood1.ogg", False),
        ("0ad-data", "F/Foorstep_Sand_Running.ogg", "F/Footstep_Wood_Walking.ogg", True),
        ("minetest-data", "s/default_break_glass.1.ogg", "s/default_break_glass.3.ogg", True),
        ("mine", "rain/monday.wav", "rain/tuesday.wav", False),
        ("mine", "typing/desk/a.wav", "typing/desk/b.wav", True),
        ("mine", "typing/desk/a.wav", "typing/sofa/a.wav", False),
        ("mine", "horse/clop (3).wav", "horse/clop (4).wav", False),
    ],
)
def test_one_recording_or_two(source, one, two, same):
    assert (recording_key(source, one) == recording_key(source, two)) is same


def test_two_packages_with_one_upload_share_its_key():
    esc = recording_key("karoldvl/ESC-10", "010 - Fire crackling/1-4211-A.ogg")
    assert recording_key("openclonk-data", "oc_sound/Fire.ocg/Fire.ogg") == esc == "freesound/4211"


@pytest.mark.parametrize(
    ("stem", "bare"),
    [("fs_snow_11", "fs_snow"), ("break.2", "break"), ("primary2_1", "primary"), ("clip-B", "clip"), ("007", "007")],
)
def test_counters_are_stripped(stem, bare):
    assert strip_counters(stem) == bare


def test_versions_are_no_part_of_a_source():
    assert source_name("0ad-data 0.0.26-1") == "0ad-data"
    assert source_name("karoldvl/ESC-10@553c8f1743b9") == "karoldvl/ESC-10"
    assert source_name("keyboardsounds==6.4.3") == "keyboardsounds"


@pytest.mark.parametrize(
    ("licence", "family"),
    [
        ("CC BY-SA 3.0", "CC BY-SA"),
        ("CC BY 3.0", "CC BY"),
        ("CC BY 3.0 or CC0, per file (authors.txt)", "CC BY"),
        ("CC0", "CC0"),
        ("CC BY-NC 4.0", "CC BY-NC"),
        ("CC BY-NC-SA 4.0", "CC BY-NC"),
        ("CCBYNC", "CC BY-NC"),
        ("CC BY-ND 4.0", "CC BY-ND"),
        ("Attribution-NoDerivatives", "CC BY-ND"),
        ("CC_BY_SA_3.0", "CC BY-SA"),
        ("CCBYSA", "CC BY-SA"),
        ("cc-by-sa-3.0+", "CC BY-SA"),
        ("CC BY 3.0, by Sandy and Nadia", "CC BY"),
        ("MIT (package); profiles credited to others", "MIT"),
        ("BSD-3-Clause", "BSD"),
        ("GPL-2+", "GPL"),
        ("", "unstated"),
        ("all rights reserved", "other"),
    ],
)
def test_licence_families(licence, family):
    assert licence_family(licence) == family


def test_what_may_not_be_changed_or_sold_is_not_free():
    assert not {licence_family(f"CC BY-{x} 4.0") for x in ("ND", "NC", "SA", "NC-ND", "NC-SA")} & FREE_FAMILIES


def test_splits_are_stable_complete_and_by_group():
    groups = {"a": {f"a/{i}" for i in range(20)}, "b": {"b/1", "b/2", "b/3"}, "c": {"c/1", "c/2"}, "d": {"a/3"}}
    split_of, notes = assign_splits(groups)
    assert set(split_of) == set().union(*groups.values())
    counts = [sum(split_of[g] == s for g in groups["a"]) for s in ("train", "val", "test")]
    assert counts == [14, 3, 3]
    assert {split_of[g] for g in groups["b"]} == {"train", "val", "test"}
    assert {split_of[g] for g in groups["c"]} == {"train", "test"}
    assert notes == ["c: 2 recordings, so nothing in val", "d: 1 recording, so nothing in test and val"]
    assert assign_splits(dict(reversed(groups.items())))[0] == split_of


def test_twins_are_found_and_grouped():
    rng = np.random.default_rng(0)
    a, b = (rng.standard_normal(50_000).astype(np.float32) for _ in range(2))
    twin = 0.3 * a + 0.05 * rng.standard_normal(50_000).astype(np.float32)
    pairs = find_twins([sketch(x, 44_100) for x in (a, b, twin)], [50_000] * 3, 44_100)
    assert [(i, j) for i, j, _ in pairs] == [(0, 2)]
    assert merge_groups(["x", "y", "z"], [(0, 2)]) == {"x": "x", "y": "y", "z": "x"}


def test_uploads_next_to_each_other_are_one_session():
    merged = merge_groups(["freesound/21934", "freesound/21935", "freesound/21999", "freesound/x"], [])
    assert merged["freesound/21935"] == "freesound/21934"
    assert len(set(merged.values())) == 3


def test_shared_sounds_are_understood(shared):
    folder = shared / "sounds"
    if not folder.is_dir():
        pytest.skip("the shared recordings are not at hand")
    recordings, skipped = scan(folder)
    assert len(recordings) > 500
    assert [s.name for s in skipped] == ["sounds/wind"]
    assert "outside" in skipped[0].reason or "unknown sound class" in skipped[0].reason
    steps = {r.group for r in recordings if "openclonk-data__Step" in r.name}
    assert steps == {"freesound/31962"}
    assert all(r.licence != "unstated" for r in recordings)
