"""A run that was killed and continued ends as one that was not."""

from __future__ import annotations

import csv
import json
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
import torch

from silentfoley.errors import CheckpointError, OutputError
from silentfoley.training.entry import main
from silentfoley.training.record import identity

TESTS = Path(__file__).resolve().parents[1]
#: Two epochs of two batches, with dropout and random columns and tuples.
WORDS = (
    "network=frame_relation_motion",
    "features=motion",
    "data=tiny",
    "logger=csv",
    "trainer.max_epochs=2",
    "trainer.enable_progress_bar=false",
    "trainer.log_every_n_steps=1",
    "callbacks.progress=null",
    "workers=0",
    "threads=1",
)
KILLER = "+callbacks.killer={_target_: support.killer.KillOnce, mark: '${paths.run}/struck'}"


def weights(folder: Path, name: str) -> dict[str, torch.Tensor]:
    state = torch.load(folder / "checkpoints" / name, map_location="cpu", weights_only=True)
    return state["state_dict"]


@pytest.fixture(scope="module")
def straight(train: Callable[..., Path], tmp_path_factory: pytest.TempPathFactory) -> Path:
    return train(tmp_path_factory.mktemp("straight") / "run", *WORDS)


@pytest.fixture(scope="module")
def killed(straight: Path, cache: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run that a SIGKILL ended in the middle of its second epoch."""
    folder = tmp_path_factory.mktemp("killed") / "run"
    words = [*WORDS, KILLER, f"paths.run={folder}", f"paths.cache={cache}"]
    code = "import sys; from silentfoley.cli.main import main; sys.exit(main(['train', *sys.argv[1:]]))"
    environment = {**os.environ, "PYTHONPATH": str(TESTS)}
    done = subprocess.run([sys.executable, "-c", code, *words], env=environment, capture_output=True, timeout=240)
    assert done.returncode == -signal.SIGKILL, done.stderr.decode()
    assert (folder / "struck").is_file()
    assert (folder / "checkpoints" / "last.ckpt").is_file()
    assert not (folder / "metrics.json").exists()
    return folder


def test_another_configuration_is_refused(killed: Path, train: Callable[..., Path]) -> None:
    with pytest.raises(CheckpointError, match=r"another configuration \(.*seed\); repeat its overrides") as caught:
        train(killed, *WORDS, KILLER, "resume=true", "seed=1")
    assert "\n" not in str(caught.value)


def test_a_started_run_is_not_overwritten(killed: Path, train: Callable[..., Path]) -> None:
    before = (killed / "record.json").read_bytes()
    with pytest.raises(OutputError, match="holds a run already; add resume=true"):
        train(killed, *WORDS, KILLER)
    assert (killed / "record.json").read_bytes() == before


def test_a_killed_run_ends_as_an_uninterrupted_one(killed: Path, straight: Path, train: Callable[..., Path]) -> None:
    train(killed, *WORDS, KILLER, "resume=true")
    for name in ("last.ckpt", "best.ckpt"):
        expected, got = weights(straight, name), weights(killed, name)
        assert expected.keys() == got.keys()
        for key, value in expected.items():
            assert torch.equal(value, got[key]), f"{name}: {key}"
    expected, got = (json.loads((f / "metrics.json").read_text()) for f in (straight, killed))
    assert got == expected
    assert expected["epochs"] == 2
    record = json.loads((killed / "record.json").read_text())
    assert len(record["resumed"]) == 1
    # What was logged before the kill is kept, and the first epoch was not trained again.
    assert epochs(killed / "log" / "version_0") == {0}
    assert epochs(killed / "log" / "version_1") == {1}


def epochs(log: Path) -> set[int]:
    with (log / "metrics.csv").open(newline="") as file:
        return {int(row["epoch"]) for row in csv.DictReader(file) if row["val/loss"]}


def test_a_run_killed_before_its_first_checkpoint_starts_over(
    straight: Path, train: Callable[..., Path], tmp_path: Path
) -> None:
    folder = tmp_path / "run"
    folder.mkdir()
    for name in ("config.yaml", "record.json"):
        text = (straight / name).read_text().replace(str(straight), str(folder))
        (folder / name).write_text(text)
    train(folder, *WORDS, "resume=true")
    assert torch.equal(
        weights(folder, "last.ckpt")["network.curves.bias"], weights(straight, "last.ckpt")["network.curves.bias"]
    )


def test_a_finished_run_keeps_what_it_measured(straight: Path, train: Callable[..., Path], tmp_path: Path) -> None:
    folder = tmp_path / "run"
    shutil.copytree(straight, folder)
    for name in ("config.yaml", "record.json"):
        (folder / name).write_text((straight / name).read_text().replace(str(straight), str(folder)))
    expected = json.loads((straight / "metrics.json").read_text())
    assert expected["metrics"]["val/loss"] > 0
    train(folder, *WORDS, "resume=true")
    assert json.loads((folder / "metrics.json").read_text()) == expected


def test_resume_needs_a_run_folder(train: Callable[..., Path], tmp_path: Path) -> None:
    with pytest.raises(CheckpointError, match="is not a run folder"):
        train(tmp_path / "nothing", *WORDS, "resume=true")
    assert not (tmp_path / "nothing").exists()


def test_identity_ignores_what_changes_no_result() -> None:
    config = {"seed": 0, "paths": {"run": "a"}, "logger": {"csv": 1}, "data": {"workers": 2, "batch_size": 4}}
    same = {"seed": 0, "paths": {"run": "b"}, "logger": {}, "data": {"workers": 0, "batch_size": 4}}
    other = {"seed": 0, "paths": {"run": "a"}, "logger": {"csv": 1}, "data": {"workers": 2, "batch_size": 8}}
    assert identity(config) == identity(same)
    assert identity(config) != identity(other)


def test_main_is_what_the_command_calls(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--cfg", "job", "experiment=stage_frame_relation"]) == 0
    assert "FrameRelationNetwork" in capsys.readouterr().out
