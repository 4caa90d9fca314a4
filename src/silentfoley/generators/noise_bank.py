"""A bank of noise bands: white noise, cut once into bands of unit level, to be weighted over time.

After NoiseBandNet (Barahona-Rios and Collins, arXiv:2307.08007): bands of noise are made beforehand by filters that
may look both ways, looped, and only weighted while playing, so nothing sounds before its gain rises and a gain may rise
within a millisecond. The division of the axis, the crossfades and the random signs are ours.
"""

from __future__ import annotations

import numpy as np
import torch
from einops import rearrange
from numpy.typing import NDArray
from torch import Tensor, nn

from silentfoley.timegrid import SAMPLE_RATE_HZ

Floats = NDArray[np.float64]
#: Bands are as wide as so many Hz plus their frequency, times a constant: 41 Hz at the bottom, 340 Hz at 10 kHz.
BEND_HZ = 1400.0
#: Crossfade of equal power where the reading place jumps; a multiple of every hop in use.
FADE_SAMPLES = 2048


def band_centres_hz(n_bands: int, low_hz: float, high_hz: float) -> Floats:
    """(n_bands,) centres, equally spaced in ``log(1 + f / BEND_HZ)``."""
    ends = np.log1p(np.array([low_hz, high_hz]) / BEND_HZ)
    return np.asarray(BEND_HZ * np.expm1(np.linspace(ends[0], ends[1], n_bands)))


def band_bins(band: int, bank: NoiseBank, n_fft: int) -> tuple[int, Floats]:
    """The first bin a band covers, 0 Hz left out, and its magnitudes from there on: a cosine between its neighbours.

    The squares of all bands sum to 1 from the first to the last centre.
    """
    centres = np.log1p(bank.centres_hz / BEND_HZ)
    step = centres[1] - centres[0]
    edges = BEND_HZ * np.expm1(centres[band] + step * np.array([-1.0, 1.0])) * n_fft / bank.sample_rate_hz
    bins = np.arange(max(1, int(np.ceil(edges[0]))), min(n_fft // 2, int(np.floor(edges[1]))) + 1)
    away = np.abs(np.log1p(bins * (bank.sample_rate_hz / n_fft) / BEND_HZ) - centres[band]) / step
    return int(bins[0]), np.cos(np.pi / 2 * np.minimum(away, 1.0))


class NoiseBank(nn.Module):
    """Looped bands of noise, each of root mean square 1. Nothing is learned, nothing is stored with the weights.

    Args:
        n_bands: B.
        loop_samples: length of the loop L, a power of two.
        low_hz, high_hz: centres of the first and the last band.
        sample_rate_hz: rate.
    """

    def __init__(
        self,
        n_bands: int = 96,
        loop_samples: int = 65_536,
        low_hz: float = 40.0,
        high_hz: float = 20_000.0,
        sample_rate_hz: int = SAMPLE_RATE_HZ,
    ) -> None:
        super().__init__()
        self.n_bands, self.loop_samples, self.sample_rate_hz = n_bands, loop_samples, sample_rate_hz
        self.low_hz, self.high_hz = low_hz, high_hz
        self._loops: Tensor | None = None

    @property
    def centres_hz(self) -> Floats:
        """(B,) centres."""
        return band_centres_hz(self.n_bands, self.low_hz, self.high_hz)

    @property
    def loops(self) -> Tensor:
        """(L, B), made when first asked for: flat magnitudes, random phases, the same on every machine."""
        if self._loops is None:
            rng = torch.Generator().manual_seed(1)
            bands = torch.empty(self.loop_samples, self.n_bands)
            for b in range(self.n_bands):
                first, weights = band_bins(b, self, self.loop_samples)
                spectrum = torch.zeros(self.loop_samples // 2 + 1, dtype=torch.complex64)
                phases = 2 * torch.pi * torch.rand(len(weights), generator=rng)
                spectrum[first : first + len(weights)] = torch.polar(torch.from_numpy(weights).float(), phases)
                band = torch.fft.irfft(spectrum, self.loop_samples)
                bands[:, b] = band / band.square().mean().sqrt()
            self._loops = bands
        return self._loops

    def weighted(self, gains: Tensor, hop_samples: int, start: int) -> Tensor:
        """Sum of the bands from ``start`` of the loop on, weighted by gains joined by lines.

        Args:
            gains: (T + 1, B), one row per ``hop_samples``.
            hop_samples: between rows.
            start: first sample; ``start + T * hop_samples`` at most L.

        Returns:
            (T * hop_samples,).
        """
        n = gains.shape[0] - 1
        slabs = self.loops[start : start + n * hop_samples].view(n, hop_samples, self.n_bands)
        # Per hop one product of a (hop, B) slab with gain and slope: the ramp is applied after the sum over bands.
        pairs = torch.stack([gains[:-1], gains[1:] - gains[:-1]], dim=-1)
        sums = torch.bmm(slabs, pairs)
        ramp = torch.arange(hop_samples, dtype=gains.dtype) / hop_samples
        return rearrange(sums[..., 0] + ramp * sums[..., 1], "t h -> (t h)")


class NoiseReader:
    """Reads one sound's way through a bank: from a random place, with a random sign for each band.

    Where it jumps to another place, by itself at the loop's end or when told to, both are crossfaded with equal power.

    Args:
        bank: bands.
        generator: draws places and signs.
    """

    def __init__(self, bank: NoiseBank, generator: torch.Generator) -> None:
        self._bank, self._generator = bank, generator
        self._position, self._signs = self._draw(0)

    def read(self, gains: Tensor, hop_samples: int, jump: bool = False) -> Tensor:
        """(T * hop_samples,) for (T + 1, B) gains; ``jump`` asks for another place."""
        n = (gains.shape[0] - 1) * hop_samples
        if not jump and self._position + n + FADE_SAMPLES <= self._bank.loop_samples:
            out = self._bank.weighted(gains * self._signs, hop_samples, self._position)
            self._position += n
            return out
        rows = min(gains.shape[0], FADE_SAMPLES // hop_samples + 1)
        old = self._bank.weighted(gains[:rows] * self._signs, hop_samples, self._position)
        self._position, self._signs = self._draw(n)
        out = self._bank.weighted(gains * self._signs, hop_samples, self._position)
        self._position += n
        angle = torch.arange(len(old), dtype=gains.dtype) * (torch.pi / 2 / max(len(old), 1))
        head = out[: len(old)] * torch.sin(angle) + old * torch.cos(angle)
        return torch.cat([head, out[len(old) :]])

    def _draw(self, n: int) -> tuple[int, Tensor]:
        room = self._bank.loop_samples - n - FADE_SAMPLES
        place = int(torch.randint(max(1, room if n else room // 4), (1,), generator=self._generator))
        signs = torch.randint(2, (self._bank.n_bands,), generator=self._generator) * 2.0 - 1.0
        return place, signs
