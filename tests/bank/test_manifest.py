"""A folder of recordings against its list."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest

from silentfoley.bank.manifest import (
    COLUMNS,
    Difference,
    compare,
    manifest_of,
    read_manifest,
    split_version,
    write_manifest,
)
from silentfoley.errors import DataError

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    root = tmp_path / "sounds"
    for name in ("footsteps/a_1.wav", "footsteps/a_2.wav", "rain/b.ogg", "wind/c.ogg"):
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_bytes(name.encode())
    rows = ("file\tsource\tlicence\toriginal", "rain/b.ogg\tgame-data 1.2-3\tCC0\tsfx/b.ogg")
    (root / "ATTRIBUTION.tsv").write_text("\n".join(rows) + "\n")
    return root


def test_every_recording_is_named_with_its_hash(folder):
    one, two, rain = manifest_of(folder)
    assert [e.file for e in (one, two, rain)] == ["footsteps/a_1.wav", "footsteps/a_2.wav", "rain/b.ogg"]
    assert rain.sha256 == hashlib.sha256(b"rain/b.ogg").hexdigest()
    assert (rain.package, rain.version, rain.licence, rain.original) == ("game-data", "1.2-3", "CC0", "sfx/b.ogg")
    assert one.recording == two.recording != rain.recording
    assert (one.licence, one.version) == ("unstated", "")


def test_a_manifest_comes_back_as_it_was(folder, tmp_path):
    entries = manifest_of(folder)
    path = write_manifest(reversed(entries), tmp_path / "m.tsv")
    assert read_manifest(path) == entries
    assert path.read_text().splitlines()[0] == "\t".join(COLUMNS)
    assert str(tmp_path) not in path.read_text()


def test_odd_names_come_back_too(folder, tmp_path):
    for name in ("two\u2028parts.wav", 'a "quoted" one.wav', "a\x0cb.wav"):
        (folder / "rain" / name).write_bytes(name.encode())
    entries = manifest_of(folder)
    assert len(entries) == 6
    assert read_manifest(write_manifest(entries, tmp_path / "m.tsv")) == entries


def test_missing_changed_and_extra_are_told(folder):
    wanted = manifest_of(folder)
    assert compare(folder, wanted) == Difference((), (), (), 3)
    assert not compare(folder, wanted)
    (folder / "footsteps" / "a_1.wav").unlink()
    (folder / "rain" / "b.ogg").write_bytes(b"another")
    (folder / "rain" / "new.ogg").write_bytes(b"new")
    found = compare(folder, wanted)
    assert found
    assert found == Difference(("footsteps/a_1.wav",), ("rain/b.ogg",), ("rain/new.ogg",), 1)


@pytest.mark.parametrize(
    ("source", "parts"),
    [
        ("0ad-data 0.0.26-1", ("0ad-data", "0.0.26-1")),
        ("keyboardsounds==6.4.3", ("keyboardsounds", "6.4.3")),
        ("karoldvl/ESC-10@553c8f1743b9", ("karoldvl/ESC-10", "553c8f1743b9")),
        ("openclonk-data 8.1-3 (Sound.ocg)", ("openclonk-data", "8.1-3 (Sound.ocg)")),
        ("mine", ("mine", "")),
    ],
)
def test_versions(source, parts):
    assert split_version(source) == parts


def test_refusals(folder, tmp_path):
    path = tmp_path / "m.tsv"
    with pytest.raises(DataError, match=r"cannot be read.*silentfoley bank manifest"):
        read_manifest(path)
    path.write_text("file\tsha256\n")
    with pytest.raises(DataError, match="names no recording"):
        read_manifest(path)
    path.write_text("file\tsha256\na\tb\n")
    with pytest.raises(DataError, match="has no column 'label'"):
        read_manifest(path)
    write_manifest([*manifest_of(folder), manifest_of(folder)[0]], path)
    with pytest.raises(DataError, match=r"line 3: names footsteps/a_1.wav twice"):
        read_manifest(path)
    write_manifest(manifest_of(folder), path)
    path.write_text(path.read_text().replace(hashlib.sha256(b"rain/b.ogg").hexdigest(), "0"))
    with pytest.raises(DataError, match="'0' is no SHA-256"):
        read_manifest(path)


def test_the_list_of_our_bank_is_whole_and_fits_the_shared_recordings(shared):
    entries = read_manifest(ROOT / "docs" / "bank_manifest.tsv")
    assert {e.file.partition("/")[0] for e in entries} == {e.label for e in entries}
    assert all(e.package and e.version and e.licence != "unstated" for e in entries)
    if not (shared / "sounds").is_dir():
        pytest.skip("the shared recordings are not at hand")
    assert compare(shared / "sounds", entries) == Difference((), (), (), len(entries))
