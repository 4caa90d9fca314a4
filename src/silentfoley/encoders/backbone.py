"""What a frame backbone is: a frozen image network that turns pictures into vectors."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import Any

import cv2
import numpy as np
import torch
from einops import rearrange
from numpy.typing import NDArray
from torch import Tensor, nn

#: Pictures per pass. Small passes stay in the cache of a CPU: 8 are faster there than 32, measured.
PASS_PICTURES = 8


class FrameBackbone(nn.Module):
    """A frozen image network with its preprocessing. It stays in eval mode and asks for no gradient.

    Subclasses set the attributes and implement :meth:`pooled` and :meth:`classify`.

    Attributes:
        name: architecture name; part of the cache key.
        origin: where the weights come from, in words.
        n_features: D, length of a feature vector.
        input_size: side of the pictures it was trained on, pixels.
        crop_share: share of the shorter side that its centre crop keeps.
        mean, std: (3,) per channel, of pictures in [0, 1].
    """

    name: str
    origin: str
    n_features: int
    input_size: int
    crop_share: float
    mean: Tensor
    std: Tensor

    def __init__(self, mean: tuple[float, ...], std: tuple[float, ...]) -> None:
        super().__init__()
        self.register_buffer("mean", torch.tensor(mean, dtype=torch.float32), persistent=False)
        self.register_buffer("std", torch.tensor(std, dtype=torch.float32), persistent=False)
        self._sha256: str | None = None

    def pooled(self, images: Tensor) -> Tensor:
        """(N, D) features of normalised (N, 3, H, W) images."""
        raise NotImplementedError

    def classify(self, pooled: Tensor) -> Tensor:
        """(N, K) class logits of (N, D) features."""
        raise NotImplementedError

    def freeze(self) -> None:
        """Eval mode, no gradients, channels-last weights (faster on CPU). Called once by subclasses."""
        self.requires_grad_(False)
        self.eval()
        self.to(memory_format=torch.channels_last)  # type: ignore[call-overload]

    def train(self, mode: bool = True) -> FrameBackbone:
        """Stays in eval mode whatever ``mode``: a frozen network has no training mode."""
        super().train(False)
        return self

    def normalise(self, pictures: NDArray[np.uint8]) -> Tensor:
        """(N, H, W, 3) uint8 to normalised (N, 3, H, W) float in channels-last memory."""
        images = torch.from_numpy(np.ascontiguousarray(pictures)).to(self.mean.device)
        scaled = images.float().div_(255).sub_(self.mean).div_(self.std)
        # A view: channels stay innermost in memory, which is what channels-last means.
        return rearrange(scaled, "n h w c -> n c h w")

    def features(self, pictures: NDArray[np.uint8]) -> NDArray[np.float32]:
        """Features of pictures at the size they have.

        Args:
            pictures: (N, H, W, 3) uint8 RGB, or space-time images.

        Returns:
            (N, D) float32.
        """
        return self._in_passes(pictures, self.pooled, self.n_features)

    def probabilities(self, pictures: NDArray[np.uint8]) -> NDArray[np.float32]:
        """(N, K) class probabilities of (N, H, W, 3) pictures of any size, by the centre crop it was tested with."""
        crops = centre_crop(pictures, self.input_size, self.crop_share)
        return self._in_passes(crops, lambda images: self.classify(self.pooled(images)).softmax(dim=-1), None)

    def settings(self) -> dict[str, Any]:
        """What changes the result, as JSON values."""
        return {"backbone": self.name, "origin": self.origin, "weights_sha256": self.weights_sha256}

    @property
    def weights_sha256(self) -> str:
        """Hash of every parameter and buffer with its name; computed once."""
        if self._sha256 is None:
            self._sha256 = state_sha256(self.state_dict())
        return self._sha256

    @torch.inference_mode()
    def _in_passes(self, pictures: NDArray[np.uint8], network: Any, width: int | None) -> NDArray[np.float32]:
        done = [
            network(self.normalise(pictures[i : i + PASS_PICTURES])).float().cpu().numpy()
            for i in range(0, len(pictures), PASS_PICTURES)
        ]
        return np.concatenate(done) if done else np.zeros((0, width or 0), dtype=np.float32)


def centre_crop(pictures: NDArray[np.uint8], size: int, share: float) -> NDArray[np.uint8]:
    """Scale so that ``size`` is ``share`` of the shorter side, then cut the middle.

    Args:
        pictures: (N, H, W, 3) uint8.
        size: side of the result in pixels.
        share: in (0, 1].

    Returns:
        (N, size, size, 3) uint8. Shrinking averages areas, enlarging is bicubic.
    """
    height, width = pictures.shape[1:3]
    scale = max(size / share / min(height, width), size / min(height, width))
    new = max(size, round(width * scale)), max(size, round(height * scale))
    resized = resize(pictures, (new[1], new[0]))
    top, left = (new[1] - size) // 2, (new[0] - size) // 2
    return resized[:, top : top + size, left : left + size]


def resize(pictures: NDArray[np.uint8], size: tuple[int, int]) -> NDArray[np.uint8]:
    """(N, H, W[, 3]) pictures at ``size`` = (height, width); the same array if they already are."""
    if pictures.shape[1:3] == size:
        return pictures
    shrinks = pictures.shape[1] * pictures.shape[2] > size[0] * size[1]
    out = np.empty((len(pictures), *size, *pictures.shape[3:]), dtype=np.uint8)
    for picture, target in zip(pictures, out, strict=True):
        target[...] = cv2.resize(picture, size[::-1], interpolation=cv2.INTER_AREA if shrinks else cv2.INTER_CUBIC)
    return out


def state_sha256(state: Mapping[str, Tensor]) -> str:
    """Hash of tensors and their names, in name order, whatever their memory layout."""
    digest = hashlib.sha256()
    for name in sorted(state):
        tensor = state[name].detach().cpu().contiguous()
        digest.update(f"{name}|{tensor.dtype}|{tuple(tensor.shape)}|".encode())
        digest.update(tensor.reshape(-1).view(torch.uint8).numpy().tobytes())
    return digest.hexdigest()
