"""From log-mel columns to sound, in Vocos' manner: a network at the rate of columns, and an inverse STFT.

Siuzdak 2023 lets ConvNeXt blocks predict log magnitude and phase of an STFT. Ours adds to that what foley needs. Rain,
fire and the body of most hits are noise, whose phase cannot be known: beside the predicted spectrum the head sets the
gains of a noise's own. Hits begin within a millisecond, a window is 23 ms long: the head bends the level in steps of
0.7 ms. Both, and that the network corrects an interpolation of the log-mel itself and not nothing, are our choices.
"""

from __future__ import annotations

from typing import NamedTuple

import torch
from einops import rearrange
from torch import Tensor, nn
from torch.nn.functional import interpolate

from silentfoley.generators.conv_block import REACH, ColumnConv, ConvBlock
from silentfoley.generators.vocoding import MelToBins
from silentfoley.signal.mel import SoundFeatures
from silentfoley.signal.stft import StftSpec, inverse_stft, stft
from silentfoley.timegrid import SAMPLE_RATE_HZ

#: Bounds of what is added to log magnitudes, and of the log level of the steps within a column. Our choices.
MOST_LOG, MOST_STEP = 6.0, 4.0


class Spectra(NamedTuple):
    """What the head says of a sound: F bins, T columns, E steps within a column.

    Attributes:
        log_magnitude, phase: (B, T, F) of the part that is no noise; a full-scale sine has magnitude 1.
        log_noise: (B, T, F) root-mean-square magnitude of the noise, in the same units.
        log_level: (B, T, E) of the sound, on top of both.
    """

    log_magnitude: Tensor
    phase: Tensor
    log_noise: Tensor
    log_level: Tensor


def synthesise(log_magnitude: Tensor, phase: Tensor, spec: StftSpec) -> Tensor:
    """Sound of a spectrum: the head's last step.

    Args:
        log_magnitude, phase: (B, T, F); magnitudes in units where a full-scale sine has peak 1.

    Returns:
        (B, (T - 1) * hop) samples.
    """
    return _inverse(torch.polar(log_magnitude.exp() * (spec.n_fft / 4), phase), spec)


def _inverse(spectrum: Tensor, spec: StftSpec) -> Tensor:
    n = (spectrum.shape[1] - 1) * spec.hop_samples
    return inverse_stft(rearrange(spectrum, "b t f -> b f t"), spec, n)


def unit_noise(noise: Tensor, spec: StftSpec) -> Tensor:
    """(B, T, F) spectrum of (B, N) white noise of variance 1, scaled to root mean square 1.

    It is consistent, as a table of random numbers would not be, so gains that vary slowly come out as they are.
    """
    out: Tensor = rearrange(stft(noise, spec), "b f t -> b t f") / (3 / 8 * spec.n_fft) ** 0.5
    return out


class Vocoder(nn.Module):
    """Log-mel columns to sound. Untrained it is noise, filtered by the log-mel.

    Args:
        n_mels: bands M.
        n_fft, hop_samples: of the log-mel and of the inverse STFT.
        low_hz, high_hz: range of the bands.
        dim, hidden, n_blocks: size of the network.
        n_steps: level steps E within a column; ``hop_samples`` is divisible by it.
        sample_rate_hz: of the sound.
    """

    def __init__(
        self,
        n_mels: int = 80,
        n_fft: int = 1024,
        hop_samples: int = 256,
        low_hz: float = 40.0,
        high_hz: float = 20_000.0,
        dim: int = 192,
        hidden: int = 448,
        n_blocks: int = 6,
        n_steps: int = 8,
        sample_rate_hz: int = SAMPLE_RATE_HZ,
    ) -> None:
        super().__init__()
        self.features = SoundFeatures(n_mels, n_fft, hop_samples, sample_rate_hz, low_hz, high_hz)
        self.spec, self.n_steps = self.features.spec, n_steps
        self.base = MelToBins(self.features)
        self.enter = ColumnConv(n_mels, dim)
        self.blocks = nn.ModuleList(ConvBlock(dim, hidden) for _ in range(n_blocks))
        self.norm = nn.LayerNorm(dim)
        self.head = nn.Linear(dim, 3 * self.spec.n_bins + n_steps)
        nn.init.normal_(self.head.weight, std=0.01)
        nn.init.zeros_(self.head.bias)
        with torch.no_grad():
            self.head.bias[: self.spec.n_bins] = -2.0  # at first nearly all is noise

    @property
    def reach(self) -> int:
        """Columns to each side that a column's sound hangs on."""
        return (len(self.blocks) + 1) * REACH + 2 * (self.spec.n_fft // 2 // self.spec.hop_samples) + 1

    def spectra(self, log_mel: Tensor) -> Spectra:
        """What stands for (B, T, M) columns."""
        x = self.enter(log_mel / 4)
        for block in self.blocks:
            x = block(x)
        base, bins = self.base(log_mel), self.spec.n_bins
        magnitude, noise, phase, level = self.head(self.norm(x)).split((bins, bins, bins, self.n_steps), dim=-1)
        return Spectra(
            base + magnitude.clamp(-MOST_LOG, MOST_LOG),
            torch.pi * phase,
            base + noise.clamp(-MOST_LOG, MOST_LOG),
            level.clamp(-MOST_STEP, MOST_STEP),
        )

    def sound(self, spectra: Spectra, noise: Tensor) -> Tensor:
        """(B, (T - 1) * hop) samples from (B, (T - 1) * hop) white noise of variance 1."""
        scale = self.spec.n_fft / 4
        spectrum = torch.polar(spectra.log_magnitude.exp() * scale, spectra.phase)
        spectrum = spectrum + (spectra.log_noise.exp() * scale) * unit_noise(noise, self.spec)
        # No sound has an offset.
        audio = _inverse(torch.cat([torch.zeros_like(spectrum[..., :1]), spectrum[..., 1:]], dim=-1), self.spec)
        return audio * self._level(spectra.log_level, audio.shape[-1])

    def _level(self, log_level: Tensor, n_samples: int) -> Tensor:
        steps = rearrange(log_level, "b t e -> b 1 (t e)")
        # The steps of a column lie around its centre, which is where the column's sample is.
        curve = interpolate(steps, scale_factor=self.spec.hop_samples // self.n_steps, mode="linear")[:, 0]
        return curve[:, self.spec.hop_samples // 2 :][:, :n_samples].exp()

    def forward(self, log_mel: Tensor, noise: Tensor) -> Tensor:
        """(B, T, M) columns and (B, (T - 1) * hop) white noise to (B, (T - 1) * hop) samples."""
        return self.sound(self.spectra(log_mel), noise)
