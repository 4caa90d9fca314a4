"""Envelopes in bands like the ear's: what Owens et al. 2016 predict and compare sounds by."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.fft import ifft, next_fast_len, rfft

from silentfoley.errors import GridError

Floats = NDArray[np.float64]
#: Bands; Owens et al. use 40 with two more at the ends, we 42 over the range below. The range is our choice.
N_BANDS = 42
LOW_HZ, HIGH_HZ = 50.0, 10_000.0
#: Samples of an envelope per second, and the power that stands for the ear's compression (both Owens et al.).
ENVELOPE_RATE_HZ = 90
COMPRESSION = 0.3
#: Glasberg and Moore 1990: width of the ear's bands in ERB numbers.
_ERB_SCALE, _ERB_HZ = 9.265, 24.7 * 9.265


def erb_of_hz(hz: ArrayLike) -> Floats:
    """Frequencies in Hz as numbers on the ERB scale."""
    return np.asarray(_ERB_SCALE * np.log1p(np.asarray(hz, dtype=np.float64) / _ERB_HZ))


def hz_of_erb(erb: ArrayLike) -> Floats:
    """The inverse of :func:`erb_of_hz`."""
    return np.asarray(_ERB_HZ * np.expm1(np.asarray(erb, dtype=np.float64) / _ERB_SCALE))


def band_centres_hz() -> Floats:
    """(42,) centres of the bands in Hz, equally spaced on the ERB scale."""
    low, high = erb_of_hz([LOW_HZ, HIGH_HZ]).tolist()
    return hz_of_erb(np.linspace(low, high, N_BANDS))


@lru_cache(maxsize=8)
def _filters(n_fft: int, sample_rate_hz: int) -> Floats:
    """(42, n_fft // 2 + 1) gains: half a period of a cosine, neighbours overlapping by half; squares sum to 1."""
    centres = erb_of_hz(band_centres_hz())
    bins = erb_of_hz(np.arange(n_fft // 2 + 1) * sample_rate_hz / n_fft)
    distance = (bins[None, :] - centres[:, None]) / (centres[1] - centres[0])
    return np.where(np.abs(distance) < 1, np.cos(np.pi / 2 * np.clip(distance, -1, 1)), 0.0)


def cochleagram(sound: ArrayLike, sample_rate_hz: int) -> Floats:
    """Compressed envelopes of (N,) samples in 42 bands.

    Args:
        sound: (N,) samples, short enough for one transform (a window around an event, say).
        sample_rate_hz: at least twice ``HIGH_HZ`` and a multiple of 90 Hz, as 22 050 and 44 100 are.

    Returns:
        (42, N // step) with ``step = sample_rate_hz / 90``: mean of each band's Hilbert envelope over the step, to the
        power 0.3.

    Raises:
        GridError: for another rate.
    """
    if sample_rate_hz < 2 * HIGH_HZ or sample_rate_hz % ENVELOPE_RATE_HZ:
        raise GridError("cochleagram", f"{sample_rate_hz} Hz is no rate for it", "resample to 22050 or 44100 Hz")
    samples = np.asarray(sound, dtype=np.float64)
    step = sample_rate_hz // ENVELOPE_RATE_HZ
    n_steps = samples.size // step
    # Zeros behind the sound keep its end from ringing into its beginning.
    n_fft = int(next_fast_len(samples.size + samples.size // 4))
    n_fft += n_fft % 2
    one_sided = np.zeros((N_BANDS, n_fft), dtype=np.complex128)
    one_sided[:, : n_fft // 2 + 1] = 2 * _filters(n_fft, sample_rate_hz) * rfft(samples, n_fft)
    envelope = np.abs(ifft(one_sided, axis=1))[:, : n_steps * step]
    return np.asarray(envelope.reshape(N_BANDS, n_steps, step).mean(axis=2) ** COMPRESSION)
