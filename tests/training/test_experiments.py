"""Every experiment takes a fast step, and leaves a run folder that says what it was."""

from __future__ import annotations

import json
import math
import os
from pathlib import Path

import pytest
import torch
from omegaconf import OmegaConf

from silentfoley.training.groups import config_dir

EXPERIMENTS = sorted(p.stem for p in (config_dir() / "experiment").glob("*.yaml"))
TINY = ("data=tiny", "debug=fast", "logger=csv")
FAST = ("debug=fast", "logger=csv")
HEARD = (*TINY, "data.maker.keep_audio=true")
#: A network of 64 px that needs no download stands in for ResNet-50: weights are what the test has not.
RANDOM_RESNET = (
    "features.backbone.architecture=test_resnet.r160_in1k",
    "features.backbone.weights._target_=silentfoley.encoders.frame.RandomWeights",
    "features.size=32",
    "network.input_size=96",
)
#: Frames of 32 px for a backbone: what it says of them has the same shape, ten times sooner.
SEEN = (*TINY, "features.size=32")
#: The sizes of the tiny data, for an experiment that brings others.
FEW = ("data.sizes={{train:4,val:2,unseen_seeds:2,unseen_levels:2}}", "data.batch_size=2")
#: What a user must name, or what keeps a step small.
WORDS = {
    "autofoley_colour_frames": SEEN,
    "autofoley_first_frame": SEEN,
    "autofoley_shuffled": (*TINY, "features.extractor.size=32"),
    "autofoley_space_time": SEEN,
    "autofoley_space_time_colour": (*TINY, "features._args_.0.size=32", "features._args_.1.size=32"),
    "autofoley_class_mean": (*HEARD, "network.n_frames=60"),
    "autofoley_residual_of_sound": (*HEARD, "network.n_frames=60"),
    "autofoley_residual_of_states": (
        *(*HEARD, "network.n_frames=60", "network.n_inputs=192", "classifier={classifier}"),
        *("features=thumbnails", "~features.weights"),
    ),
    "autofoley_cue_class_mean": HEARD,
    "autofoley_resnet50": (*FAST, "data.root={clips}", *RANDOM_RESNET),
    "folder_frame_sequence": (*FAST, "data.root={clips}"),
    "generator_flow": ("data=lessons_tiny", *FAST),
    "generator_noise_band": ("data=lessons_tiny", *FAST),
    "generator_vocoder": ("data=lessons_tiny", *FAST),
    "generator_foley_gan": (*TINY, "module.task.inputs.run={classifier}", "network.action.n_inputs=192"),
    "stage_class_mean": (*TINY, "module.task.inputs.run={classifier}", "network.n_frames=60"),
    "stage_class_mean_teacher": (*TINY, "network.n_frames=60"),
    # It names sizes of its own, which would be rendered.
    "stage_synchrony_motion": (*TINY, *FEW),
}


@pytest.mark.parametrize("name", EXPERIMENTS)
def test_an_experiment_takes_a_step(name: str, train, classifier_run: Path, clip_folder: Path, tmp_path: Path) -> None:
    words = [w.format(clips=clip_folder, classifier=classifier_run) for w in WORDS.get(name, TINY)]
    folder = train(tmp_path / "run", f"experiment={name}", *words)
    result = json.loads((folder / "metrics.json").read_text())
    assert result["epochs"] == 1
    assert math.isfinite(result["metrics"]["train/loss"])
    assert math.isfinite(result["metrics"]["val/loss"])
    # A checkpoint is data: it loads without running anything.
    state = torch.load(folder / "checkpoints" / "best.ckpt", map_location="cpu", weights_only=True)
    assert state["global_step"] == 1
    if name.startswith("folder"):
        assert [b["path"] for b in result["bad"]] == ["barking/dog.mp4", "rain/broken.mp4"]
        assert result["n_bad"] == 2
        assert "barking" in result["bad"][0]["reason"]
    else:
        assert name == "autofoley_resnet50" or result["n_bad"] == 0


def test_a_run_folder_says_what_the_run_was(classifier_run: Path) -> None:
    config = OmegaConf.to_container(OmegaConf.load(classifier_run / "config.yaml"))
    assert config["data"]["sizes"]["train"] == 4, "resolved, not a name"
    assert "${" not in (classifier_run / "config.yaml").read_text()
    record = json.loads((classifier_run / "record.json").read_text())
    assert record["seed"] == 0
    assert record["packages"]["torch"] == torch.__version__.split("+")[0]
    assert all(record[key] for key in ("python", "platform", "cores", "started", "identity", "silentfoley"))
    assert set(record["commit"]) <= {"hash", "dirty"}
    assert record["environment"].get("OMP_NUM_THREADS", "") == os.environ.get("OMP_NUM_THREADS", "")
    assert {p.name for p in (classifier_run / "checkpoints").iterdir()} == {"best.ckpt", "last.ckpt"}
    rows = (classifier_run / "log" / "version_0" / "metrics.csv").read_text().splitlines()
    assert "val/loss" in rows[0]
    assert len(rows) >= 2
    assert json.loads((classifier_run / "metrics.json").read_text())["n_clips"]["train"] == 4
