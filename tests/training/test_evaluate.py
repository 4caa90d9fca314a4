"""A trained run judged again, from its folder alone."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import torch

from silentfoley.cli.main import main as command
from silentfoley.errors import CheckpointError
from silentfoley.training.checkpoints import load_run
from silentfoley.training.evaluate import ClipAnswer, evaluate_run, judge, summarise, tuned

WORDS = ("network=frame_relation_motion", "features=motion", "logger=csv", "debug=fast")


@pytest.fixture(scope="module")
def run(train: Callable[..., Path], tmp_path_factory: pytest.TempPathFactory) -> Path:
    return train(tmp_path_factory.mktemp("run") / "run", *WORDS, "data=tiny")


@pytest.fixture(scope="module")
def folder_run(train: Callable[..., Path], clip_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("run") / "run"
    return train(folder, *WORDS, "data=folder", f"data.root={clip_folder}")


def test_reloaded_weights_give_the_numbers_of_training(run: Path) -> None:
    logged = json.loads((run / "metrics.json").read_text())["metrics"]
    module, data, _ = load_run(run)
    data.setup("fit")
    answers = judge(module, data.datasets["val"], data.labels, module.settings)
    assert len(answers) == 2
    assert np.mean([a.predicted == a.label for a in answers]) == pytest.approx(logged["val/class_accuracy"], abs=1e-4)
    assert np.mean([a.event_f1 for a in answers]) == pytest.approx(logged["val/onset_f1"], abs=1e-4)
    with torch.no_grad():
        (batch,) = data.val_dataloader()
        loss = module.loss(module(batch.features, batch.lengths), batch)[0]
    assert float(loss) == pytest.approx(logged["val/loss"], abs=1e-4)


def test_figures_have_n_and_intervals(run: Path) -> None:
    evaluate_run(run)
    result = json.loads((run / "evaluation.json").read_text())
    assert set(result["splits"]) == {"unseen_seeds", "unseen_levels"}
    module, data, _ = load_run(run)
    data.setup("fit")
    assert result["settings"] == tuned(module, data.datasets["val"], data.labels).to_dict()
    assert result["n_bad"] == 0
    for split in result["splits"].values():
        assert split["n"] == 2
        accuracy = split["class_accuracy"]
        assert accuracy["n"] == 2
        assert accuracy["low"] <= accuracy["mean"] <= accuracy["high"]
        assert split["decoys_silent"] == {"mean": None, "low": None, "high": None, "n": 0, "level": 0.95}
        assert sum(sum(row.values()) for row in split["confusion"].values()) == 2
        for act in split["acts"].values():
            assert act["event_f1"]["n"] == act["ceiling_f1"]["n"] >= 1


def test_the_command_prints_a_table_and_lists_bad_clips(
    folder_run: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "result.json"
    assert command(["evaluate", str(folder_run), "--out", str(out)]) == 0
    text = capsys.readouterr().out
    assert "test: class accuracy" in text
    assert "(N = 2)" in text or "(N = 3)" in text
    assert "clips that could not be judged: 2" in text
    assert "rain/broken.mp4: " in text
    assert json.loads(out.read_text())["n_bad"] == 2
    assert not (folder_run / "evaluation.json").exists()
    assert command(["evaluate", str(folder_run), "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["n_bad"] == 2


def test_what_is_no_run_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert command(["evaluate", str(tmp_path)]) == 1
    assert (
        capsys.readouterr().err == f"error: {tmp_path}: has no config.yaml; pass a folder that silentfoley train made\n"
    )


def test_a_damaged_checkpoint_is_refused(run: Path, tmp_path: Path) -> None:
    copy = tmp_path / "run"
    (copy / "checkpoints").mkdir(parents=True)
    (copy / "config.yaml").write_text((run / "config.yaml").read_text())
    again = rf"the run is unfinished; continue it: repeat its overrides and add paths\.run={copy} resume=true"
    with pytest.raises(CheckpointError, match=rf"has no checkpoints/best\.ckpt, {again}"):
        load_run(copy)
    (copy / "metrics.json").write_text("{}")
    with pytest.raises(CheckpointError, match=r"has no checkpoints/best\.ckpt; pass a folder"):
        load_run(copy)
    whole = (run / "checkpoints" / "best.ckpt").read_bytes()
    (copy / "checkpoints" / "best.ckpt").write_bytes(whole[: len(whole) // 2])
    with pytest.raises(CheckpointError, match=r"best\.ckpt: cannot be read"):
        load_run(copy)


def test_shares_and_silence_are_counted() -> None:
    nan = float("nan")
    answers = [
        ClipAnswer("a", "footsteps", False, "footsteps", 0.5, 1.0, 3),
        ClipAnswer("b", "footsteps", True, "rain", 1.0, 1.0, 0),
        ClipAnswer("c", "rain", True, "rain", nan, nan, 2),
    ]
    result = summarise(answers)
    assert result["class_accuracy"]["mean"] == pytest.approx(2 / 3, abs=1e-6)
    assert result["decoys_silent"]["mean"] == 0.5
    assert result["acts"]["footsteps"]["event_f1"]["n"] == 1
    assert result["acts"]["footsteps"]["share"] == 0.5
    assert "rain" not in result["acts"]
    assert result["confusion"]["footsteps"] == {"footsteps": 1, "rain": 1}
