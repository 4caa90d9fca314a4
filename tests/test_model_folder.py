from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from silentfoley.errors import CheckpointError
from silentfoley.model_folder import EMBEDDED, describe, model_folder, read_config, weights_of
from silentfoley.pretrained import load_foley


def test_models_of_the_package_have_names_and_a_folder_of_such_a_name_its_path(
    model: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert model_folder() == EMBEDDED["best"]
    assert model_folder("fast") == EMBEDDED["fast"]
    assert model_folder(Path("elsewhere")) == Path("elsewhere")
    (tmp_path / "fast").symlink_to(model)
    monkeypatch.chdir(tmp_path)
    assert load_foley("./fast").name == "tiny"


def test_a_misspelt_name_is_taken_for_a_folder_and_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(CheckpointError, match=r"bets: is not a model folder .*; did you mean 'best'\? pass a folder"):
        read_config(model_folder("bets"))


def test_missing_weights_are_told_before_they_are_read(tmp_path: Path) -> None:
    with pytest.raises(CheckpointError, match=r"weights\.safetensors: is missing"):
        weights_of(tmp_path)


def test_a_model_is_described_without_a_framework(model: Path) -> None:
    assert describe(model).startswith("tiny (network_perceiver, procedural, ")
    code = (
        "import sys; from silentfoley.model_folder import describe\n"
        f"describe(); describe({str(model)!r})\n"
        "print(*sys.modules)"
    )
    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert not {"torch", "numpy", "scipy"} & set(loaded.split())
