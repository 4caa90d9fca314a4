"""Configuration to objects to fit to record."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

import pytorch_lightning as pl
import torch
from hydra.utils import instantiate
from omegaconf import DictConfig, OmegaConf
from pytorch_lightning.callbacks import Callback
from pytorch_lightning.loggers import Logger

from silentfoley.errors import CheckpointError
from silentfoley.files import write_json
from silentfoley.training.record import identity, write_record


@dataclass(frozen=True)
class RunResult:
    """What a run leaves behind.

    Attributes:
        folder: run folder: config, record, checkpoints, logs, ``metrics.json``.
        metrics: last logged values by name.
        best_checkpoint: path of the checkpoint with the best monitored value.
        objective: value a sweep minimises, or None.
    """

    folder: Path
    metrics: dict[str, float]
    best_checkpoint: Path | None
    objective: float | None


@dataclass(frozen=True)
class Parts:
    """The objects a configuration describes."""

    data: pl.LightningDataModule
    module: pl.LightningModule
    trainer: pl.Trainer


def build_parts(config: DictConfig) -> Parts:
    """Instantiate data, module and trainer; the seed is set before the module draws its weights."""
    data = cast(pl.LightningDataModule, instantiate(config.data))
    pl.seed_everything(int(config.seed), workers=True, verbose=False)
    module = cast(pl.LightningModule, instantiate(config.module))
    callbacks = cast(list[Callback], _each(config.callbacks))
    loggers = cast(list[Logger], _each(config.logger))
    trainer = cast(pl.Trainer, instantiate(config.trainer, callbacks=callbacks, logger=loggers or False))
    return Parts(data, module, trainer)


def _each(group: DictConfig | None) -> list[Any]:
    """Objects of a group; an entry set to null is left out."""
    return [instantiate(node) for node in (group or {}).values() if node is not None]


def run(config: DictConfig) -> RunResult:
    """Train one configuration.

    Raises:
        CheckpointError: if ``resume`` is asked of a run of another configuration.
    """
    folder = Path(config.paths.run)
    folder.mkdir(parents=True, exist_ok=True)
    plain = cast(dict[str, Any], OmegaConf.to_container(config, resolve=True))
    checkpoint = _resume_from(config, plain)
    if checkpoint is None:
        write_record(folder, plain, OmegaConf.to_yaml(config, resolve=True))
    if config.threads:
        torch.set_num_threads(int(config.threads))
    torch.use_deterministic_algorithms(True, warn_only=True)
    parts = build_parts(config)
    prepare = getattr(parts.module, "prepare", None)
    if prepare is not None:
        # Class means and the like are computed from the training data before the first step.
        parts.data.setup("fit")
        prepare(parts.data)
    # weights_only: a checkpoint is data, never code.
    parts.trainer.fit(parts.module, datamodule=parts.data, ckpt_path=checkpoint, weights_only=True)
    return _finish(config, folder, parts)


def _resume_from(config: DictConfig, plain: dict[str, Any]) -> str | None:
    if not config.resume:
        return None
    folder = Path(config.paths.run)
    last = folder / "checkpoints" / "last.ckpt"
    if not (folder / "config.yaml").is_file():
        raise CheckpointError(folder, "is not a run folder", "name the folder that holds config.yaml: paths.run=FOLDER")
    before = cast(dict[str, Any], OmegaConf.to_container(OmegaConf.load(folder / "config.yaml")))
    if identity(before) != identity(plain):
        names = sorted(k for k in {*before, *plain} if identity({k: before.get(k)}) != identity({k: plain.get(k)}))
        raise CheckpointError(
            folder, f"was trained with another configuration ({', '.join(names)})", "repeat its overrides"
        )
    # Killed before the first checkpoint: start over, in the same folder.
    return str(last) if last.is_file() else None


def _finish(config: DictConfig, folder: Path, parts: Parts) -> RunResult:
    metrics = {k: float(v) for k, v in parts.trainer.callback_metrics.items()}
    keeper = parts.trainer.checkpoint_callback
    best = getattr(keeper, "best_model_path", "") or ""
    bad = [{"path": b.path, "reason": b.reason} for b in getattr(parts.data, "bad", [])]
    write_json(
        folder / "metrics.json",
        {
            "metrics": {k: v if v == v else None for k, v in sorted(metrics.items())},
            "best_checkpoint": Path(best).name if best else None,
            "epochs": parts.trainer.current_epoch,
            "n_bad": len(bad),
            "bad": bad,
        },
    )
    objective = metrics.get(str(config.objective)) if config.objective else None
    return RunResult(folder, metrics, Path(best) if best else None, objective)
