"""What a run was: configuration, versions, commit, seeds, machine."""

from __future__ import annotations

import json
import os
import platform
import subprocess
import sys
from datetime import datetime, timezone
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

import torch

from silentfoley import __version__
from silentfoley.files import fingerprint, write_json, write_text

_PACKAGES = (
    "torch",
    "torchaudio",
    "pytorch-lightning",
    "hydra-core",
    "timm",
    "numpy",
    "scipy",
    "av",
    "decord",
    "decord2",
    "opencv-python-headless",
    "soundfile",
    "wandb",
)
#: Parts of a configuration, at any depth, that cannot change a result.
NEUTRAL = frozenset(
    {
        "paths",
        "logger",
        "name",
        "resume",
        "workers",
        "progress",
        "cache_dir",
        "dirpath",
        # It refuses a run or lets it be.
        "apart_from",
    }
)


def identity(config: dict[str, Any]) -> str:
    """Digest of everything in a resolved configuration that can change the result."""
    return fingerprint(_without_neutral(config))


def _without_neutral(value: Any) -> Any:
    if isinstance(value, dict):
        return {k: _without_neutral(v) for k, v in value.items() if k not in NEUTRAL}
    return [_without_neutral(v) for v in value] if isinstance(value, list) else value


def write_record(folder: Path, config: dict[str, Any], config_yaml: str) -> None:
    """Write ``config.yaml`` and ``record.json`` into a run folder."""
    write_text(folder / "config.yaml", config_yaml)
    write_json(folder / "record.json", {"identity": identity(config), "seed": config.get("seed"), **session()})


def add_resume(folder: Path) -> None:
    """Note in ``record.json`` what a killed run was continued with; versions and machine may differ by then."""
    path = folder / "record.json"
    record = json.loads(path.read_text(encoding="utf-8"))
    write_json(path, {**record, "resumed": [*record.get("resumed", []), session()]})


def session() -> dict[str, Any]:
    """Software, machine and call of this process, as JSON values."""
    return {
        "started": datetime.now(timezone.utc).isoformat(timespec="seconds"),
        "silentfoley": __version__,
        "commit": commit(),
        "python": platform.python_version(),
        "platform": f"{platform.system()} {platform.machine()}",
        "cores": os.cpu_count(),
        "threads": torch.get_num_threads(),
        "device": torch.cuda.get_device_name(0) if torch.cuda.is_available() else "cpu",
        "packages": {name: found for name in _PACKAGES if (found := _version(name))},
        "argv": sys.argv[1:],
        "environment": {
            k: v
            for k, v in sorted(os.environ.items())
            if k in ("OMP_NUM_THREADS", "CUDA_VISIBLE_DEVICES", "PYTHONHASHSEED")
        },
    }


def commit() -> dict[str, Any]:
    """Commit and cleanliness of the checkout this package runs from; empty for an installed wheel."""
    # A wheel installed inside somebody else's repository must not claim that repository's commit.
    if _git("ls-files", "--error-unmatch", __file__) is None:
        return {}
    head, status = _git("rev-parse", "HEAD"), _git("status", "--porcelain")
    return {} if head is None or status is None else {"hash": head, "dirty": bool(status)}


def _git(*words: str) -> str | None:
    command = ["git", "-C", str(Path(__file__).resolve().parent), *words]
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=10, check=True)  # noqa: S603
    except (OSError, subprocess.SubprocessError):
        return None
    return done.stdout.strip()


def _version(name: str) -> str:
    try:
        return version(name)
    except PackageNotFoundError:
        return ""
