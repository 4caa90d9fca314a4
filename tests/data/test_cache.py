from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from silentfoley.data.cache import Entry, FeatureCache
from silentfoley.errors import OutputError

SETTINGS = {"name": "x", "size": 3}


def entry() -> Entry:
    arrays = {"a": np.arange(6, dtype=np.float32).reshape(2, 3), "b": np.zeros((0, 4), dtype=np.uint8)}
    return Entry(arrays, {"id": "größe", "values": [1, 2.5, None]})


def test_round_trip_is_exact(tmp_path: Path) -> None:
    cache = FeatureCache(tmp_path)
    cache.put("clip", SETTINGS, entry())
    found = cache.get("clip", SETTINGS)
    assert found is not None
    assert found.note == entry().note
    for name, array in entry().arrays.items():
        np.testing.assert_array_equal(found.arrays[name], array)
        assert found.arrays[name].dtype == array.dtype


def test_key_depends_on_content_and_every_setting(tmp_path: Path) -> None:
    cache = FeatureCache(tmp_path)
    cache.put("clip", SETTINGS, entry())
    assert cache.get("other", SETTINGS) is None
    assert cache.get("clip", {**SETTINGS, "size": 4}) is None
    assert cache.get("clip", {"size": 3, "name": "x"}) is not None, "the order of settings must not matter"


def test_damaged_file_reads_as_absent_and_is_made_again(tmp_path: Path) -> None:
    cache = FeatureCache(tmp_path)
    cache.put("clip", SETTINGS, entry())
    path = cache.path("clip", SETTINGS)
    path.write_bytes(path.read_bytes()[:40])
    assert cache.get("clip", SETTINGS) is None
    made = []
    cache.fetch("clip", SETTINGS, lambda: made.append(1) or entry())
    cache.fetch("clip", SETTINGS, lambda: made.append(1) or entry())
    assert len(made) == 1


def test_failed_maker_leaves_nothing(tmp_path: Path) -> None:
    cache = FeatureCache(tmp_path)
    with pytest.raises(ZeroDivisionError):
        cache.fetch("clip", SETTINGS, lambda: 1 // 0)
    assert not [p for p in tmp_path.rglob("*") if p.is_file()]


def test_killed_writer_leaves_no_entry(tmp_path: Path) -> None:
    # The process dies between writing the bytes and giving them their name.
    code = f"""
import os, signal, sys
import numpy as np
from pathlib import Path
from silentfoley.data import cache as module
class Path_(type(Path())):
    pass
real = Path.replace
Path.replace = lambda self, target: os.kill(os.getpid(), signal.SIGKILL)
module.FeatureCache({str(tmp_path)!r}).put("clip", {SETTINGS!r}, module.Entry({{"a": np.ones(1000)}}, {{}}))
"""
    done = subprocess.run([sys.executable, "-c", code], check=False)
    assert done.returncode == -9
    assert any(tmp_path.rglob("*.safetensors")), "the writer should have left its temporary file"
    cache = FeatureCache(tmp_path)
    assert cache.get("clip", SETTINGS) is None
    cache.put("clip", SETTINGS, entry())
    assert cache.get("clip", SETTINGS) is not None


def test_a_folder_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(OutputError, match="cannot be made"):
        FeatureCache(tmp_path / "file").put("clip", SETTINGS, entry())
