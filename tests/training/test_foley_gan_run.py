"""FoleyGAN through the one entry point: its parts by command, and the way into a model folder."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from hydra import compose, initialize_config_dir
from hydra.utils import instantiate

from silentfoley.generators.foley_discriminator import PlainHead, ProjectionHead
from silentfoley.generators.foley_gan import FoleyGan
from silentfoley.pretrained import load_foley
from silentfoley.training.export import export_run
from silentfoley.training.groups import config_dir

GAN = ("experiment=generator_foley_gan", "data=tiny", "debug=fast", "logger=csv")


def parts(*words: str):
    with initialize_config_dir(str(config_dir()), version_base="1.3"):
        config = compose("train", [*GAN, "paths.run=unused", "module=foley_gan_teacher", *words])
    return instantiate(config.module, _convert_="all").task


def test_ablations_by_command() -> None:
    whole = parts("network.action.n_inputs=2")
    assert isinstance(whole.discriminator.head, ProjectionHead)
    assert whole.discriminator.head.action.n_inputs == whole.generator.action.n_inputs == 2
    assert (whole.reconstruction, whole.matching) == (0, 0)
    class_only = parts("network.action=null")
    assert class_only.generator.action is None
    assert isinstance(class_only.discriminator.head, ProjectionHead)
    assert class_only.discriminator.head.action is None
    plain = parts("module.task.discriminator.head=null")
    assert isinstance(plain.discriminator.head, PlainHead)
    weighted = parts("module.task.reconstruction=5.0", "module.task.matching=10.0")
    assert (weighted.reconstruction, weighted.matching) == (5, 10)


def test_a_run_becomes_a_model_folder(train: Callable[..., Path], classifier_run: Path, tmp_path: Path) -> None:
    words = (f"module.task.inputs.run={classifier_run}", "network.action.n_inputs=192")
    run = train(tmp_path / "run", *GAN, *words)
    foley = load_foley(export_run(classifier_run, tmp_path / "model", generator=run))
    assert isinstance(foley.generator, FoleyGan)
    assert foley.generator.action is not None
    assert float(foley.generator.action.scale.scale.std()) > 0, "fitted scales travel"
    assert foley.generator.features.n_mels == 64


def test_lightning_cannot_clip_for_two_optimisers(
    train: Callable[..., Path], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ("module=foley_gan_teacher", "network.action.n_inputs=2")
    with pytest.raises(Exception, match="manual optimization"):
        train(tmp_path / "run", *GAN, *words, "trainer.gradient_clip_val=1.0")
