from __future__ import annotations

import json
from pathlib import Path

from support.command import Command

from silentfoley import __version__


def test_lines(command: Command) -> None:
    said = command("info", model=True)
    assert said.code == 0
    assert said.out.startswith(f"silentfoley: {__version__}\npython: 3.")
    assert "model: tiny (network_perceiver, procedural, " in said.out
    assert "torch 2.11." in said.out


def test_json(command: Command) -> None:
    facts = json.loads(command("info", "--json", model=True).out)
    assert facts["silentfoley"] == __version__
    assert facts["packages"]["torchaudio"].startswith("2.11.")
    assert set(facts["plugins"]) == {"encoders", "classifiers", "generators", "datamodules"}


def test_bad_model(command: Command, tmp_path: Path) -> None:
    said = command("info", "--model", tmp_path / "gone")
    assert said.code == 1
    assert "gone: is not a model folder" in said.error
