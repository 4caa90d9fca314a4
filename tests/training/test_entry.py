"""The command: sweeps, logs, and errors of one line."""

from __future__ import annotations

import csv
import json
import re
import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import torch
from omegaconf import OmegaConf
from pytorch_lightning.callbacks import ModelCheckpoint, RichProgressBar

from silentfoley.cli.main import main as command
from silentfoley.data.stage_datamodule import StageDataModule
from silentfoley.errors import SilentFoleyError
from silentfoley.training.entry import main
from silentfoley.training.run import build_parts

FAST = ("network=frame_relation_motion", "features=motion", "data=tiny", "debug=fast")


def test_a_sweep_runs_every_job_in_a_folder_of_its_own(cache: Path, tmp_path: Path) -> None:
    words = [*FAST, "logger=csv", "seed=0,1", f"paths.root={tmp_path}", f"paths.cache={cache}"]
    assert main(["--multirun", *words]) == 0
    folders = sorted(p.parent for p in tmp_path.rglob("metrics.json"))
    assert [f.name for f in folders] == ["0", "1"]
    assert folders[0].parent == folders[1].parent
    seeds, states = [], []
    for folder in folders:
        seeds.append(OmegaConf.load(folder / "config.yaml").seed)
        assert (folder / "log" / "version_0" / "metrics.csv").is_file()
        state = torch.load(folder / "checkpoints" / "best.ckpt", map_location="cpu", weights_only=True)
        states.append(state["state_dict"]["network.frame.weight"])
    assert seeds == [0, 1]
    assert not torch.equal(*states)
    assert not list(tmp_path.glob("*/*/checkpoints")), "no job writes into the sweep's own folder"


def test_the_grid_of_a_named_sweep_is_run(cache: Path, tmp_path: Path) -> None:
    names = "silentfoley.encoders.interpolation.RepeatFrames,silentfoley.encoders.interpolation.BlendFrames"
    words = ["sweep=autofoley_interpolation", "seed=0", "data=tiny", "debug=fast", "logger=csv", "features.size=32"]
    # Two of its four ways, one of its seeds: the command line narrows a sweep like everything else.
    words += [f"features.interpolation._target_={names}", f"paths.root={tmp_path}", f"paths.cache={cache}"]
    assert main(["--multirun", *words]) == 0
    configs = [OmegaConf.load(p) for p in sorted(tmp_path.rglob("config.yaml"))]
    assert [c.features.interpolation._target_ for c in configs] == names.split(",")


def test_a_failed_job_does_not_stop_a_sweep(cache: Path, tmp_path: Path) -> None:
    words = [*FAST, "logger=csv", "network.input_size=7,28", f"paths.root={tmp_path}", f"paths.cache={cache}"]
    with pytest.raises(SilentFoleyError, match="expects 7 numbers per column, the features give"):
        main(["--multirun", *words])
    assert [p.parent.name for p in tmp_path.rglob("metrics.json")] == ["1"]


