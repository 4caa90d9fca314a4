"""YAMNet: what a patch of sound is to a network that heard AudioSet.

MobileNet v1 (Howard et al., arXiv:1704.04861) trained on AudioSet's 521 classes by Plakal and Ellis (Google,
Apache-2.0). The weights in the package are Google's, halved in precision by ``tools/convert_yamnet.py``.
"""

from __future__ import annotations

import csv
import json
from functools import cache
from pathlib import Path
from typing import NamedTuple

import torch
from einops import rearrange, reduce
from safetensors import SafetensorError
from safetensors.torch import load_file
from torch import Tensor, nn

from silentfoley.errors import CheckpointError, SilentFoleyError
from silentfoley.evaluation.yamnet_patches import N_MELS, PATCH_COLUMNS
from silentfoley.files import sha256_file

#: The weights inside the package.
EMBEDDED = Path(__file__).parents[1] / "weights" / "yamnet"
N_CLASSES, N_EMBEDDING = 521, 1024
#: Output channels and stride of the thirteen separable convolutions.
BLOCKS = (
    (64, 1), (128, 2), (128, 1), (256, 2), (256, 1), (512, 2),
    (512, 1), (512, 1), (512, 1), (512, 1), (512, 1), (1024, 2), (1024, 1),
)  # fmt: skip
STEM_CHANNELS = 32
_KERNEL, _EPS = 3, 1e-4


class YamnetOutput(NamedTuple):
    """What the network says of P patches.

    Attributes:
        embeddings: (P, 1024), >= 0.
        logits: (P, 521); the sigmoid of each is that class's score, and several may be high at once.
    """

    embeddings: Tensor
    logits: Tensor


def same_padding(size: int, kernel: int, stride: int) -> tuple[int, int]:
    """Zeros before and after, as TensorFlow's SAME pads: output ``ceil(size / stride)``, the odd zero at the end."""
    total = max(0, (-(-size // stride) - 1) * stride + kernel - size)
    return total // 2, total - total // 2


class SameConv(nn.Module):
    """3 x 3 convolution with TensorFlow's SAME padding, without bias."""

    def __init__(self, n_in: int, n_out: int, stride: int, groups: int = 1) -> None:
        super().__init__()
        self.stride, self.groups = stride, groups
        self.weight = nn.Parameter(torch.zeros(n_out, n_in // groups, _KERNEL, _KERNEL))

    def forward(self, x: Tensor) -> Tensor:
        """(B, C, T, F) to (B, C', ceil(T / stride), ceil(F / stride))."""
        before_t, after_t = same_padding(x.shape[-2], _KERNEL, self.stride)
        before_f, after_f = same_padding(x.shape[-1], _KERNEL, self.stride)
        padded = nn.functional.pad(x, (before_f, after_f, before_t, after_t))
        return nn.functional.conv2d(padded, self.weight, stride=self.stride, groups=self.groups)


class Normed(nn.Module):
    """A convolution, batch norm by stored moments without gain, ReLU."""

    mean: Tensor
    var: Tensor

    def __init__(self, convolution: nn.Module, channels: int) -> None:
        super().__init__()
        self.convolution = convolution
        self.register_buffer("mean", torch.zeros(channels))
        self.register_buffer("var", torch.ones(channels))
        self.beta = nn.Parameter(torch.zeros(channels))

    def forward(self, x: Tensor) -> Tensor:
        """(B, C, T, F) to (B, C', T', F') >= 0."""
        scale = torch.rsqrt(self.var + _EPS)
        shift = self.beta - self.mean * scale
        y = self.convolution(x)
        return torch.relu(y * rearrange(scale, "c -> c 1 1") + rearrange(shift, "c -> c 1 1"))


def _separable(n_in: int, n_out: int, stride: int) -> nn.Sequential:
    depthwise = Normed(SameConv(n_in, n_in, stride, groups=n_in), n_in)
    return nn.Sequential(depthwise, Normed(nn.Conv2d(n_in, n_out, 1, bias=False), n_out))


class Yamnet(nn.Module):
    """The network, from log-mel patches on. Made with zeros: :func:`load_yamnet` fills it."""

    def __init__(self) -> None:
        super().__init__()
        self.stem = Normed(SameConv(1, STEM_CHANNELS, 2), STEM_CHANNELS)
        inputs = (STEM_CHANNELS, *(channels for channels, _ in BLOCKS))
        self.blocks = nn.Sequential(*(_separable(n, *block) for n, block in zip(inputs, BLOCKS, strict=False)))
        self.classifier = nn.Linear(N_EMBEDDING, N_CLASSES)

    def forward(self, patches: Tensor) -> YamnetOutput:
        """(P, 96, 64) log-mel patches to what the network says of them.

        Raises:
            SilentFoleyError: for patches of another shape.
        """
        if patches.ndim != 3 or tuple(patches.shape[1:]) != (PATCH_COLUMNS, N_MELS):
            raise SilentFoleyError("Yamnet", f"patches have shape {tuple(patches.shape)}", "pass (P, 96, 64)")
        maps = self.blocks(self.stem(rearrange(patches, "p t f -> p 1 t f")))
        embeddings = reduce(maps, "p c t f -> p c", "mean")
        return YamnetOutput(embeddings, self.classifier(embeddings))


def load_yamnet(folder: Path | None = None) -> Yamnet:
    """The trained network in single precision, ready to judge; None takes the weights inside the package.

    Raises:
        CheckpointError: if a file is missing, altered, or does not fit.
    """
    folder = EMBEDDED if folder is None else Path(folder)
    path = folder / "model.safetensors"
    if weights_sha256(folder) != sha256_file(path):
        raise CheckpointError(path, "its bytes differ from what config.json records", "install silentfoley again")
    try:
        state = {name: value.float() for name, value in load_file(path).items()}
        network = Yamnet()
        network.load_state_dict(state, strict=True)
    except (SafetensorError, RuntimeError) as error:
        raise CheckpointError(path, f"does not fit ({error})", "install silentfoley again") from None
    return network.eval().requires_grad_(False)


def weights_sha256(folder: Path | None = None) -> str:
    """Hash of the weights, as recorded beside them: what names this embedding in a fingerprint.

    Raises:
        CheckpointError: if the folder is not complete.
    """
    folder = EMBEDDED if folder is None else Path(folder)
    try:
        missing = [n for n in ("model.safetensors", "class_map.csv") if not (folder / n).is_file()]
        config = json.loads((folder / "config.json").read_text(encoding="utf-8"))
        if missing:
            raise FileNotFoundError(missing[0])
        return str(config["weights_sha256"])
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise CheckpointError(folder, f"is not a YAMNet folder ({error})", "install silentfoley again") from None


@cache
def class_names(folder: Path | None = None) -> tuple[str, ...]:
    """AudioSet's names of the 521 classes, in the order of the logits."""
    folder = EMBEDDED if folder is None else Path(folder)
    with (folder / "class_map.csv").open(encoding="utf-8", newline="") as file:
        return tuple(row["display_name"] for row in csv.DictReader(file))
