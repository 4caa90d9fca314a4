"""Where a recording's material or manner is told, and which tells first."""

from __future__ import annotations

import pytest

from silentfoley.bank.recordings import read_attribution, recording_key, scan
from silentfoley.bank.variants import known_variants, sub_folder, variant_called, variant_in, variant_of, words_of
from silentfoley.errors import DataError


@pytest.mark.parametrize(
    ("label", "name", "variant"),
    [
        ("footsteps", "StepHard1.ogg", "hard"),
        ("footsteps", "fs_gravel_02.wav", "gravel"),
        ("footsteps", "concstep4.ogg", "concrete"),
        ("footsteps", "FootStepSnow1.ogg", "snow"),
        ("footsteps", "device.wav", None),
        ("cutting", "KnifeSlice.ogg", "knife"),  # no ice
        ("gunshot", "DSDSHTGN.ogg", "shotgun"),
        ("typing", "typewriter/space.wav", "typewriter"),
        ("typing", "press_key1.mp3", "keys"),
        ("typing", "backspace.wav", None),
        ("car", "engine_large.ogg", "truck"),
        ("horse", "horseman_walk_3.ogg", None),  # a gait is no kind of hoof beat
        ("rain", "rain.ogg", None),
        ("footsteps", "hardwood floor.wav", "wood"),  # not hard
        ("footsteps", "mudguard.wav", None),
        ("footsteps", "stones.wav", "stone"),
        ("typing", "keyboard 3.wav", None),
        ("typing", "keyboardsounds__mx__key-7.ogg", "keys"),
        ("breaking", "Rockfall1.wav", "rock"),
        ("cutting", "SawmillRipcut.ogg", "saw"),
        ("cutting", "default_dig_choppy.1.ogg", "axe"),
        ("car", "engine largely idle.wav", None),
        ("breaking", "three glasses.wav", "glass"),
        ("cutting", "knives.wav", "knife"),
        ("car", "two_lorries.wav", "truck"),
    ],
)
def test_names_tell(label, name, variant):
    assert variant_in(label, name) == variant


def test_words():
    assert words_of("fs_gravel-2 StepHARD3.wav") == ("fs", "gravel", "step", "hard", "wav")


def test_words_by_which_a_variant_goes():
    assert variant_called("breaking", "bottle") == "glass"
    assert variant_called("breaking", "glass") == "glass"
    assert variant_called("horse", "gallop") == "gallop"
    assert variant_called("breaking", "marshmallow") is None
    assert variant_called("kazoo", "wood") is None
    assert "gravel" in known_variants("footsteps")


@pytest.mark.parametrize(
    ("relative", "row", "variant"),
    [
        ("footsteps/snow/wood_1.wav", {"variant": "ice", "tags": "sand"}, "ice"),
        ("footsteps/snow/wood_1.wav", {"variant": "", "tags": "outdoor, sand; close"}, "sand"),
        ("footsteps/snow/wood_1.wav", {"tags": "outdoor"}, "snow"),
        ("footsteps/my boots/wood_1.wav", {}, "my boots"),
        ("footsteps/snow/wood_1.wav", {"tags": "asphalt"}, "concrete"),
        ("footsteps/wood_1.wav", {"tags": "asphalt"}, "concrete"),
        ("footsteps/wood_1.wav", {}, "wood"),
        ("footsteps/one.wav", {}, "grass"),
    ],
)
def test_the_first_that_tells_is_believed(relative, row, variant):
    assert variant_of("footsteps", relative, "pack/grass/01.wav", row) == variant


def test_sub_folders():
    assert sub_folder("footsteps/snow/a.wav") == "snow"
    assert sub_folder("footsteps/snow/monday/a.wav") == "snow"
    assert sub_folder("footsteps/a.wav") is None


def test_a_folder_of_a_material_is_no_session():
    one, two = (recording_key("mine", f"footsteps/gravel/{name}.wav") for name in ("walk 1", "run 1"))
    assert one != two
    assert recording_key("mine", "footsteps/gravel/walk_2.wav") == recording_key("mine", "footsteps/gravel/walk_3.wav")
    assert recording_key("mine", "footsteps/wood/walk_2.wav") != recording_key("mine", "footsteps/gravel/walk_2.wav")
    assert recording_key("mine", "typing/desk/a.wav") == recording_key("mine", "typing/desk/b.wav")


def test_a_table_with_commas(tmp_path):
    (tmp_path / "footsteps").mkdir()
    for name in ("a", "b"):
        (tmp_path / "footsteps" / f"{name}.wav").write_bytes(b"RIFF")
    text = 'file,licence,variant,tags\nfootsteps/a.wav,CC0,,"wood, dry"\nfootsteps/b.wav,CC0,boots,\n'
    (tmp_path / "ATTRIBUTION.csv").write_text(text)
    assert [(r.variant, r.licence) for r in scan(tmp_path)[0]] == [("wood", "CC0"), ("boots", "CC0")]
    (tmp_path / "ATTRIBUTION.csv").write_text(text, encoding="utf-8-sig")
    assert [r.licence for r in scan(tmp_path)[0]] == ["CC0", "CC0"]
    (tmp_path / "ATTRIBUTION.csv").write_text("file,licence\nfootsteps/ä.wav,CC0\n", encoding="latin-1")
    with pytest.raises(DataError, match=r"ATTRIBUTION.csv: cannot be read .*; save it as UTF-8 text"):
        read_attribution(tmp_path)
    (tmp_path / "ATTRIBUTION.csv").write_text(text)
    (tmp_path / "ATTRIBUTION.tsv").write_text("file\n")
    with pytest.raises(DataError, match=r"has both ATTRIBUTION.tsv and ATTRIBUTION.csv; keep one"):
        read_attribution(tmp_path)
