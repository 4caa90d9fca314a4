"""Damped sinusoids: what rings in glass, keys, hooves and metal. Closed form, differentiable in every parameter."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from einops import rearrange
from numpy.typing import NDArray
from torch import Tensor

Floats = NDArray[np.float64]
Reals = NDArray[np.floating[Any]]
#: Samples of the inner product's short side; any value gives the same sound.
_BLOCK = 128


@dataclass(frozen=True)
class Modes:
    """M resonances, struck together at time 0.

    Attributes:
        hz: (M,) frequencies.
        decay_s: (M,) time to 1/e.
        cosine, sine: (M,) amplitudes of the two parts.
    """

    hz: Tensor
    decay_s: Tensor
    cosine: Tensor
    sine: Tensor


def ring(modes: Modes, n_samples: int, sample_rate_hz: int) -> Tensor:
    """(n_samples,) sum of ``exp(-t / decay) (cosine cos(2 pi f t) + sine sin(2 pi f t))`` from t = 0 on.

    With ``z = exp(-1 / decay + 2 pi i f)`` per sample, ``z^(k B + j) = z^(k B) z^j``: an outer product of two short
    tables instead of M long sinusoids.
    """
    n_blocks = -(-n_samples // _BLOCK)
    rate = -1.0 / (modes.decay_s * sample_rate_hz)
    # Whole turns are dropped in double precision: a float phase of thousands of radians would be off.
    turns = modes.hz.double() / sample_rate_hz
    coarse, fine = torch.arange(n_blocks) * _BLOCK, torch.arange(_BLOCK)
    phase_k = (2 * math.pi * torch.frac(turns[:, None] * coarse)).to(rate.dtype)
    phase_j = (2 * math.pi * torch.frac(turns[:, None] * fine)).to(rate.dtype)
    level_k, level_j = torch.exp(rate[:, None] * coarse), torch.exp(rate[:, None] * fine)
    a, b = modes.cosine[:, None], modes.sine[:, None]
    # Real part of (a - i b) z^(kB) z^j.
    real = level_k * (a * torch.cos(phase_k) + b * torch.sin(phase_k))
    imaginary = level_k * (a * torch.sin(phase_k) - b * torch.cos(phase_k))
    cos_j, sin_j = level_j * torch.cos(phase_j), level_j * torch.sin(phase_j)
    out = rearrange(real, "m k -> k m") @ cos_j - rearrange(imaginary, "m k -> k m") @ sin_j
    return rearrange(out, "k j -> (k j)")[:n_samples]


#: Decays an analysis tries, in seconds.
DECAYS_S = (0.004, 0.008, 0.016, 0.032, 0.064, 0.128, 0.256, 0.512)
#: So many slots in vain, and the search ends.
_MISSES = 4
#: Of what a mode explains, each third of its energy's time must hold so much: a third would be even.
_LEAST_SHARE = 0.15


@dataclass(frozen=True)
class FoundModes:
    """Modes of a recording, at most one per slot of the frequency axis.

    Attributes:
        hz, decay_s, cosine, sine: (S,) per slot; amplitudes of an empty slot are 0.
        rest: (N,) what remains of the recording.
    """

    hz: Floats
    decay_s: Floats
    cosine: Floats
    sine: Floats
    rest: Floats


def _rings_on(samples: Reals, window: Floats, angle: Floats) -> bool:
    """Whether a sound is in a damped sinusoid from its first third to its last, and not in a burst somewhere."""
    products = samples * window * np.exp(-1j * angle)
    energy = np.cumsum(window**2)
    ends = np.searchsorted(energy, energy[-1] * np.array([1, 2, 3]) / 3 - 1e-9)
    thirds = np.diff(np.concatenate([[0], np.cumsum(products)[ends]]))
    shares = np.real(thirds * np.conj(thirds.sum())) / max(abs(thirds.sum()) ** 2, 1e-30)
    return bool(shares.min() > _LEAST_SHARE)


def find_modes(samples: Reals, edges_hz: Floats, sample_rate_hz: int, clearance_db: float = 13.0) -> FoundModes:
    """Matching pursuit with damped sinusoids (Goodwin and Vetterli 1999) that begin at the first sample.

    The Fourier transform of ``x exp(-t / decay)`` is its inner product with a damped sinusoid of every frequency at
    once. A mode is kept if it stands out by ``clearance_db`` from the median around it: noise has no modes.

    Args:
        samples: (N,) from the onset on.
        edges_hz: (S + 1,) edges of the slots.
    """
    n, n_slots = len(samples), len(edges_hz) - 1
    size = 1 << max(13, (2 * n - 1).bit_length())
    t = np.arange(n) / sample_rate_hz
    rest = np.asarray(samples, dtype=np.float64).copy()
    bins = np.fft.rfftfreq(size, 1 / sample_rate_hz)
    slot = np.searchsorted(edges_hz, bins, side="right") - 1
    decays = np.array([d for d in DECAYS_S if d < 2 * n / sample_rate_hz] or DECAYS_S[:1])
    windows = np.exp(-t[None, :] / decays[:, None])
    norms = np.sqrt(np.square(windows).sum(axis=1) / 2)
    hz, decay_s = np.sqrt(edges_hz[1:] * edges_hz[:-1]), np.full(n_slots, 0.02)
    cosine, sine = np.zeros(n_slots), np.zeros(n_slots)
    open_ = (slot >= 0) & (slot < n_slots)
    misses = 0
    while misses < _MISSES and open_.any():
        scores = np.abs(np.fft.rfft(rest[None, :] * windows, size)) / norms[:, None]
        best = np.where(open_[None, :], scores, 0.0)
        d, k = np.unravel_index(int(best.argmax()), best.shape)
        low, high = np.searchsorted(bins, (bins[k] / 2.5, bins[k] * 2.5))
        around = np.median(scores[d, low : high + 1])
        if best[d, k] <= 0:
            break
        s = int(slot[k])
        open_ &= slot != s
        if 20 * np.log10(best[d, k] / max(around, 1e-12)) < clearance_db:
            misses += 1
            continue
        angle = 2 * np.pi * bins[k] * t
        if not _rings_on(rest, windows[d], angle):
            misses += 1
            continue
        parts = np.stack([windows[d] * np.cos(angle), windows[d] * np.sin(angle)])
        weights = np.linalg.lstsq(parts.T, rest, rcond=None)[0]
        rest = rest - weights @ parts
        hz[s], decay_s[s], cosine[s], sine[s] = bins[k], decays[d], weights[0], weights[1]
    return FoundModes(hz, decay_s, cosine, sine, rest)
