"""From log-mel columns to sound without a network, and what every way shares: log-mel, and long sounds in pieces."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

import numpy as np
import torch
from einops import rearrange
from torch import Tensor, nn

from silentfoley.signal.mel import SoundFeatures, mel_edges_hz
from silentfoley.signal.phase import griffin_lim
from silentfoley.signal.stft import stft
from silentfoley.timegrid import SAMPLE_RATE_HZ

#: Silence stands so far below the features' floor that its logarithm stays finite.
BELOW_FLOOR = 0.03


def log_mel_features() -> SoundFeatures:
    """The log-mel of the default vocoder."""
    return SoundFeatures(80, 1024, 256, SAMPLE_RATE_HZ, 40.0, 20_000.0)


class MelToBins(nn.Module):
    """Log magnitudes of all bins, on straight lines between the centres of the bands.

    Args:
        features: what made the log-mel.
    """

    weights: Tensor

    def __init__(self, features: SoundFeatures) -> None:
        super().__init__()
        self.floor = features.floor
        n_fft, n_mels = features.spec.n_fft, features.n_mels
        centres = mel_edges_hz(n_mels, features.low_hz, features.high_hz)[1:-1]
        bins_hz = np.arange(n_fft // 2 + 1) * (features.sample_rate_hz / n_fft)
        place = np.interp(bins_hz, centres, np.arange(n_mels))
        weights = np.maximum(0, 1 - np.abs(place[None, :] - np.arange(n_mels)[:, None]))
        self.register_buffer("weights", torch.from_numpy(weights).float(), persistent=False)

    def forward(self, log_mel: Tensor) -> Tensor:
        """(..., M) features to (..., F) natural logarithms of magnitude."""
        bands = torch.log((torch.expm1(log_mel.clamp(0, 12)) + BELOW_FLOOR) * self.floor)
        return bands @ self.weights


class GriffinLim(nn.Module):
    """The fallback without a network, with the face of :class:`Vocoder`: phases begin as the noise's own.

    So few rounds that a column's sound hangs on columns nearby alone.

    Args:
        features: what made the log-mel.
        n_iterations: rounds.
    """

    def __init__(self, features: SoundFeatures, n_iterations: int = 8) -> None:
        super().__init__()
        self.features, self.spec, self.n_iterations = features, features.spec, n_iterations
        self.base = MelToBins(features)

    @property
    def reach(self) -> int:
        """Columns to each side that a column's sound hangs on."""
        return (self.n_iterations + 1) * (self.spec.n_fft // self.spec.hop_samples) + 1

    def forward(self, log_mel: Tensor, noise: Tensor) -> Tensor:
        """(B, T, M) columns and (B, (T - 1) * hop) white noise to (B, (T - 1) * hop) samples."""
        magnitudes = rearrange(self.base(log_mel).exp(), "b t f -> b f t") * (self.spec.n_fft / 4)
        phase = stft(noise, self.spec).angle()
        return griffin_lim(magnitudes, self.spec, noise.shape[-1], n_iterations=self.n_iterations, initial_phase=phase)


def vocode_pieces(
    vocode: Callable[[Tensor, Tensor], Tensor],
    windows: Iterable[Tensor],
    hop_samples: int,
    reach: int,
    generator: torch.Generator,
) -> Iterator[Tensor]:
    """Sound of columns that come window by window, without a seam: each piece is what the whole would be.

    A piece is made together with ``reach`` columns on both sides, and of a window the last ones wait for the next.

    Args:
        vocode: :class:`Vocoder` or :class:`GriffinLim`.
        windows: (t, M) columns, in order; T together.
        reach: columns to each side that sound hangs on.
        generator: draws the noise.

    Yields:
        (n,) samples, ``(T - 1) * hop_samples`` together.
    """
    columns, noise, done, first, last = torch.zeros(0), torch.zeros(0), 0, 0, False
    source = iter(windows)
    following = next(source, None)
    while following is not None:
        window, following = following, next(source, None)
        columns = window if not len(columns) else torch.cat([columns, window])
        end = first + len(columns)
        noise = torch.cat([noise, torch.randn((end - 1 - first) * hop_samples - len(noise), generator=generator)])
        last = following is None
        until = end - 1 if last else max(done, end - 1 - reach)
        sound = vocode(columns[None], noise[None])[0]
        yield sound[(done - first) * hop_samples : (until - first) * hop_samples]
        done = until
        keep = max(0, done - reach - first)
        columns, noise, first = columns[keep:], noise[keep * hop_samples :], first + keep
