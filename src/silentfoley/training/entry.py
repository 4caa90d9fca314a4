"""The one Hydra entry point: overrides to a resolved configuration to a run."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import hydra
from hydra.core.hydra_config import HydraConfig
from hydra.errors import HydraException
from hydra.types import RunMode
from omegaconf import DictConfig
from omegaconf.errors import OmegaConfBaseException

from silentfoley.errors import SilentFoleyError
from silentfoley.spelling import did_you_mean
from silentfoley.training.groups import config_dir
from silentfoley.training.watching import Watch, unwatched

if TYPE_CHECKING:
    from silentfoley.training.run import RunResult


def main(words: Sequence[str], watch: Watch = unwatched) -> int:
    """Compose and run; ``--multirun``, ``--config-dir``, ``--cfg job`` and ``--help`` are Hydra's own.

    Writes one line per finished run, and on stderr where it lies when it begins. A job of a sweep that fails does not
    stop the others; the first failure is raised when all are done.

    Args:
        words: Hydra's overrides and flags.
        watch: shows what is done before the epochs.

    Raises:
        SilentFoleyError: for an override or a group that does not compose, and for a run that fails on purpose.
    """
    failed: list[SilentFoleyError] = []

    def task(config: DictConfig) -> float | None:
        try:
            result = _run(config, watch)
        except SilentFoleyError as error:
            failed.append(error)
            return None
        except (HydraException, OmegaConfBaseException) as error:
            failed.append(_one_line(error))
            return None
        sys.stdout.write(f"{result}\n")
        return result.objective

    launch = hydra.main(version_base="1.3", config_path=str(config_dir()), config_name="train")(task)
    with _arguments(words):
        try:
            launch()
        except (HydraException, OmegaConfBaseException) as error:
            raise _one_line(error) from error
        except SystemExit as stop:
            # How Hydra ends --help, and a wrong flag.
            return stop.code if isinstance(stop.code, int) else 0
    if failed:
        raise failed[0]
    return 0


def _run(config: DictConfig, watch: Watch) -> RunResult:
    # Late: --help and --cfg need no torch.
    with watch("loading torch and Lightning"):
        from silentfoley.training.run import run

    job = HydraConfig.get()
    if job.mode != RunMode.MULTIRUN:
        return run(config, watch)
    folder = Path(job.runtime.output_dir)
    config.paths.run = str(folder)
    try:
        return run(config, watch)
    except Exception:
        # Hydra makes a job's folder before it asks us: one that never began leaves none.
        if folder.is_dir() and not any(folder.iterdir()):
            folder.rmdir()
        raise


def _one_line(error: Exception) -> SilentFoleyError:
    """What Hydra says, or our own error where it wrapped one: that says what to do."""
    cause: BaseException | None = error
    while cause is not None:
        if isinstance(cause, SilentFoleyError):
            return cause
        cause = cause.__cause__
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    remedy = "see the groups with: silentfoley train --help"
    listed = next((i for i, line in enumerate(lines) if line.startswith("Available options")), None)
    if listed is None:
        return SilentFoleyError("silentfoley train", " ".join(lines[:3]), remedy)
    # Hydra lists every choice of the group in a line of its own, in the order of the alphabet.
    asked = lines[listed - 1].rstrip("'").rpartition("/")[2]
    hint = did_you_mean(asked, lines[listed + 1 :])
    return SilentFoleyError("silentfoley train", " ".join(lines[:listed]), f"{hint}{remedy}")


@contextmanager
def _arguments(words: Sequence[str]) -> Iterator[None]:
    """Hydra reads ``sys.argv``, and hides tracebacks unless told otherwise; we turn errors into one line ourselves."""
    before, flag = sys.argv, os.environ.get("HYDRA_FULL_ERROR")
    sys.argv = ["silentfoley train", *words]
    os.environ["HYDRA_FULL_ERROR"] = "1"
    try:
        yield
    finally:
        sys.argv = before
        if flag is None:
            os.environ.pop("HYDRA_FULL_ERROR", None)
        else:
            os.environ["HYDRA_FULL_ERROR"] = flag
