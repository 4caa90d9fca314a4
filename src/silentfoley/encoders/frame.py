"""Any image network of timm as a frame backbone; ``TimmBackbone("resnet50")`` is AutoFoley's.

AutoFoley passes frames through a ResNet-50 [V-news]; that it takes the last pooled vector of 2048 numbers, after
pre-training on ImageNet, is believed, not verified.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

import torch
from torch import Tensor, nn

from silentfoley.encoders.backbone import FrameBackbone
from silentfoley.errors import CheckpointError, DependencyError


@dataclass(frozen=True)
class HubWeights:
    """The weights timm downloads for the name (or has in its cache)."""


@dataclass(frozen=True)
class LocalWeights:
    """A state dict on disk: ``.safetensors``, or a torch file that holds tensors only."""

    path: Path


@dataclass(frozen=True)
class RandomWeights:
    """No knowledge at all: initialised at random from ``seed``. For tests and controls, never a fallback."""

    seed: int = 0


Weights = HubWeights | LocalWeights | RandomWeights


class TimmBackbone(FrameBackbone):
    """A frozen timm network, pooled features before its classifier.

    Args:
        architecture: a name timm knows, with or without tag: ``"resnet50"``, ``"resnet50.a1_in1k"``.
        weights: where they come from; a path means :class:`LocalWeights`.

    Raises:
        DependencyError: if timm does not know the name, or its weights cannot be downloaded.
        CheckpointError: if a local file does not hold exactly the network's weights.
    """

    def __init__(self, architecture: str, weights: Weights | Path | str | None = None) -> None:
        source = HubWeights() if weights is None else weights
        if isinstance(source, Path | str):
            source = LocalWeights(Path(source))
        network = _build(architecture, source)
        config: dict[str, Any] = _data_config(network)
        super().__init__(config["mean"], config["std"])
        self.name = architecture
        self.origin = _describe(source)
        self.input_size = int(config["input_size"][-1])
        self.crop_share = float(config["crop_pct"])
        self.network = network
        self.n_features = int(self.pooled(torch.zeros(1, 3, self.input_size, self.input_size)).shape[-1])
        self.freeze()

    def pooled(self, images: Tensor) -> Tensor:
        """(N, D) features of normalised (N, 3, H, W) images."""
        network = cast(Any, self.network)
        return cast(Tensor, network.forward_head(network.forward_features(images), pre_logits=True))

    def classify(self, pooled: Tensor) -> Tensor:
        """(N, K) class logits of (N, D) features."""
        return cast(Tensor, cast(Any, self.network).get_classifier()(pooled))


def _data_config(network: Any) -> dict[str, Any]:
    from timm.data import config

    found: dict[str, Any] = config.resolve_model_data_config(network)  # type: ignore[no-untyped-call]
    return found


def _build(architecture: str, weights: Weights) -> Any:
    # timm takes seconds to import: only whoever asks for one of its networks pays.
    import timm

    if not timm.is_model(architecture):
        near = ", ".join(timm.list_models(f"*{architecture.split('.')[0]}*")[:5]) or "see timm.list_models()"
        raise DependencyError(f"backbone {architecture!r}", "timm knows no such network", f"choose another: {near}")
    if isinstance(weights, HubWeights):
        return _downloaded(architecture, timm.create_model)
    if isinstance(weights, RandomWeights):
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(weights.seed)
            return timm.create_model(architecture).eval()
    network = timm.create_model(architecture).eval()
    load_exactly(network, weights.path)
    return network


def _downloaded(architecture: str, create: Callable[..., Any]) -> Any:
    try:
        return create(architecture, pretrained=True).eval()
    except Exception as error:  # the hub's client raises many kinds; none may end in random weights
        raise DependencyError(
            f"backbone {architecture!r}",
            f"its pretrained weights are not here and cannot be downloaded ({type(error).__name__})",
            "connect to the internet once, or pass weights=<path of a .safetensors or .pth state dict>, or use "
            "the embedded EfficientNet-Lite0",
        ) from error


def load_exactly(network: nn.Module, path: Path) -> None:
    """Load a state dict from disk, every key or none.

    Raises:
        CheckpointError: for a missing or unreadable file, and for missing, unknown or misshapen weights.
    """
    try:
        state = _read_state(Path(path))
    except Exception as error:
        raise CheckpointError(
            path, f"not a readable file of weights ({type(error).__name__})", "pass a state dict of tensors"
        ) from error
    try:
        network.load_state_dict(state, strict=True)
    except (RuntimeError, TypeError, AttributeError) as error:
        problem = " ".join(str(error).split())[:160]
        raise CheckpointError(path, f"does not fit the network ({problem})", "pass weights of this network") from error


def _read_state(path: Path) -> dict[str, Tensor]:
    if path.suffix == ".safetensors":
        from safetensors.torch import load_file

        return load_file(path)
    loaded = torch.load(path, map_location="cpu", weights_only=True)
    return cast(dict[str, Tensor], loaded.get("state_dict", loaded))


def _describe(weights: Weights) -> str:
    if isinstance(weights, RandomWeights):
        return f"random, seed {weights.seed}"
    return "timm" if isinstance(weights, HubWeights) else "local file"
