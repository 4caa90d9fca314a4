"""Batches of stage clips, made unlike the stage: stretched, mixed, bent, noised, shaken, with features missing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from curve_clips import CurveClip
from torch import Tensor

from silentfoley.encoders.motion import MOTION_FEATURES

#: What a hand that holds the camera leaks into, most of all where the camera's motion is told.
SHAKEN = frozenset(
    ("speed_top", "up_top", "down_top", "side_top", "jump", "strike", "dip", "swerve", "landing", "launch")
)
NEVER = float("inf")


@dataclass(frozen=True)
class Augment:
    """How far a clip may go from what was rendered.

    Attributes:
        stretch: largest change of tempo, as a natural logarithm.
        mix: share of clips with a second one laid over them.
        bend: deviation of the exponent's logarithm that bends each feature: peaks against floor.
        noise: largest noise, in root mean squares of the feature.
        shake: share of clips with a shaking camera.
        drop: chance that a feature is missing.
    """

    stretch: float = 0.3
    mix: float = 0.2
    bend: float = 0.2
    noise: float = 0.15
    shake: float = 0.2
    drop: float = 0.05


class Pool:
    """Clips of one length as tensors: chosen features (N, T, C), hits (N, E) in seconds, their strengths (N, E)."""

    def __init__(self, clips: list[CurveClip], channels: Sequence[str]) -> None:
        columns, most = min(len(c.features) for c in clips), max(1, *(c.start_s.size for c in clips))
        self.rate_hz = float(clips[0].grid.column_rate_hz)
        chosen = [MOTION_FEATURES.index(name) for name in channels]
        self.features = torch.stack([torch.from_numpy(c.features[:columns, chosen]) for c in clips])
        self.shaken = torch.tensor([float(name in SHAKEN) for name in channels])
        self.starts_s = torch.full((len(clips), most), NEVER)
        self.strengths = torch.zeros(len(clips), most)
        for i, clip in enumerate(clips):
            self.starts_s[i, : clip.start_s.size] = torch.from_numpy(clip.start_s)
            self.strengths[i, : clip.start_s.size] = torch.from_numpy(clip.strength)

    def draw(self, size: int, how: Augment, rng: torch.Generator) -> tuple[Tensor, Tensor, Tensor]:
        """Features (B, T, C), hits (B, E) in seconds, strengths (B, E)."""
        x, starts, strengths = self._stretched(size, how, rng)
        other, more, much = self._stretched(size, how, rng)
        # The second clip is between a quarter as fast and as fast: under half it is a mover that makes no sound.
        level = 4 ** -torch.rand(size, generator=rng) * (torch.rand(size, generator=rng) < how.mix)
        other = other * level[:, None, None]
        x = torch.where(x.abs() > other.abs(), x, other).sign() * torch.hypot(x, other)
        more = torch.where(level[:, None] > 0.5, more, NEVER)
        return self._spoilt(x, how, rng), torch.cat([starts, more], 1), torch.cat([strengths, much], 1)

    def _stretched(self, size: int, how: Augment, rng: torch.Generator) -> tuple[Tensor, Tensor, Tensor]:
        """Clips at another tempo from their start on; what they do not last for is still."""
        index = torch.randint(len(self.features), (size,), generator=rng)
        factor = torch.exp(how.stretch * (2 * torch.rand(size, 1, generator=rng) - 1))
        columns = self.features.shape[1]
        at = torch.arange(columns) / factor
        left = at.floor().long().clamp(max=columns - 1)
        share = (at - left)[..., None].clamp(max=1)
        rows, inside = index[:, None], (at <= columns - 1)[..., None]
        x = self.features[rows, left] * (1 - share) + self.features[rows, (left + 1).clamp(max=columns - 1)] * share
        return x * inside, self.starts_s[index] * factor, self.strengths[index]

    def _spoilt(self, x: Tensor, how: Augment, rng: torch.Generator) -> Tensor:
        """Bend, noise, shake and drop features of (B, T, C)."""
        size, columns, features = x.shape

        def normal(*shape: int) -> Tensor:
            return torch.randn(shape, generator=rng)

        def even(*shape: int) -> Tensor:
            return torch.rand(shape, generator=rng)

        unit = x.square().mean(1, keepdim=True).sqrt() + 1e-6
        x = x / unit
        x = x.sign() * x.abs() ** torch.exp(how.bend * normal(size, 1, features))
        x = x + how.noise * even(size, 1, 1) * normal(size, columns, features).abs()
        bumps = _smooth(normal(size, columns), 3).abs() * even(size, 1) * (even(size, 1) < how.shake)
        x = x + bumps[..., None] * self.shaken * even(size, 1, features)
        return x * (even(size, 1, features) >= how.drop) * unit


def _smooth(x: Tensor, half_width: int) -> Tensor:
    """(B, T) in blocks of 2 n + 1 columns, to deviation 1 again."""
    width = 2 * half_width + 1
    mean = torch.nn.functional.avg_pool1d(x[:, None], width, 1, half_width)[:, 0]
    return mean * width**0.5


def targets(starts_s: Tensor, strengths: Tensor, columns: int, rate_hz: float, width_s: float) -> tuple[Tensor, Tensor]:
    """(B, T) bells of deviation ``width_s`` about the hits, and (B, T) strength of the nearest hit."""
    distance = (torch.arange(columns)[None, :, None] / rate_hz - starts_s[:, None]).abs()
    nearest = distance.min(-1)
    bell = torch.exp(-0.5 * (nearest.values / width_s) ** 2)
    return bell, strengths.gather(1, nearest.indices)
