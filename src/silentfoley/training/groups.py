"""Where the configuration groups are; Hydra is not loaded for it."""

from __future__ import annotations

from pathlib import Path

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


def experiments() -> list[str]:
    """Names of the experiments there are."""
    return sorted(path.stem for path in (config_dir() / "experiment").glob("*.yaml"))
