"""``silentfoley info``: what a bug report needs."""

from __future__ import annotations

import argparse
import os
import platform
from importlib.metadata import PackageNotFoundError, version
from typing import Any

from silentfoley import __version__
from silentfoley.cli.console import OK, say, say_json
from silentfoley.plugins import KINDS, available

_PACKAGES = (
    "torch",
    "torchaudio",
    "timm",
    "numpy",
    "decord",
    "decord2",
    "av",
    "soundfile",
    "opencv-python-headless",
    "pytorch-lightning",
    "hydra-core",
    "wandb",
)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command's arguments."""
    parser.add_argument("--model", metavar="NAME|DIR", help="best, fast, or a model folder (default: best)")
    parser.add_argument("--json", action="store_true", help="print as JSON")


def run(arguments: argparse.Namespace) -> int:
    """Do it."""
    facts = collect(arguments.model)
    if arguments.json:
        say_json(facts)
    else:
        for key, value in facts.items():
            say(f"{key}: {', '.join(f'{k} {v}' for k, v in value.items()) if isinstance(value, dict) else value}")
    return OK


def collect(model: str | None = None) -> dict[str, Any]:
    """Versions, machine, model and plug-ins."""
    from silentfoley.model_folder import describe

    return {
        "silentfoley": __version__,
        "python": platform.python_version(),
        "platform": f"{platform.system()} {platform.machine()}",
        "cores": os.cpu_count() or 0,
        "packages": {name: _version(name) for name in _PACKAGES if _version(name)},
        "model": describe(model),
        "plugins": {kind: ", ".join(available(kind)) or "none" for kind in KINDS},
    }


def _version(name: str) -> str:
    try:
        return version(name)
    except PackageNotFoundError:
        return ""
