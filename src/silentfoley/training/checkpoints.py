"""From a run folder back to its objects, with the best weights."""

from __future__ import annotations

from pathlib import Path
from typing import Any, cast

import torch
from hydra.utils import instantiate
from omegaconf import DictConfig, OmegaConf
from omegaconf.errors import OmegaConfBaseException
from torch import Tensor, nn

from silentfoley.data.datamodule import ClipDataModule
from silentfoley.errors import CheckpointError
from silentfoley.generators.tasks import FrozenClassifier
from silentfoley.training.run import build_parts
from silentfoley.training.run_folder import REMEDY, best_checkpoint, config_file


def load_config(folder: Path) -> DictConfig:
    """The resolved configuration of a run.

    Raises:
        CheckpointError: if the folder holds none.
    """
    path = config_file(folder)
    try:
        return cast(DictConfig, OmegaConf.load(path))
    except (OmegaConfBaseException, ValueError) as error:
        raise CheckpointError(path, f"cannot be read ({error})", REMEDY) from None


def read_state(path: Path) -> dict[str, Tensor]:
    """Weights of a Lightning checkpoint; nothing in it is run.

    Raises:
        CheckpointError: if it cannot be read.
    """
    try:
        return cast(dict[str, Tensor], torch.load(path, map_location="cpu", weights_only=True)["state_dict"])
    except Exception as error:  # damaged files raise many kinds
        reason = str(error).splitlines()[0] if str(error) else type(error).__name__
        raise CheckpointError(path, f"cannot be read ({reason})", "train again or take last.ckpt") from None


def load_run(folder: Path) -> tuple[Any, ClipDataModule, Path]:
    """Module with its best weights, data, and the checkpoint's path.

    Raises:
        CheckpointError: if the folder is no run, or its checkpoint does not fit its configuration.
    """
    config, checkpoint = load_config(folder), best_checkpoint(folder)
    # Nothing is logged or kept while judging.
    config.logger, config.callbacks = {}, {}
    config.trainer.enable_checkpointing = False
    config.trainer.enable_progress_bar = False
    parts = build_parts(config)
    _fill(parts.module, read_state(checkpoint), checkpoint)
    return parts.module.eval(), cast(ClipDataModule, parts.data), checkpoint


def frozen_classifier(run: Path | str) -> FrozenClassifier:
    """The network of a classifier's run with its best weights, as input of a class mean.

    Raises:
        CheckpointError: if the folder holds no classifier.
    """
    config, checkpoint = load_config(Path(run)), best_checkpoint(Path(run))
    weights = {k[len("network.") :]: v for k, v in read_state(checkpoint).items() if k.startswith("network.")}
    if not weights:
        raise CheckpointError(run, "holds no classifier", "name the run of one: module.task.inputs.run=RUN")
    network = cast(nn.Module, instantiate(config.network, _convert_="all"))
    _fill(network, weights, checkpoint)
    return FrozenClassifier(network)


def _fill(module: nn.Module, state: dict[str, Tensor], checkpoint: Path) -> None:
    try:
        module.load_state_dict(state, strict=True)
    except RuntimeError as error:
        reason = " ".join(str(error).split())[:160]
        raise CheckpointError(
            checkpoint, f"does not fit its configuration ({reason})", "use the same release"
        ) from None
