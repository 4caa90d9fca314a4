"""A trained run becomes a model folder that performs, with the weights of its checkpoint."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
import torch

from silentfoley import Foley
from silentfoley.cli.main import main as command
from silentfoley.encoders.features import Joined
from silentfoley.errors import CheckpointError, OutputError, SilentFoleyError
from silentfoley.generators.class_mean import ClassMeanGenerator
from silentfoley.generators.cue_class_mean import CueClassMean
from silentfoley.model_folder import read_config
from silentfoley.registry import build
from silentfoley.training.checkpoints import frozen_classifier
from silentfoley.training.export import export_run
from silentfoley.training.nodes import to_node

TINY = ("data=tiny", "debug=fast", "logger=csv")


@pytest.fixture(scope="module")
def model(classifier_run: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return export_run(classifier_run, tmp_path_factory.mktemp("models") / "model")


def test_the_exported_network_is_the_checkpoints(model: Path, classifier_run: Path) -> None:
    foley = Foley.from_pretrained(model)
    trained = frozen_classifier(classifier_run).network
    features, lengths = torch.rand(1, 12, 3, 64, 64), torch.tensor([12])
    with torch.inference_mode():
        expected, got = trained(features, lengths), foley.perceiver.network(features, lengths)
    for name in ("class_logits", "onset_logits", "strength_logits", "states", "sound"):
        assert torch.equal(getattr(expected, name), getattr(got, name)), name


def test_the_folder_generates_sound(model: Path, clip: Path) -> None:
    foley = Foley.from_pretrained(model)
    assert foley.name == "stage_frame_sequence"
    track = foley.generate(clip, label="footsteps", seed=1)
    assert track.waveform.samples.shape[1] == 2 * track.waveform.sample_rate_hz
    assert read_config(model)["perceiver"]["segment_s"] == 1.0, "clips of training were a second"


def test_the_card_says_what_it_learnt_from(model: Path, classifier_run: Path) -> None:
    card = (model / "CARD.md").read_text(encoding="utf-8")
    record = (classifier_run / "record.json").read_text()
    identity = record.split('"identity": "')[1].split('"')[0]
    assert identity in card
    assert "clips of the stage, root seed 0" in card
    assert "train 4, val 2" in card
    assert "seed 0" in card
    assert "val/class_accuracy" in card
    assert "not evaluated before the export" in card
    assert str(classifier_run.parent) not in card, "no folder of this machine"


def test_an_existing_folder_is_kept_unless_told(
    model: Path, classifier_run: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(OutputError, match="exists; pass overwrite=True or choose another folder"):
        export_run(classifier_run, model)
    assert command(["export", str(classifier_run), "-o", str(model)]) == 1
    assert capsys.readouterr().err == f"error: {model}: exists; pass --overwrite or choose another folder\n"
    assert command(["export", str(classifier_run), "-o", str(model), "--overwrite"]) == 0
    assert capsys.readouterr().out == f"{model}\n"


def test_a_perception_generator_performs_for_its_classifier(
    train: Callable[..., Path], classifier_run: Path, clip: Path, tmp_path: Path
) -> None:
    words = ("experiment=stage_class_mean", *TINY, f"module.task.inputs.run={classifier_run}", "network.n_frames=60")
    run = train(tmp_path / "run", *words)
    foley = Foley.from_pretrained(export_run(classifier_run, tmp_path / "model", generator=run))
    assert isinstance(foley.generator, ClassMeanGenerator)
    known = foley.generator.class_means.isfinite().all(2).all(1)
    label = foley.generator.labels[int(known.nonzero()[0])]
    track = foley.generate(clip, label=label)
    assert abs(track.waveform.samples).max() > 0
    with pytest.raises(SilentFoleyError, match="cannot perform edited cues"):
        foley.render(track.cues)


def test_a_cue_generator_is_fitted_to_its_takes(
    train: Callable[..., Path], classifier_run: Path, tmp_path: Path
) -> None:
    run = train(tmp_path / "run", "experiment=stage_cue_class_mean", *TINY)
    foley = Foley.from_pretrained(export_run(classifier_run, tmp_path / "model", generator=run))
    assert isinstance(foley.generator, CueClassMean)
    with pytest.raises(CheckpointError, match="holds a GeneratorModule; export a classifier's run"):
        export_run(run, tmp_path / "other")
    with pytest.raises(CheckpointError, match="holds a ClassifierModule; name the run of a generator"):
        export_run(classifier_run, tmp_path / "other", generator=classifier_run)
    assert not (tmp_path / "other").exists()


def test_nodes_name_kinds_and_keep_arguments() -> None:
    size = {"_target_": "silentfoley.encoders.features.ColourHistogramFeatures", "bins": 4}
    node = to_node({"_target_": "silentfoley.encoders.features.Joined", "_args_": [size, {**size, "bins": 2}]})
    kind = "colour_histogram_features"
    assert node == {"kind": "joined_features", "args": [{"kind": kind, "bins": 4}, {"kind": kind, "bins": 2}]}
    joined = build(node)
    assert isinstance(joined, Joined)
    assert [e.bins for e in joined.extractors] == [4, 2]


def test_a_class_that_is_not_ours_is_no_part_of_a_model_folder() -> None:
    with pytest.raises(SilentFoleyError, match=r"os\.system: cannot be part of a model folder"):
        to_node({"a": [{"_target_": "os.system"}]})
    with pytest.raises(SilentFoleyError, match="its _partial_ cannot be part of a model folder"):
        to_node({"_target_": "silentfoley.encoders.motion.MotionFeatures", "_partial_": True})
