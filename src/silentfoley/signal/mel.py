"""Mel filter banks, and the sound features every network here predicts."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from einops import rearrange
from numpy.typing import NDArray
from torch import Tensor, nn

from silentfoley.errors import GridError
from silentfoley.signal.stft import StftSpec, magnitude
from silentfoley.timegrid import HOP_SAMPLES, SAMPLE_RATE_HZ

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class MelScale:
    """A pitch scale: two functions that undo each other."""

    from_hz: Callable[[Floats], Floats]
    to_hz: Callable[[Floats], Floats]


_BREAK_HZ, _LINEAR_HZ = 1000.0, 200.0 / 3
_LOG_STEP = np.log(6.4) / 27


def _slaney_from_hz(hz: Floats) -> Floats:
    above = _BREAK_HZ / _LINEAR_HZ + np.log(np.maximum(hz, _BREAK_HZ) / _BREAK_HZ) / _LOG_STEP
    return np.where(hz < _BREAK_HZ, hz / _LINEAR_HZ, above)


def _slaney_to_hz(mel: Floats) -> Floats:
    knee = _BREAK_HZ / _LINEAR_HZ
    above = _BREAK_HZ * np.exp(_LOG_STEP * (np.maximum(mel, knee) - knee))
    return np.where(mel < knee, mel * _LINEAR_HZ, above)


#: O'Shaughnessy's formula as used by HTK.
HTK = MelScale(lambda hz: 2595 * np.log10(1 + hz / 700), lambda mel: 700 * (10 ** (mel / 2595) - 1))
#: Slaney's Auditory Toolbox: linear below 1 kHz, logarithmic above.
SLANEY = MelScale(_slaney_from_hz, _slaney_to_hz)


def mel_edges_hz(n_mels: int, low_hz: float, high_hz: float, scale: MelScale = HTK) -> Floats:
    """(n_mels + 2,) corner frequencies in Hz; triangle ``i`` runs from edge i over i + 1 to i + 2.

    Raises:
        GridError: if the range is empty or no band is asked for.
    """
    if n_mels < 1 or not 0 <= low_hz < high_hz:
        raise GridError(
            "mel bank", f"{n_mels} bands between {low_hz:g} and {high_hz:g} Hz", "use bands >= 1 and 0 <= low < high"
        )
    ends = scale.from_hz(np.array([low_hz, high_hz], dtype=np.float64))
    return scale.to_hz(np.linspace(ends[0], ends[1], n_mels + 2))


def mel_bank(
    n_mels: int, n_fft: int, sample_rate_hz: int, low_hz: float, high_hz: float, scale: MelScale = HTK
) -> Floats:
    """(n_mels, n_fft // 2 + 1) triangles of peak 1, equally spaced in pitch."""
    edges = mel_edges_hz(n_mels, low_hz, high_hz, scale)
    bins = np.arange(n_fft // 2 + 1) * (sample_rate_hz / n_fft)
    ramps = edges[:, None] - bins[None, :]
    widths = np.diff(edges)[:, None]
    rising = -ramps[:-2] / widths[:-1]
    falling = ramps[2:] / widths[1:]
    return np.maximum(0.0, np.minimum(rising, falling))


def equal_area(bank: Floats, edges_hz: Floats) -> Floats:
    """Slaney's normalisation: each triangle divided by half its width in Hz."""
    return np.asarray(bank * (2.0 / (edges_hz[2:] - edges_hz[:-2]))[:, None])


class SoundFeatures(nn.Module):
    """Log-mel spectrogram with one column per grid column: what ``FoleyBatch.sound`` and ``Perception.sound`` hold.

    ``log1p(mel / floor)``, where ``mel`` is the RMS magnitude in the band and magnitudes are scaled so that a
    full-scale sine has peak 1. Silence, and therefore zero padding, is exactly 0; full scale is about
    ``log(1 / floor)``. Scale, band and floor are our choice (the papers' are unknown).

    Args:
        n_mels: bands F.
        n_fft: window in samples.
        hop_samples: the grid's hop, so that (B, N) audio gives (B, T, F) with T = ``1 + N // hop_samples``.
        sample_rate_hz: rate of the audio.
        low_hz, high_hz: range of the bank; ``high_hz`` at most half the rate.
        floor: magnitude at which the curve bends from linear to logarithmic.
    """

    bank: Tensor

    def __init__(
        self,
        n_mels: int = 64,
        n_fft: int = 2048,
        hop_samples: int = HOP_SAMPLES,
        sample_rate_hz: int = SAMPLE_RATE_HZ,
        low_hz: float = 40.0,
        high_hz: float = 16_000.0,
        floor: float = 1e-4,
    ) -> None:
        super().__init__()
        if high_hz > sample_rate_hz / 2:
            raise GridError(
                "SoundFeatures",
                f"high_hz {high_hz:g} is above half of {sample_rate_hz} Hz",
                "lower it or raise the rate",
            )
        self.spec = StftSpec(n_fft, hop_samples)
        self.sample_rate_hz = sample_rate_hz
        self.low_hz, self.high_hz, self.floor = float(low_hz), float(high_hz), float(floor)
        bank = mel_bank(n_mels, n_fft, sample_rate_hz, low_hz, high_hz)
        # The narrowest low bands may fall between two bins: give those the nearest bin, not silence.
        centres = mel_edges_hz(n_mels, low_hz, high_hz)[1:-1] * n_fft / sample_rate_hz
        empty = bank.sum(axis=1) == 0
        bank[empty, np.round(centres[empty]).astype(int)] = 1.0
        bank /= bank.sum(axis=1, keepdims=True)
        self.register_buffer("bank", torch.from_numpy(bank).float(), persistent=False)

    @property
    def n_mels(self) -> int:
        """Features per column."""
        return int(self.bank.shape[0])

    def settings(self) -> dict[str, Any]:
        """Everything that changes the result, as JSON values; ``SoundFeatures(**settings)`` rebuilds it."""
        return {
            "n_mels": self.n_mels,
            "n_fft": self.spec.n_fft,
            "hop_samples": self.spec.hop_samples,
            "sample_rate_hz": self.sample_rate_hz,
            "low_hz": self.low_hz,
            "high_hz": self.high_hz,
            "floor": self.floor,
        }

    def forward(self, audio: Tensor) -> Tensor:
        """(B, N) samples to (B, T, F) features >= 0."""
        scaled = magnitude(audio, self.spec) * (4.0 / self.spec.n_fft)
        mel = (self.bank.to(scaled.dtype) @ scaled.square()).clamp_min(0).sqrt()
        return rearrange(torch.log1p(mel / self.floor), "... f t -> ... t f")

    def magnitudes(self, features: Tensor) -> Tensor:
        """(..., F) band magnitudes that ``features`` stand for; the inverse of the compression."""
        return torch.expm1(features.clamp_min(0)) * self.floor
