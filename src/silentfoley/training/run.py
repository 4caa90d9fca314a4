"""Configuration to objects to fit to record."""

from __future__ import annotations

import json
import math
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

import pytorch_lightning as pl
import torch
from hydra.utils import instantiate
from omegaconf import DictConfig, OmegaConf
from pytorch_lightning.callbacks import Callback
from pytorch_lightning.loggers import Logger, WandbLogger

from silentfoley.data.datamodule import ClipDataModule
from silentfoley.errors import CheckpointError, OutputError, SilentFoleyError
from silentfoley.files import make_folder, write_json
from silentfoley.training.quiet import quieten, without_warnings_of_their_own
from silentfoley.training.record import add_resume, identity, write_record
from silentfoley.training.trained_on import check_training_list, keep_training_list
from silentfoley.training.watching import Watch, unwatched


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

    def __str__(self) -> str:
        figures = [f"{k} {v:.4f}" for k, v in sorted(self.metrics.items()) if k.startswith("val/")]
        return f"{self.folder}: {', '.join(figures) or 'nothing validated'}"


@dataclass(frozen=True)
class Parts:
    """The objects a configuration describes."""

    data: pl.LightningDataModule
    module: pl.LightningModule
    trainer: pl.Trainer


def build_parts(config: DictConfig) -> Parts:
    """Instantiate data, module and trainer; the seed is set before the module draws its weights."""
    quieten()
    data = cast(pl.LightningDataModule, instantiate(config.data, _convert_="all"))
    pl.seed_everything(int(config.seed), workers=True, verbose=False)
    module = cast(pl.LightningModule, instantiate(config.module, _convert_="all"))
    callbacks = cast(list[Callback], _each(config.callbacks))
    loggers = cast(list[Logger], _each(config.logger))
    without_warnings_of_their_own(loggers)
    trainer = cast(pl.Trainer, instantiate(config.trainer, callbacks=callbacks, logger=loggers or False))
    return Parts(data, module, trainer)


def _each(group: DictConfig | None) -> list[Any]:
    """Objects of a group; an entry set to null is left out."""
    return [instantiate(node, _convert_="all") for node in (group or {}).values() if node is not None]


def run(config: DictConfig, watch: Watch = unwatched) -> RunResult:
    """Train one configuration; when it begins, a line on stderr names its folder.

    Args:
        config: composed.
        watch: shows what is done before the epochs.

    Raises:
        SilentFoleyError: if a value that only the user knows is missing.
        OutputError: if the folder holds a run already and ``resume`` was not asked for.
        CheckpointError: if ``resume`` is asked of a run of another configuration.
        DataError: if the data refuse to be trained on; nothing is written then.
    """
    missing = sorted(OmegaConf.missing_keys(config))
    if missing:
        raise SilentFoleyError("silentfoley train", f"{missing[0]} is not set", f"add {missing[0]}=...")
    folder = Path(config.paths.run)
    plain = cast(dict[str, Any], OmegaConf.to_container(config, resolve=True))
    if config.resume:
        _check_resume(folder, plain)
    elif (folder / "config.yaml").exists():
        raise OutputError(folder, "holds a run already", "add resume=true to continue it, or name another folder")
    if config.threads:
        torch.set_num_threads(int(config.threads))
    parts = build_parts(config)
    # Before the record: a refused run leaves none that would stand in the way of its correction.
    trained_on = check_training_list(folder, parts.data)
    if config.resume:
        add_resume(folder)
    else:
        make_folder(folder)
        write_record(folder, plain, OmegaConf.to_yaml(config, resolve=True))
    keep_training_list(folder, trained_on)
    # All that logs need; how far it is, terminals are shown.
    sys.stderr.write(f"run folder: {folder}\n")
    sys.stderr.flush()
    try:
        _prepare(parts, plain, watch)
        _fit(parts, folder / "checkpoints" / "last.ckpt" if config.resume else None)
    finally:
        for logger in parts.trainer.loggers:
            # The next job of a sweep starts in this process and shall not write into this one's log.
            if isinstance(logger, WandbLogger):
                logger.experiment.finish()
    return _finish(config, folder, parts)


def _prepare(parts: Parts, plain: dict[str, Any], watch: Watch) -> None:
    for logger in parts.trainer.loggers:
        logger.log_hyperparams(plain)
    prepare = getattr(parts.module, "prepare", None)
    with watch("preparing the data") as shown:
        clips = parts.data if isinstance(parts.data, ClipDataModule) else None
        if clips is not None:
            clips.progress = shown.move_to
        if clips is not None or prepare is not None:
            # Here, not within Lightning's fit, which has no bar yet.
            parts.data.setup("fit")
        if clips is not None:
            clips.progress = None
        if prepare is not None:
            # Class means and the like are computed from the training data before the first step.
            shown.move_to(0, 1, "computing what is not trained")
            prepare(parts.data)


def _fit(parts: Parts, last: Path | None) -> None:
    # A run killed before its first checkpoint starts over. weights_only: a checkpoint is data, never code.
    checkpoint = str(last) if last is not None and last.is_file() else None
    parts.trainer.fit(parts.module, datamodule=parts.data, ckpt_path=checkpoint, weights_only=True)


def _check_resume(folder: Path, plain: dict[str, Any]) -> None:
    if not (folder / "config.yaml").is_file():
        raise CheckpointError(folder, "is not a run folder", "name the folder that holds config.yaml: paths.run=FOLDER")
    before = cast(dict[str, Any], OmegaConf.to_container(OmegaConf.load(folder / "config.yaml")))
    if identity(before) != identity(plain):
        names = sorted(k for k in {*before, *plain} if identity({k: before.get(k)}) != identity({k: plain.get(k)}))
        raise CheckpointError(
            folder, f"was trained with another configuration ({', '.join(names)})", "repeat its overrides"
        )


def _measured(folder: Path) -> dict[str, float]:
    """The metrics of an earlier end of the run, by name; NaN for what was not finite. Empty if it never ended."""
    path = folder / "metrics.json"
    if not path.is_file():
        return {}
    stored = cast(dict[str, float | None], json.loads(path.read_text(encoding="utf-8"))["metrics"])
    return {name: math.nan if value is None else value for name, value in stored.items()}


def _finish(config: DictConfig, folder: Path, parts: Parts) -> RunResult:
    # A finished run that is resumed trains no more and logs nothing: what it measured stands.
    metrics = {k: float(v) for k, v in parts.trainer.callback_metrics.items()} or _measured(folder)
    keeper = parts.trainer.checkpoint_callback
    best = getattr(keeper, "best_model_path", "") or ""
    bad = [{"path": b.path, "reason": b.reason} for b in getattr(parts.data, "bad", [])]
    datasets = getattr(parts.data, "datasets", {})
    write_json(
        folder / "metrics.json",
        {
            "metrics": {k: v if math.isfinite(v) else None for k, v in sorted(metrics.items())},
            "best_checkpoint": Path(best).name if best else None,
            "epochs": parts.trainer.current_epoch,
            "n_clips": {name: len(dataset) for name, dataset in datasets.items()},
            "n_bad": len(bad),
            "bad": bad,
        },
    )
    objective = metrics.get(str(config.objective)) if config.objective else None
    return RunResult(folder, metrics, Path(best) if best else None, objective)
