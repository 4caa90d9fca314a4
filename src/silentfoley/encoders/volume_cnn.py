"""A small convolutional network over a short stretch of time, trained from scratch; and its vectors as features."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import torch
from einops import rearrange
from numpy.typing import NDArray
from safetensors import SafetensorError
from safetensors.torch import load_file
from torch import Tensor, nn
from torch.nn import functional as F

from silentfoley.encoders.base import FeatureExtractor
from silentfoley.encoders.features import ThumbnailFeatures
from silentfoley.encoders.interpolation import FrameInterpolation
from silentfoley.errors import CheckpointError
from silentfoley.files import sha256_file
from silentfoley.timegrid import TimeGrid

#: Columns from one picture the network sees to the next: 40 ms at 50 columns a second.
STRIDE_COLUMNS = 2


class VolumeCNN(nn.Module):
    """Grey pictures of 64 px to one vector per moment that sees 0.6 s to either side. Ours.

    Space and time are filtered in turn, and time is related *where a thing stands*, before places are summed up:
    of two things in one picture each keeps what it looks like and which way it moves together.

    Args:
        width: channels of the first map; two, four and six times as many follow.
    """

    SIDE = 64

    def __init__(self, width: int = 16) -> None:
        super().__init__()
        self.n_features = 12 * width
        self.first = Space(3, width, kernel=5)
        self.second = Space(width, 2 * width)
        self.third = Space(2 * width, 4 * width)
        self.short = Time(4 * width, kernel=3)
        self.fourth = Space(4 * width, 6 * width, stride=1)
        self.middle = Time(6 * width, kernel=5)
        self.long = Time(6 * width, kernel=5)

    def forward(self, pictures: Tensor) -> Tensor:
        """Every second moment: (B, T, 64, 64) in [0, 1] at 25 per second to (B, ceil(T / 2), D)."""
        maps = self.short(self._looks(change_basis(pictures, 1)), 1)[:, ::2]
        return self._summed(self.long(self.middle(self.fourth(maps), 1), 2))

    def dense(self, pictures: Tensor) -> Tensor:
        """Every moment: (B, T, 64, 64) at 50 per second to (B, T, D), equal to :meth:`forward` where both look."""
        maps = self.short(self._looks(change_basis(pictures, 2)), 2)
        return self._summed(self.long(self.middle(self.fourth(maps), 4), 8))

    def _looks(self, basis: Tensor) -> Tensor:
        return self.third(self.second(self.first(basis)))

    def _summed(self, maps: Tensor) -> Tensor:
        return torch.cat([maps.amax(dim=(3, 4)), maps.mean(dim=(3, 4))], dim=-1)


def change_basis(pictures: Tensor, step: int) -> Tensor:
    """(B, T, H, W) to (B, T, 3, H, W): brightness, change since ``step`` before, change until ``step`` after."""
    padded = torch.cat([pictures[:, :1]] * step + [pictures] + [pictures[:, -1:]] * step, dim=1)
    n = pictures.shape[1]
    before, after = padded[:, :n], padded[:, 2 * step :]
    return torch.stack([2 * pictures - 1, 4 * (pictures - before), 4 * (after - pictures)], dim=2)


class Space(nn.Module):
    """A convolution over each picture: (B, T, C, H, W) to (B, T, C', H / stride, W / stride)."""

    def __init__(self, n_in: int, n_out: int, kernel: int = 3, stride: int = 2) -> None:
        super().__init__()
        self.conv = nn.Conv2d(n_in, n_out, kernel, stride=stride, padding=kernel // 2, bias=False)
        self.norm = nn.BatchNorm2d(n_out)

    def forward(self, maps: Tensor) -> Tensor:
        """See the class."""
        flat = maps.flatten(0, 1).contiguous(memory_format=torch.channels_last)
        return F.relu(self.norm(self.conv(flat)), inplace=True).unflatten(0, maps.shape[:2])


class Time(nn.Module):
    """A convolution over time at each place, added to what was there: (B, T, C, H, W) to the same."""

    def __init__(self, channels: int, kernel: int) -> None:
        super().__init__()
        self.conv = nn.Conv2d(channels, channels, (kernel, 1), bias=False)
        self.norm = nn.BatchNorm2d(channels)

    def forward(self, maps: Tensor, dilation: int) -> Tensor:
        """Taps lie ``dilation`` moments apart; beyond the ends is zero."""
        height = maps.shape[3]
        line = rearrange(maps, "b t c h w -> b c t (h w)")
        reach = dilation * (self.conv.kernel_size[0] // 2)
        answer = self.norm(F.conv2d(line, self.conv.weight, padding=(reach, 0), dilation=(dilation, 1)))
        return rearrange(F.relu(line + answer), "b c t (h w) -> b t c h w", h=height)


class VolumeFeatures(FeatureExtractor):
    """(T, D): a trained :class:`VolumeCNN` on thumbnails.

    Args:
        weights: safetensors file of the network.
        width: of the network.
        interpolation: how pictures at columns come about; a linear blend by default.

    Raises:
        CheckpointError: if the weights cannot be read or do not fit.
    """

    name = "volume"

    def __init__(self, weights: Path | str, width: int = 16, interpolation: FrameInterpolation | None = None) -> None:
        self.thumbnails = ThumbnailFeatures(VolumeCNN.SIDE, interpolation)
        self.frame_size = self.thumbnails.frame_size
        self.network = VolumeCNN(width).eval()
        try:
            self.network.load_state_dict(load_file(str(weights)))
        except (OSError, SafetensorError, RuntimeError) as error:
            reason = " ".join(str(error).split())[:160]
            raise CheckpointError(weights, f"cannot be used ({reason})", "train the backbone again") from None
        self.digest = sha256_file(Path(weights))

    def settings(self) -> dict[str, Any]:
        """Everything that changes the result, the hash of the weights included."""
        return {"weights": self.digest, **self.thumbnails.settings()}

    def __call__(self, frames: NDArray[np.uint8], times_s: NDArray[np.float64], grid: TimeGrid) -> NDArray[np.float32]:
        """(T, D) features. See :class:`FeatureExtractor`."""
        return self.of_thumbnails(np.round(self.thumbnails(frames, times_s, grid)[:, 1] * 255).astype(np.uint8))

    @torch.inference_mode()
    def of_thumbnails(self, pictures: NDArray[np.uint8]) -> NDArray[np.float32]:
        """(T, 64, 64) grey bytes at columns, as the cache of thumbnails keeps them, to (T, D)."""
        features: NDArray[np.float32] = self.network.dense(torch.from_numpy(pictures)[None].float() / 255)[0].numpy()
        return features
