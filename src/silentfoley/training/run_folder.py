"""What a run folder must hold, found out before any framework is loaded."""

from __future__ import annotations

from pathlib import Path

from silentfoley.errors import CheckpointError

REMEDY = "pass a folder that silentfoley train made"


def config_file(folder: Path) -> Path:
    """Path of a run's resolved configuration.

    Raises:
        CheckpointError: if the folder holds none.
    """
    folder = Path(folder)
    if not folder.is_dir():
        raise CheckpointError(folder, "is no folder", REMEDY)
    path = folder / "config.yaml"
    if not path.is_file():
        raise CheckpointError(folder, "has no config.yaml", REMEDY)
    return path


def best_checkpoint(folder: Path) -> Path:
    """Path of the checkpoint with the best monitored value.

    Raises:
        CheckpointError: if there is none: the run never finished an epoch, or kept no checkpoints.
    """
    folder = Path(folder)
    path = folder / "checkpoints" / "best.ckpt"
    if path.is_file():
        return path
    if (folder / "metrics.json").is_file():
        raise CheckpointError(folder, "has no checkpoints/best.ckpt", REMEDY)
    remedy = f"continue it: repeat its overrides and add paths.run={folder} resume=true"
    raise CheckpointError(folder, "has no checkpoints/best.ckpt, the run is unfinished", remedy)


def check_run(folder: Path) -> None:
    """Refuse what is no run, or none that has trained.

    Raises:
        CheckpointError: see :func:`config_file` and :func:`best_checkpoint`.
    """
    config_file(folder)
    best_checkpoint(folder)
