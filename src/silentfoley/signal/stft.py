"""Short-time Fourier transform whose columns are those of a TimeGrid."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from einops import pack, unpack
from torch import Tensor

from silentfoley.errors import GridError
from silentfoley.timegrid import TimeGrid


@dataclass(frozen=True)
class StftSpec:
    """Size and hop of a centred transform with a periodic Hann window.

    Column ``t`` is centred on sample ``t * hop_samples``; beyond the clip's ends there is silence (zeros, not
    a mirror image, so clips shorter than a window work as well). The papers leave window, size and hop open:
    the defaults are our choice.

    Attributes:
        n_fft: window length in samples, even, at least ``hop_samples``.
        hop_samples: samples from one column to the next.
    """

    n_fft: int = 2048
    hop_samples: int = 882

    def __post_init__(self) -> None:
        if self.n_fft < 2 or self.n_fft % 2:
            raise GridError("StftSpec n_fft", f"{self.n_fft} is not a positive even number", "use e.g. 1024 or 2048")
        if not 1 <= self.hop_samples <= self.n_fft // 2:
            raise GridError(
                "StftSpec hop_samples",
                f"{self.hop_samples} is outside [1, {self.n_fft // 2}]",
                "let neighbouring windows overlap by half at least",
            )

    @classmethod
    def on(cls, grid: TimeGrid, n_fft: int) -> StftSpec:
        """The transform whose columns are those of ``grid``."""
        return cls(n_fft, grid.hop_samples)

    @property
    def n_bins(self) -> int:
        """Frequencies from 0 to half the sample rate."""
        return self.n_fft // 2 + 1

    def n_columns(self, n_samples: int) -> int:
        """Columns of a clip: ``1 + n_samples // hop_samples``, as in :class:`TimeGrid`."""
        return 1 + n_samples // self.hop_samples

    def window(self, like: Tensor) -> Tensor:
        """(n_fft,) periodic Hann window of the type and on the device of ``like``."""
        real = like.real if like.is_complex() else like
        return torch.hann_window(self.n_fft, periodic=True, dtype=real.dtype, device=real.device)


def stft(audio: Tensor, spec: StftSpec) -> Tensor:
    """Complex spectrogram.

    Args:
        audio: (..., N) samples, N >= 1.

    Returns:
        (..., F, T) complex, F = ``spec.n_bins``, T = ``spec.n_columns(N)``.
    """
    flat, lead = pack([audio], "* n")
    spectrum = torch.stft(
        flat,
        spec.n_fft,
        spec.hop_samples,
        window=spec.window(audio),
        center=True,
        pad_mode="constant",
        return_complex=True,
    )
    return unpack(spectrum, lead, "* f t")[0]


def magnitude(audio: Tensor, spec: StftSpec) -> Tensor:
    """(..., F, T) absolute value of :func:`stft`."""
    return stft(audio, spec).abs()


def inverse_stft(spectrum: Tensor, spec: StftSpec, n_samples: int) -> Tensor:
    """Least-squares inverse of :func:`stft`, exactly ``n_samples`` long.

    Args:
        spectrum: (..., F, T) complex with T = ``spec.n_columns(n_samples)``.

    Returns:
        (..., n_samples).

    Raises:
        GridError: if the number of bins or columns does not belong to ``spec`` and ``n_samples``.
    """
    wanted = (spec.n_bins, spec.n_columns(n_samples))
    if tuple(spectrum.shape[-2:]) != wanted:
        raise GridError(
            "inverse_stft",
            f"spectrum holds {tuple(spectrum.shape[-2:])} bins and columns, expected {wanted}",
            f"pass the spectrogram of {n_samples} samples",
        )
    flat, lead = pack([spectrum], "* f t")
    audio = torch.istft(flat, spec.n_fft, spec.hop_samples, window=spec.window(spectrum), center=True, length=n_samples)
    return unpack(audio, lead, "* n")[0]
