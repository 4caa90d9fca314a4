"""The one Hydra entry point: overrides to a resolved configuration to a run."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import hydra
from hydra.errors import HydraException
from omegaconf import DictConfig
from omegaconf.errors import OmegaConfBaseException

from silentfoley.errors import SilentFoleyError


def config_dir() -> Path:
    """The configuration groups: inside an installed wheel, or at the root of a checkout.

    Raises:
        SilentFoleyError: if neither is there.
    """
    package = Path(__file__).resolve().parents[1]
    for folder in (package / "configs", package.parents[1] / "configs"):
        if (folder / "train.yaml").is_file():
            return folder
    raise SilentFoleyError("configs", "are not where silentfoley is installed", "reinstall silentfoley")


def main(words: Sequence[str]) -> int:
    """Compose and run; ``--multirun``, ``--config-dir``, ``--cfg job`` and ``--help`` are Hydra's own.

    Raises:
        SilentFoleyError: for an override or a group that does not compose.
    """

    failed: list[SilentFoleyError] = []

    def task(config: DictConfig) -> float | None:
        from silentfoley.training.run import run

        try:
            return run(config).objective
        except SilentFoleyError as error:
            # Hydra would print lines of its own around it.
            failed.append(error)
            return None

    launch = hydra.main(version_base="1.3", config_path=str(config_dir()), config_name="train")(task)
    with _arguments(words):
        try:
            launch()
        except (HydraException, OmegaConfBaseException) as error:
            # Instantiation wraps our own errors: the inner one says what to do.
            cause = error.__cause__
            if isinstance(cause, SilentFoleyError):
                raise cause from error
            text = str(error).splitlines()
            remedy = "see the groups with: silentfoley train --help"
            raise SilentFoleyError("silentfoley train", " ".join(text[:3]), remedy) from error
    if failed:
        raise failed[0]
    return 0


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
