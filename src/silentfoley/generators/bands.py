"""A frequency axis of few bands: fine below, coarse above, as ears have it."""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor, nn

from silentfoley.signal.mel import HTK


class BandAxis(nn.Module):
    """Bands of a spectrogram, and back to its bins by interpolation.

    Centres are equally spaced in mel but never closer than a bin, so the lowest bands are single bins.

    Args:
        n_bands: bands B, at most the bins.
        n_fft: of the spectrogram; it has ``n_fft // 2 + 1`` bins.
        sample_rate_hz: of the sound.
    """

    gather: Tensor
    spread: Tensor

    def __init__(self, n_bands: int, n_fft: int, sample_rate_hz: int) -> None:
        super().__init__()
        n_bins = n_fft // 2 + 1
        centres = _centres(n_bands, n_bins, sample_rate_hz / n_fft)
        bins = np.arange(n_bins)
        # Hat functions between centres: each bin is shared by the two bands around it.
        hats = np.stack([np.interp(bins, centres, row) for row in np.eye(n_bands)])
        self.register_buffer("gather", torch.from_numpy(hats / hats.sum(1, keepdims=True)).float(), persistent=False)
        self.register_buffer("spread", torch.from_numpy(hats.T.copy()).float(), persistent=False)

    @property
    def n_bands(self) -> int:
        """B."""
        return int(self.gather.shape[0])

    def to_bands(self, magnitudes: Tensor) -> Tensor:
        """(..., F, T) magnitudes to (..., B, T) root mean squares of the bands."""
        bands: Tensor = (self.gather.to(magnitudes) @ magnitudes.square()).clamp_min(0).sqrt()
        return bands

    def to_bins(self, log_bands: Tensor) -> Tensor:
        """(..., B, T) log magnitudes of bands to (..., F, T) of bins, along lines between the centres."""
        bins: Tensor = self.spread.to(log_bands) @ log_bands
        return bins


def _centres(n_bands: int, n_bins: int, bin_hz: float) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    top_hz = (n_bins - 1) * bin_hz
    ends = HTK.from_hz(np.array([0.0, top_hz]))
    wanted = HTK.to_hz(np.linspace(ends[0], ends[1], n_bands)) / bin_hz
    # From below, at least a bin apart; from above, room for those that remain.
    centres = np.zeros(n_bands)
    for i in range(1, n_bands):
        centres[i] = max(wanted[i], centres[i - 1] + 1)
    return np.minimum(centres, np.arange(n_bins - n_bands, n_bins, dtype=np.float64))
