"""Distances between sounds over several windows, and a loss under which noise may stay noise."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from silentfoley.signal.mel import SoundFeatures
from silentfoley.signal.stft import StftSpec, magnitude

#: Windows in samples; the short ones see attacks, the long ones pitch. Our choice.
WINDOWS = (128, 512, 2048)
#: Magnitude at which logarithms bend: -80 dB.
FLOOR = 1e-4


class SpectralDistance(nn.Module):
    """L1 of log-mel, and L1 of magnitudes and of their logarithms over several windows. Each term is a metric.

    Args:
        features: makes the log-mel.
        windows: lengths in samples; columns are a quarter apart.
    """

    def __init__(self, features: SoundFeatures, windows: tuple[int, ...] = WINDOWS) -> None:
        super().__init__()
        self.features = features
        self.specs = tuple(StftSpec(n, n // 4) for n in windows)

    def views(self, audio: Tensor) -> list[Tensor]:
        """(B, N) samples as they are compared: magnitudes and log magnitudes per window, and log-mel."""
        out = [self.features(audio)]
        for spec in self.specs:
            scaled = magnitude(audio, spec) * (4 / spec.n_fft)
            out += [scaled, torch.log(scaled + FLOOR)]
        return out

    def between(self, a: list[Tensor], b: list[Tensor], levels: list[Tensor]) -> Tensor:
        """Mean distance of two batches' views; magnitudes count relative to (B,) ``levels`` per window."""
        total = (a[0] - b[0]).abs().mean()
        for i, level in enumerate(levels):
            linear = (a[2 * i + 1] - b[2 * i + 1]).abs().mean(dim=(1, 2)) / level
            total = total + linear.mean() + (a[2 * i + 2] - b[2 * i + 2]).abs().mean()
        return total / (1 + len(levels))

    def energy(self, truth: Tensor, first: Tensor, second: Tensor) -> Tensor:
        """Energy distance of a sound and two draws of what should sound like it (Gritsenko et al. 2020).

        Both draws shall be near the truth, and as far from each other as truths are: were they not, the best answer
        to a noise would be its median, which buzzes.

        Args:
            truth, first, second: (B, N).
        """
        a, b, c = self.views(truth), self.views(first), self.views(second)
        levels = [v.mean(dim=(1, 2)) + 10 * FLOOR for v in a[1::2]]
        return self.between(a, b, levels) + self.between(a, c, levels) - self.between(b, c, levels)
