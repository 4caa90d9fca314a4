"""A model folder: ``config.json``, ``weights.safetensors``, ``CARD.md``. Saved whole, loaded strictly; where models lie
and what their ``config.json`` says is told by :mod:`silentfoley.model_folder`, without a framework."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file, save_file
from torch import nn

from silentfoley import __version__
from silentfoley.decode_settings import DecodeSettings
from silentfoley.errors import CheckpointError, OutputError
from silentfoley.files import atomic_folder, fingerprint, sha256_file, write_json, write_text
from silentfoley.generators.base import CueGenerator
from silentfoley.inference.foley import Foley
from silentfoley.model_folder import FORMAT, model_folder, read_config, weights_of
from silentfoley.registry import build
from silentfoley.repertoire import Repertoire, lasts


def save_foley(
    folder: Path,
    *,
    name: str,
    perceiver: Mapping[str, Any],
    generator: Mapping[str, Any],
    foley: Foley,
    card: str,
    half: bool = False,
    overwrite: bool = False,
) -> Path:
    """Write a model folder, all of it or nothing.

    Args:
        folder: to be made.
        name: of the model.
        perceiver, generator: nodes (see :mod:`silentfoley.registry`) that rebuild ``foley``'s parts.
        foley: holds the trained parts.
        card: Markdown: data, credits, what it cannot do.
        half: store floating-point weights in half precision; they are widened on load.
        overwrite: an existing folder may be replaced.

    Raises:
        OutputError: if the folder exists.
    """
    folder = Path(folder)
    if folder.exists() and not overwrite:
        raise OutputError(folder, "exists", "pass overwrite=True or choose another folder")
    with atomic_folder(folder) as temporary:
        weights = _state(foley)
        if half:
            weights = halved(weights)
        save_file(weights, temporary / "weights.safetensors")
        config: dict[str, Any] = {
            "format": FORMAT,
            "silentfoley": __version__,
            "name": name,
            "perceiver": dict(perceiver),
            "decode": foley.settings.to_dict(),
            "generator": dict(generator),
            "weights_sha256": sha256_file(temporary / "weights.safetensors"),
        }
        if isinstance(foley.generator, CueGenerator) and lasts(generator):
            config.update(Repertoire.of(foley.generator).record())
        config["digest"] = fingerprint(config)
        write_json(temporary / "config.json", config)
        write_text(temporary / "CARD.md", card)
    return folder


def load_foley(model: Path | str | None = None, *, allow: tuple[str, ...] = ()) -> Foley:
    """Rebuild what :func:`save_foley` wrote; for ``model`` see :func:`model_folder`.

    Raises:
        CheckpointError: if a file is missing, a byte was altered, the version is another, a weight is missing
            or superfluous, or a part belongs to a package that is not in ``allow``.
    """
    folder = model_folder(model)
    config = read_config(folder)
    weights = weights_of(folder)
    if sha256_file(weights) != config["weights_sha256"]:
        raise CheckpointError(weights, "its bytes differ from what config.json records", "export or download it again")
    perceiver, generator = build(config["perceiver"], allow), build(config["generator"], allow)
    foley = Foley(perceiver, DecodeSettings.from_dict(config["decode"]), generator, str(config["name"]))
    try:
        state = load_file(weights)
    except (SafetensorError, OSError) as error:
        raise CheckpointError(weights, f"cannot be read ({error})", "export or download it again") from None
    for prefix, module in _modules(foley).items():
        part = {
            k[len(prefix) + 1 :]: v.float() if v.dtype == torch.float16 else v
            for k, v in state.items()
            if k.startswith(f"{prefix}.")
        }
        try:
            module.load_state_dict(part, strict=True)
        except RuntimeError as error:
            raise CheckpointError(
                weights, f"does not fit the model ({error})", "use the release that wrote it"
            ) from None
        module.eval().requires_grad_(False)
    return foley


def halved(state: Mapping[str, torch.Tensor]) -> dict[str, torch.Tensor]:
    """Weights as they are shipped: numbers in half precision, counts as they are."""
    return {k: (v.half() if v.is_floating_point() else v).contiguous() for k, v in state.items()}


def _modules(foley: Foley) -> dict[str, nn.Module]:
    modules = {f"perceiver.{name}": module for name, module in foley.perceiver.modules().items()}
    if isinstance(foley.generator, nn.Module):
        modules["generator"] = foley.generator
    return modules


def _state(foley: Foley) -> dict[str, torch.Tensor]:
    state: dict[str, torch.Tensor] = {}
    for prefix, module in _modules(foley).items():
        # Clones: safetensors refuses tensors that share memory.
        state.update({f"{prefix}.{k}": v.detach().clone().contiguous() for k, v in module.state_dict().items()})
    return state
