"""How loud a recording is in each band of a noise bank, over time."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from silentfoley.generators.noise_bank import NoiseBank, band_bins

Floats = NDArray[np.float64]
Reals = NDArray[np.floating[Any]]
#: Level at which logarithms end: -90 dB.
FLOOR = 3e-5


def band_levels(samples: Reals, bank: NoiseBank, times_s: Reals, widths_s: Reals, only: int | None = None) -> Floats:
    """(T, B) natural logarithms of the root mean square in each band around each time.

    The same filters as the bank's, both ways in time. A band's level is read off its analytic signal, which is made at
    no higher a rate than its width needs.

    Args:
        samples: (N,); silence lies around them.
        bank: gives the bands.
        times_s: (T,) seconds from the first sample.
        widths_s: (T,) length of the mean around each.
        only: number of the one band asked for; None for all.
    """
    n = len(samples)
    size = 1 << (n + 4096 - 1).bit_length()
    spectrum = np.fft.rfft(samples, size)
    lows, highs = times_s - widths_s / 2, times_s + widths_s / 2
    asked = range(bank.n_bands) if only is None else (only,)
    out = np.empty((len(times_s), len(asked)))
    for k, b in enumerate(asked):
        first, weights = band_bins(b, bank, size)
        m = 1 << (2 * len(weights) - 1).bit_length()
        band = np.zeros(m, dtype=np.complex128)
        band[: len(weights)] = spectrum[first : first + len(weights)] * weights
        energy = np.square(np.abs(np.fft.ifft(band))) * 2 * (m / size) ** 2
        # The circle joins end and beginning: what the filters spread before the first sample stands at its end.
        course = np.concatenate([[0.0], np.cumsum(energy)]) / m * (size / bank.sample_rate_hz)
        grid = np.arange(m + 1) * (size / bank.sample_rate_hz / m)
        sums = np.interp(highs, grid, course) - np.interp(np.maximum(lows, 0), grid, course)
        out[:, k] = sums / (highs - np.maximum(lows, 0))
    return np.asarray(np.log(np.sqrt(np.maximum(out, 0)) + FLOOR))
