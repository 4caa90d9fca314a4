"""The log-mel patches YAMNet looks at, as its training made them."""

from __future__ import annotations

from functools import cache

import numpy as np
import torch
from einops import rearrange
from numpy.typing import NDArray
from torch import Tensor

from silentfoley.errors import SilentFoleyError
from silentfoley.signal.mel import HTK, mel_edges_hz

#: Rate of the samples.
RATE_HZ = 16_000
WINDOW_SAMPLES, HOP_SAMPLES, N_FFT = 400, 160, 512
N_MELS, LOW_HZ, HIGH_HZ = 64, 125.0, 7500.0
#: Added to a band's magnitude before the logarithm.
LOG_OFFSET = 0.001
#: A patch is this many columns long, and the next begins this many later.
PATCH_COLUMNS, PATCH_HOP_COLUMNS = 96, 48
_SHORTEST_SAMPLES = (PATCH_COLUMNS - 1) * HOP_SAMPLES + WINDOW_SAMPLES
_PATCH_HOP_SAMPLES = PATCH_HOP_COLUMNS * HOP_SAMPLES


def yamnet_bank() -> NDArray[np.float64]:
    """(64, 257) triangles that are straight in *mel*, as TensorFlow draws them, not in Hz; the bin of 0 Hz is left out.

    :func:`silentfoley.signal.mel.mel_bank` draws them straight in Hz: close, but not what the network was trained on.
    """
    edges = HTK.from_hz(mel_edges_hz(N_MELS, LOW_HZ, HIGH_HZ))
    bins = HTK.from_hz(np.arange(N_FFT // 2 + 1, dtype=np.float64) * (RATE_HZ / N_FFT))
    step = edges[1] - edges[0]
    bank: NDArray[np.float64] = np.maximum(0.0, 1.0 - np.abs(bins[None, :] - edges[1:-1, None]) / step)
    bank[:, 0] = 0.0
    return bank


@cache
def _bank(device: torch.device) -> Tensor:
    return torch.from_numpy(yamnet_bank()).float().to(device)


def n_patches(n_samples: int) -> int:
    """Patches of a clip of ``n_samples`` at 16 kHz: one at least, and as many as it takes to reach its end."""
    over = max(0, n_samples - _SHORTEST_SAMPLES)
    return 1 + -(-over // _PATCH_HOP_SAMPLES)


def n_begun(n_samples: int) -> int:
    """Patches that begin in a clip of ``n_samples``: up to two more than it takes to reach its end."""
    return max(n_patches(n_samples), -(-n_samples // _PATCH_HOP_SAMPLES))


def yamnet_patches(samples: Tensor, n: int | None = None) -> Tensor:
    """Cut a clip into patches; silence is appended until the last is full, so nothing of the clip is lost.

    Args:
        samples: (N,) at 16 kHz, full scale 1.
        n: patches to make, at least :func:`n_patches`; None makes as many.

    Returns:
        (P, 96, 64) natural logarithms; 0.96 s each, 0.48 s apart.

    Raises:
        SilentFoleyError: if it is not one clip of at least one sample.
    """
    if samples.ndim != 1 or samples.shape[0] < 1:
        raise SilentFoleyError("yamnet_patches", f"samples have shape {tuple(samples.shape)}", "pass one clip, (N,)")
    wanted = _SHORTEST_SAMPLES + ((n or n_patches(samples.shape[0])) - 1) * _PATCH_HOP_SAMPLES
    padded = torch.nn.functional.pad(samples.float(), (0, wanted - samples.shape[0]))
    frames = padded.unfold(0, WINDOW_SAMPLES, HOP_SAMPLES)
    window = torch.hann_window(WINDOW_SAMPLES, periodic=True, device=samples.device)
    spectrum = torch.fft.rfft(frames * window, N_FFT).abs()
    columns = torch.log(spectrum @ _bank(samples.device).T + LOG_OFFSET)
    return rearrange(columns.unfold(0, PATCH_COLUMNS, PATCH_HOP_COLUMNS), "p f t -> p t f").contiguous()
