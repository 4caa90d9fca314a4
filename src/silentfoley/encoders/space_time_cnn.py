"""A small convolutional network for space-time thumbnails, trained from scratch."""

from __future__ import annotations

import torch
from einops import rearrange
from torch import Tensor, nn
from torch.nn import functional as F


class SpaceTimeCNN(nn.Module):
    """(N, 3, 64, 64) space-time images to (N, D) vectors; also (B, T, 3, 64, 64) to (B, T, D). Ours.

    Channels mix only where they lie, down to an 8 x 8 map, so that *what* and *which way it moves* stay bound to
    one place when two things stand in the picture. The read-out sees both the strongest answer of each channel
    anywhere and a thin map with its layout. Group normalisation looks at one picture alone: no batch size, padding
    or neighbour changes a feature.

    Args:
        n_features: D.
        width: channels of the first map; twice and four times as many follow.
        layout: channels of the thin map that keeps places.
    """

    SIDE = 64

    def __init__(self, n_features: int = 128, width: int = 16, layout: int = 12) -> None:
        super().__init__()
        self.n_features = n_features
        self.stem = nn.Conv2d(3, width, kernel_size=5, stride=2, padding=2, bias=False)
        self.stem_norm = nn.GroupNorm(4, width)
        self.down = nn.Sequential(
            SeparableDown(width, 2 * width), SeparableDown(2 * width, 4 * width), SeparableResidual(4 * width)
        )
        self.layout = nn.Conv2d(4 * width, layout, kernel_size=1)
        side = self.SIDE // 8
        self.read_out = nn.Linear(4 * width + layout * side * side, n_features)

    def forward(self, images: Tensor) -> Tensor:
        """(..., 3, 64, 64) in [0, 1] to (..., D)."""
        flat = images.reshape(-1, *images.shape[-3:])
        maps = F.relu(self.stem_norm(self.stem(motion_basis(flat))))
        maps = self.down(maps)
        strongest = maps.amax(dim=(2, 3))
        places = rearrange(self.layout(maps), "n c h w -> n (c h w)")
        features: Tensor = self.read_out(torch.cat([strongest, F.relu(places)], dim=-1))
        return features.reshape(*images.shape[:-3], self.n_features)


def motion_basis(images: Tensor) -> Tensor:
    """(N, 3, H, W) previous, current, next to brightness, change and change of change, alike in size.

    A fixed, invertible mixture: differences of neighbours are small against the picture itself, and a network that
    starts from them need not find them first.
    """
    before, now, after = images.unbind(dim=1)
    basis = torch.stack([2 * now - 1, 4 * (after - before), 4 * (after + before - 2 * now)], dim=1)
    # Nearly twice as fast on CPU; the maps that follow keep the layout.
    return basis.contiguous(memory_format=torch.channels_last)


class SeparableDown(nn.Module):
    """Each channel halved in size by its own filter, then mixed: (N, C, H, W) to (N, C', H/2, W/2)."""

    def __init__(self, n_in: int, n_out: int) -> None:
        super().__init__()
        self.depthwise = nn.Conv2d(n_in, n_in, kernel_size=5, stride=2, padding=2, groups=n_in, bias=False)
        self.mix = nn.Conv2d(n_in, n_out, kernel_size=1, bias=False)
        self.norm = nn.GroupNorm(4, n_out)

    def forward(self, maps: Tensor) -> Tensor:
        """(N, C, H, W) to (N, C', H/2, W/2)."""
        return F.relu(self.norm(self.mix(self.depthwise(maps))))


class SeparableResidual(nn.Module):
    """A look around at the same size, added: (N, C, H, W) to the same."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.depthwise = nn.Conv2d(channels, channels, kernel_size=3, padding=1, groups=channels, bias=False)
        self.mix = nn.Conv2d(channels, channels, kernel_size=1, bias=False)
        self.norm = nn.GroupNorm(4, channels)

    def forward(self, maps: Tensor) -> Tensor:
        """(N, C, H, W) to (N, C, H, W)."""
        return F.relu(maps + self.norm(self.mix(self.depthwise(maps))))