def test_wandb_stays_offline_beside_csv(
    train: Callable[..., Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("WANDB_MODE", raising=False)
    connect = socket.socket.connect

    def local_only(self: socket.socket, address: object) -> None:
        # W&B talks to its own helper on this machine; anything else would leave it.
        assert self.family == socket.AF_UNIX or address[0] in ("127.0.0.1", "localhost", "::1"), address
        connect(self, address)

    monkeypatch.setattr(socket.socket, "connect", local_only)
    folder = train(tmp_path / "run", *FAST, "logger=wandb_offline")
    offline = list((folder / "wandb").glob("offline-run-*/*.wandb"))
    assert len(offline) == 1
    assert offline[0].stat().st_size > 0
    with (folder / "log" / "version_0" / "metrics.csv").open(newline="") as file:
        assert any(row["val/loss"] for row in csv.DictReader(file))


def test_defaults_keep_checkpoints_and_show_a_rich_bar(cache: Path, tmp_path: Path) -> None:
    from hydra import compose, initialize_config_dir

    from silentfoley.training.groups import config_dir

    with initialize_config_dir(str(config_dir()), version_base="1.3"):
        config = compose("train", ["logger=csv", f"paths.run={tmp_path}", f"paths.cache={cache}", "name=x"])
    trainer = build_parts(config).trainer
    kinds = [type(c) for c in trainer.callbacks]
    assert RichProgressBar in kinds
    assert ModelCheckpoint in kinds


@pytest.mark.parametrize(
    ("words", "text"),
    [
        (["network=transformer"], "Could not find 'network/transformer'"),
        (["experiment=nothing"], "Could not find 'experiment/nothing'; see the groups"),
        (["experiment=stage_frame_seq"], "did you mean 'stage_frame_sequence'"),
        (["trainer.epochs=3"], "Could not override 'trainer.epochs'"),
        (["seed"], "seed"),
        (["experiment=folder_frame_sequence"], "data.root is not set; add data.root="),
        (["experiment=stage_class_mean", "data=tiny"], "module.task.inputs.run is not set"),
        (["data=folder", "data.root=nowhere", "debug=fast", "logger=csv"], "nowhere: not a folder"),
    ],
    ids=lambda x: " ".join(x) if isinstance(x, list) else "",
)
def test_errors_are_one_line(words: list[str], text: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert command(["train", *words, f"paths.root={tmp_path}", f"paths.cache={tmp_path / 'cache'}"]) == 1
    out, err = capsys.readouterr()
    assert err.startswith("error: ")
    assert err.count("\n") == 1
    assert text in err
    assert out == ""


def test_help_and_config_are_shown_without_a_run(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert command(["train", "--help"]) == 0
    text = capsys.readouterr().out
    assert re.search(r"^experiment: .*\bautofoley_resnet50\b", text, re.MULTILINE)
    assert "resume=true" in text
    assert command(["train", "--cfg", "job", "experiment=stage_frame_relation"]) == 0
    assert "FrameRelationNetwork" in capsys.readouterr().out
    assert list(tmp_path.iterdir()) == []


def test_a_run_that_never_began_leaves_no_folder(tmp_path: Path) -> None:
    with pytest.raises(SilentFoleyError, match=r"data\.root is not set"):
        main(["experiment=folder_frame_sequence", f"paths.run={tmp_path / 'run'}"])
    assert not (tmp_path / "run").exists()


def test_a_refused_run_leaves_nothing_behind(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    assert command(["train", "experiment=folder_frame_sequence", "data.root=missing/"]) == 1
    assert "missing: not a folder" in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("words", [[], ["--multirun"], ["-m"]])
def test_a_call_that_names_nothing_is_told_the_experiments(
    words: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    assert command(["train", *words]) == 2
    out, err = capsys.readouterr()
    assert err.startswith("error: silentfoley train: no experiment is named; add experiment=NAME, one of autofoley_cl")
    assert ", stage_frame_sequence, " in err
    assert err.count("\n") == 1
    assert out == ""
    assert list(tmp_path.iterdir()) == []


class OfAUser(StageDataModule):
    """Sets itself up as Lightning's documents say."""

    def setup(self, stage=None):
        super().setup(stage)


def test_data_modules_of_a_user_are_set_up_as_lightning_sets_up(cache: Path, tmp_path: Path) -> None:
    run = tmp_path / "run"
    words = [*FAST, "logger=csv", f"data._target_={OfAUser.__module__}.OfAUser", f"paths.run={run}"]
    assert main([*words, f"paths.cache={cache}"]) == 0
    assert (run / "metrics.json").is_file()


def test_who_watches_sees_clips_drawn_before_training(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    seen: list[tuple[int, int, str]] = []

    class Shown:
        def move_to(self, done: int, total: int, text: str = "") -> None:
            seen.append((done, total, text))

    @contextmanager
    def watch(title: str) -> Iterator[Shown]:
        seen.append((0, 0, title))
        yield Shown()
        seen.append((0, 0, "closed"))

    words = [*FAST, "logger=csv", f"paths.run={tmp_path / 'run'}", f"paths.cache={tmp_path / 'cache'}"]
    assert main(words, watch) == 0
    texts = [text for _, _, text in seen]
    assert texts[0].startswith("loading")
    drawn = [f"drawing train {i}/4" for i in range(5)]
    assert [text for text in texts if text.startswith("drawing train")] == drawn
    assert (3, 4, "drawing train 3/4") in seen
    assert "drawing unseen_levels 2/2" in texts
    assert texts[-1] == "closed"
    assert capsys.readouterr().err == f"run folder: {tmp_path / 'run'}\n"
    seen.clear()
    assert main([*words, "resume=true"], watch) == 0
    assert not any("drawing" in text for _, _, text in seen), "all of them are in the cache"


def test_bad_clips_are_listed_and_counted(train: Callable[..., Path], clip_folder: Path, tmp_path: Path) -> None:
    words = ("network=frame_relation_motion", "features=motion", "data=folder", f"data.root={clip_folder}")
    folder = train(tmp_path / "run", *words, "debug=fast", "logger=csv")
    result = json.loads((folder / "metrics.json").read_text())
    assert result["n_bad"] == 2
    bad = {b["path"]: b["reason"] for b in result["bad"]}
    assert bad["barking/dog.mp4"] == "class 'barking' is not among the labels"
    assert bad["rain/broken.mp4"]
    assert sum(result["n_clips"].values()) == 12
