"""A synchrony judge as a folder: ``config.json``, ``weights.safetensors``, ``CARD.md``; and which one judges."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file, save_file

from silentfoley.encoders.base import FeatureExtractor
from silentfoley.encoders.synchrony import SynchronyNet
from silentfoley.errors import CheckpointError, OutputError
from silentfoley.files import atomic_folder, fingerprint, sha256_file, write_json, write_text
from silentfoley.registry import build
from silentfoley.signal.mel import SoundFeatures

FORMAT = 1
#: The judge that comes with the package, where one does; and the variable that names another folder.
EMBEDDED = Path(__file__).parent.parent / "weights" / "synchrony"
VARIABLE = "SILENTFOLEY_SYNCHRONY"
_REQUIRED = ("format", "network", "features", "sound", "accuracy", "weights_sha256", "digest")


@dataclass(frozen=True)
class SynchronyModel:
    """A judge ready to look and listen.

    Attributes:
        net: in evaluation mode.
        features: frames to visual features.
        sound: samples to log-mel features, on the same columns.
        config: as stored: nodes, settings, the judge's accuracy on held-out true pairs, digest.
    """

    net: SynchronyNet
    features: FeatureExtractor
    sound: SoundFeatures
    config: Mapping[str, Any]

    @property
    def column_rate_hz(self) -> float:
        """Windows per second."""
        return self.sound.sample_rate_hz / self.sound.spec.hop_samples


def save_judge(
    folder: Path,
    net: SynchronyNet,
    *,
    network: Mapping[str, Any],
    features: Mapping[str, Any],
    sound: SoundFeatures,
    accuracy: Mapping[str, Any],
    card: str,
    overwrite: bool = False,
) -> Path:
    """Write a judge, all of it or nothing; weights in half precision.

    Args:
        folder: to be made.
        net: trained.
        network, features: nodes (see :mod:`silentfoley.registry`) that rebuild the network and its extractor.
        sound: the front end it was trained with.
        accuracy: on held-out true pairs, see
            :func:`~silentfoley.evaluation.synchrony_judge.judge_accuracy`; with what they were.
        card: Markdown: data, credits, what it cannot do.

    Raises:
        OutputError: if the folder exists.
    """
    folder = Path(folder)
    if folder.exists() and not overwrite:
        raise OutputError(folder, "exists", "pass overwrite=True or choose another folder")
    with atomic_folder(folder) as temporary:
        # Clones: safetensors refuses tensors that share memory.
        state = {k: v.detach().cpu().clone().contiguous() for k, v in net.state_dict().items()}
        half = {k: v.half() if v.is_floating_point() else v for k, v in state.items()}
        save_file(half, temporary / "weights.safetensors")
        config: dict[str, Any] = {
            "format": FORMAT,
            "network": dict(network),
            "features": dict(features),
            "sound": sound.settings(),
            "accuracy": dict(accuracy),
            "weights_sha256": sha256_file(temporary / "weights.safetensors"),
        }
        config["digest"] = fingerprint(config)
        write_json(temporary / "config.json", config)
        write_text(temporary / "CARD.md", card)
    return folder


def load_judge(folder: Path) -> SynchronyModel:
    """Rebuild what :func:`save_judge` wrote.

    Raises:
        CheckpointError: if a file is missing or altered, or the weights do not fit.
    """
    config = _read_config(Path(folder))
    weights = Path(folder) / "weights.safetensors"
    if not weights.is_file() or sha256_file(weights) != config["weights_sha256"]:
        raise CheckpointError(weights, "is missing or not what config.json records", "export or download it again")
    net = build(config["network"])
    try:
        state = {k: v.float() if v.dtype == torch.float16 else v for k, v in load_file(weights).items()}
        net.load_state_dict(state, strict=True)
    except (SafetensorError, RuntimeError, OSError) as error:
        raise CheckpointError(weights, f"does not fit the judge ({error})", "use the release that wrote it") from None
    net.eval().requires_grad_(False)
    return SynchronyModel(net, build(config["features"]), SoundFeatures(**config["sound"]), config)


def the_judge() -> SynchronyModel:
    """The judge of :func:`judge_folder` as it is now, loaded once per process."""
    folder = judge_folder()
    return _kept(folder, _read_config(folder)["digest"])


@lru_cache(maxsize=2)
def _kept(folder: Path, digest: str) -> SynchronyModel:
    """A folder's judge; another one trained into the same folder has another digest."""
    return load_judge(folder)


def judge_folder() -> Path:
    """The folder that ``SILENTFOLEY_SYNCHRONY`` names, else the package's own."""
    named = os.environ.get(VARIABLE, "")
    return Path(named) if named else EMBEDDED


def has_judge() -> bool:
    """Whether there is a judge: a folder is named (right or wrong, which loading tells), or the package holds one."""
    return bool(os.environ.get(VARIABLE)) or (EMBEDDED / "config.json").is_file()


def _read_config(folder: Path) -> dict[str, Any]:
    path = folder / "config.json"
    try:
        config = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        raise CheckpointError(folder, "is no synchrony judge", "pass a folder made by save_judge") from None
    if not isinstance(config, dict) or config.get("format") != FORMAT or any(k not in config for k in _REQUIRED):
        raise CheckpointError(path, "is of another version", "export it again with this release")
    if config["digest"] != fingerprint({k: v for k, v in config.items() if k != "digest"}):
        raise CheckpointError(path, "was altered after it was written", "export or download it again")
    return config
