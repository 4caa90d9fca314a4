from __future__ import annotations

import json
from pathlib import Path

import pytest
import torch
from support.tiny import PERCEIVER_NODE, tiny_foley

from silentfoley.cues import Cue, CueSheet
from silentfoley.errors import CheckpointError, OutputError
from silentfoley.inference.foley import Foley
from silentfoley.model_folder import EMBEDDED, describe
from silentfoley.pretrained import load_foley, save_foley


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return save(tmp_path / "model")


def save(folder: Path, **options: bool) -> Path:
    return save_foley(
        folder,
        name="tiny",
        perceiver=PERCEIVER_NODE,
        generator={"kind": "procedural"},
        foley=tiny_foley(),
        card="# Tiny",
        **options,
    )


def weights(foley: Foley) -> dict[str, torch.Tensor]:
    return foley.perceiver.modules()["network"].state_dict()


def test_round_trip_is_exact(folder: Path) -> None:
    loaded = Foley.from_pretrained(folder)
    assert loaded.name == "tiny"
    assert loaded.settings == tiny_foley().settings
    for name, value in weights(tiny_foley()).items():
        assert torch.equal(weights(loaded)[name], value), name
    assert not any(p.requires_grad for p in loaded.perceiver.modules()["network"].parameters())
    assert "tiny" in describe(folder)


def test_half_precision_is_near(tmp_path: Path) -> None:
    loaded = load_foley(save(tmp_path / "half", half=True))
    for name, value in weights(tiny_foley()).items():
        torch.testing.assert_close(weights(loaded)[name], value, atol=1e-3, rtol=1e-3)


def test_existing_folder_is_kept_unless_told(folder: Path) -> None:
    with pytest.raises(OutputError, match="exists"):
        save(folder)
    save(folder, overwrite=True)


def test_altered_weights_are_refused(folder: Path) -> None:
    path = folder / "weights.safetensors"
    data = bytearray(path.read_bytes())
    data[-1] ^= 1
    path.write_bytes(bytes(data))
    with pytest.raises(CheckpointError, match=r"weights\.safetensors: its bytes differ"):
        load_foley(folder)


def edit(folder: Path, **changes: object) -> None:
    path = folder / "config.json"
    config = json.loads(path.read_text())
    config.update(changes)
    path.write_text(json.dumps(config))


def test_altered_config_is_refused(folder: Path) -> None:
    edit(folder, name="other")
    with pytest.raises(CheckpointError, match="was altered after it was written"):
        load_foley(folder)


def test_other_version_is_refused(folder: Path) -> None:
    edit(folder, format=99)
    with pytest.raises(CheckpointError, match="has format 99, this release reads 1"):
        load_foley(folder)


@pytest.mark.parametrize("name", ["config.json", "weights.safetensors"])
def test_missing_file(folder: Path, name: str) -> None:
    (folder / name).unlink()
    with pytest.raises(CheckpointError, match=r"is missing|is not a model folder"):
        load_foley(folder)


def test_not_a_folder(tmp_path: Path) -> None:
    with pytest.raises(CheckpointError, match="is not a model folder"):
        load_foley(tmp_path / "nowhere")
    (tmp_path / "config.json").write_text("{")
    with pytest.raises(CheckpointError, match="is not JSON"):
        load_foley(tmp_path)


def test_failed_save_leaves_nothing(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="JSON"):
        save_foley(
            tmp_path / "m", name="x", perceiver={"kind": float("nan")}, generator={}, foley=tiny_foley(), card=""
        )
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("name", sorted(EMBEDDED))
def test_a_model_of_the_package_performs(name: str) -> None:
    foley = load_foley(name)
    sheet = CueSheet((Cue(0.1, "footsteps", 0.7),), 0.5)
    assert abs(foley.render(sheet).samples).max() > 0.01
    card = (EMBEDDED[name] / "CARD.md").read_text(encoding="utf-8")
    assert "## Credits" in card
    # Shipped weights may not learn from what binds others to its licence.
    assert "BY-SA" not in card.partition("## Credits")[2]


def test_the_package_stays_small() -> None:
    weights = {p for folder in EMBEDDED.values() for p in folder.iterdir()}
    assert sum(p.stat().st_size for p in weights) < 20e6
