"""A convolutional network on a moment and what surrounds it in time; and its vectors as features."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from safetensors import SafetensorError
from safetensors.torch import load_file
from torch import Tensor, nn

from silentfoley.encoders.base import FeatureExtractor
from silentfoley.encoders.features import ThumbnailFeatures
from silentfoley.encoders.interpolation import FrameInterpolation
from silentfoley.errors import CheckpointError
from silentfoley.files import sha256_file
from silentfoley.timegrid import TimeGrid

#: Columns of the pictures the network sees at once, against the moment it speaks of: 320 ms to either side.
TAPS = (-16, -8, -4, -2, 0, 2, 4, 8, 16)
#: Moments computed at a time.
CHUNK = 32
#: Columns from one computed moment to the next; vectors between are blends.
STEP_COLUMNS = 2


class MomentCNN(nn.Module):
    """(N, 9, 64, 64) grey pictures around a moment to (N, D) vectors. Ours.

    Reads the moment itself, the changes from each picture to the next, and their sizes; then ordinary convolutions,
    so that what a thing looks like and which way it moves stay bound to its place until the strongest answer of each
    channel, and its mean, are read off. Wider in time and four times as costly as
    :class:`~silentfoley.encoders.space_time_cnn.SpaceTimeCNN`.

    A vector ends in the network's own answers, which a linear layer reads off the rest: what it was trained to say is
    worth more to whoever reads the vectors than what they could learn of it from fewer clips.

    Args:
        width: channels of the first map; two, three and four times as many follow.
        n_answers: numbers it is trained to say.
    """

    SIDE = 64

    def __init__(self, width: int = 32, n_answers: int = 117) -> None:
        super().__init__()
        self.n_features = 8 * width + n_answers
        self.maps = nn.Sequential(
            _block(2 * len(TAPS) - 1, width, 2),
            _block(width, 2 * width, 2),
            _block(2 * width, 3 * width, 2),
            _block(3 * width, 4 * width, 1),
            _Residual(4 * width),
        )
        self.answers = nn.Linear(8 * width, n_answers)

    def forward(self, windows: Tensor) -> Tensor:
        """(N, 9, 64, 64) in [0, 1] to (N, D)."""
        maps = self.maps(changes(windows))
        seen = torch.cat([maps.amax(dim=(2, 3)), maps.mean(dim=(2, 3))], dim=1)
        return torch.cat([seen, self.answers(seen)], dim=1)


def _block(n_in: int, n_out: int, stride: int) -> nn.Sequential:
    conv = nn.Conv2d(n_in, n_out, kernel_size=3, stride=stride, padding=1, bias=False)
    return nn.Sequential(conv, nn.BatchNorm2d(n_out), nn.ReLU(inplace=True))


class _Residual(nn.Module):
    """A convolution beside its input (He et al. 2016); at first the input passes unchanged."""

    def __init__(self, size: int) -> None:
        super().__init__()
        self.conv = nn.Conv2d(size, size, kernel_size=3, padding=1, bias=False)
        self.norm = nn.BatchNorm2d(size)
        nn.init.zeros_(self.norm.weight)

    def forward(self, maps: Tensor) -> Tensor:
        return torch.relu(maps + self.norm(self.conv(maps)))


def changes(windows: Tensor) -> Tensor:
    """(N, 9, H, W) pictures to (N, 17, H, W): the middle one, eight changes in turn, eight sizes of change."""
    change = 4 * windows.diff(dim=1)
    middle = 2 * windows[:, len(TAPS) // 2, None] - 1
    return torch.cat([middle, change, change.abs()], dim=1).contiguous(memory_format=torch.channels_last)


def window_columns(moments: NDArray[np.int64], n_columns: int) -> NDArray[np.int64]:
    """(N, 9) columns a network looks at for (N,) moments; past an end the last picture stands still."""
    columns: NDArray[np.int64] = np.clip(moments[:, None] + np.array(TAPS), 0, n_columns - 1)
    return columns


class MomentFeatures(FeatureExtractor):
    """(T, D): a trained :class:`MomentCNN` on grey thumbnails.

    Args:
        weights: safetensors file of the network.
        width: of the network.
        interpolation: how pictures at columns come about; a linear blend by default.
        n_answers: of the network.

    Raises:
        CheckpointError: if the weights cannot be read or do not fit.
    """

    name = "moment"

    def __init__(
        self,
        weights: Path | str,
        width: int = 32,
        interpolation: FrameInterpolation | None = None,
        n_answers: int = 117,
    ) -> None:
        self.thumbnails = ThumbnailFeatures(MomentCNN.SIDE, interpolation)
        self.frame_size = self.thumbnails.frame_size
        self.network = MomentCNN(width, n_answers).eval()
        try:
            self.network.load_state_dict(load_file(str(weights)))
        except (OSError, SafetensorError, RuntimeError) as error:
            reason = " ".join(str(error).split())[:160]
            raise CheckpointError(weights, f"cannot be used ({reason})", "train the backbone again") from None
        self.digest = sha256_file(Path(weights))

    def settings(self) -> dict[str, Any]:
        """Everything that changes the result, the hash of the weights included."""
        return {"weights": self.digest, "taps": TAPS, "step": STEP_COLUMNS, **self.thumbnails.settings()}

    def __call__(self, frames: NDArray[np.uint8], times_s: NDArray[np.float64], grid: TimeGrid) -> NDArray[np.float32]:
        """(T, D) features. See :class:`FeatureExtractor`."""
        return self.of_pictures(self.pictures(frames, times_s, grid))

    def pictures(self, frames: NDArray[np.uint8], times_s: NDArray[np.float64], grid: TimeGrid) -> NDArray[np.uint8]:
        """(T, 64, 64) grey bytes at columns."""
        return np.round(self.thumbnails(frames, times_s, grid)[:, 1] * 255).astype(np.uint8)

    @torch.inference_mode()
    def of_pictures(self, pictures: NDArray[np.uint8]) -> NDArray[np.float32]:
        """(T, 64, 64) grey bytes at columns, as the cache of thumbnails keeps them, to (T, D)."""
        moments = np.arange(0, len(pictures), STEP_COLUMNS)
        columns = window_columns(moments, len(pictures))
        chunks = [
            self.network(torch.from_numpy(pictures[columns[i : i + CHUNK]]).float() / 255)
            for i in range(0, len(columns), CHUNK)
        ]
        return blended(torch.cat(chunks).numpy(), len(pictures))


def blended(vectors: NDArray[np.float32], n_columns: int) -> NDArray[np.float32]:
    """(M, D) vectors at every STEP_COLUMNS-th column to (n_columns, D); the last stands still."""
    place = np.arange(n_columns) / STEP_COLUMNS
    before = place.astype(np.int64)
    after = np.minimum(before + 1, len(vectors) - 1)
    weight = (place - before).astype(np.float32)[:, None]
    blend: NDArray[np.float32] = (1 - weight) * vectors[before] + weight * vectors[after]
    return blend
