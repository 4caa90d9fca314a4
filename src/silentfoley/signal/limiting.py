"""True peaks, and a limiter that does not click.

In numpy, not torch: these are many small steps over long arrays, each of which torch would share out among threads and
wait for the slowest, which on a machine that is busy with something else takes many times as long.
"""

from __future__ import annotations

from functools import cache

import numpy as np
from einops import rearrange, reduce
from numpy.typing import NDArray

from silentfoley.signal.loudness import FLOOR_DB

Floats = NDArray[np.float32]

_TAPS_PER_PHASE = 12
#: How much finer than its samples a signal is looked at.
_PHASES = 4


@cache
def _interpolation_kernel() -> Floats:
    """(4, taps): Hann-windowed sinc that reads a signal at 0, 1/4, 1/2 and 3/4 of a sample past each sample."""
    offsets = np.arange(-_TAPS_PER_PHASE + 1, _TAPS_PER_PHASE + 1)
    positions = np.arange(_PHASES)[:, None] / _PHASES - offsets
    window = np.cos(positions / (_TAPS_PER_PHASE + 1) * np.pi / 2) ** 2
    return np.asarray(np.sinc(positions) * window, dtype=np.float32)


def true_peak_envelope(audio: Floats) -> Floats:
    """(..., N) to (..., N): largest absolute value of the 4 times oversampled signal within each sample.

    In the manner of ITU-R BS.1770, annex 2, with our own interpolation kernel.
    """
    peaks = np.zeros_like(audio)
    if not audio.size:
        return peaks
    flat = audio.reshape(-1, audio.shape[-1])
    for channel, found in zip(flat, peaks.reshape(flat.shape), strict=True):
        padded = np.pad(channel, (_TAPS_PER_PHASE - 1, _TAPS_PER_PHASE))
        for phase in _interpolation_kernel().astype(audio.dtype):
            np.maximum(found, np.abs(np.correlate(padded, phase, mode="valid")), out=found)
    return peaks


def true_peak_db(audio: Floats) -> Floats:
    """(..., N) to (...): true peak in dB below full scale, not below ``FLOOR_DB``."""
    peak = reduce(true_peak_envelope(audio), "... n -> ...", "max")
    return np.asarray(20 * np.log10(np.maximum(peak, 10 ** (FLOOR_DB / 20))), dtype=np.float32)


_LOOK_SAMPLES = 256
#: Samples to both sides that a gain of :func:`limiter_gain` depends on: hold, mean and interpolation.
LIMITER_REACH = 2 * _LOOK_SAMPLES + _TAPS_PER_PHASE + 1


def limiter_gain(audio: Floats, ceiling_db: float = -1.0, look_samples: int = _LOOK_SAMPLES) -> Floats:
    """Gain over time that brings the true peak of ``audio`` to ``ceiling_db`` without a click.

    The needed gain is held for ``look_samples`` to both sides and then averaged over as much, so it is down
    before the peak arrives and moves slowly. Multiply every stem by it: they still sum to the mix.

    Args:
        audio: (C, N); channels share one gain, so nothing wanders between them.
        look_samples: half-width of hold and mean.

    Returns:
        (N,) in (0, 1], exactly 1 where nothing is near the ceiling.
    """
    ceiling = 10 ** (ceiling_db / 20)
    peaks = _peaks_above(audio, ceiling)
    if peaks is None:
        return np.ones(audio.shape[-1], dtype=np.float32)
    needed = np.minimum(ceiling / np.maximum(peaks, 1e-9), 1.0)
    width = 2 * look_samples + 1
    padded = np.pad(_sliding_minimum(needed, look_samples), look_samples, mode="edge")
    # A running sum in double precision: its cost does not grow with the width, and a mean of ones is exactly one.
    total = np.pad(np.cumsum(padded, dtype=np.float64), (1, 0))
    return np.minimum((total[width:] - total[:-width]) / width, 1.0).astype(np.float32)


#: Samples looked at together for whether they come near the ceiling at all.
_TILE_SAMPLES = 1024


def _peaks_above(audio: Floats, ceiling: float) -> Floats | None:
    """(N,) true peaks over all channels of (C, N), 0 where they are below ``ceiling``; None if they are everywhere.

    Between samples a signal can rise above its neighbours by the sum of the kernel's magnitudes, no more: where it
    stays that far below the ceiling it need not be oversampled, which is most of the time.
    """
    n = audio.shape[-1]
    most = float(np.abs(_interpolation_kernel()).sum(axis=1).max())
    size = np.pad(reduce(np.abs(audio), "c n -> n", "max"), (0, -n % _TILE_SAMPLES))
    tiles = rearrange(size, "(t s) -> t s", s=_TILE_SAMPLES).max(axis=1) * most > ceiling
    # What is heard in a tile's last samples comes from the next tile too.
    near = tiles.copy()
    near[1:] |= tiles[:-1]
    near[:-1] |= tiles[1:]
    edges = np.flatnonzero(np.diff(np.pad(near, 1).astype(np.int8)))
    peaks = np.zeros(n, dtype=np.float32)
    for first, last in edges.reshape(-1, 2).tolist():
        start, end = first * _TILE_SAMPLES, min(last * _TILE_SAMPLES, n)
        low = max(0, start - _TAPS_PER_PHASE)
        envelope = true_peak_envelope(audio[:, low : end + _TAPS_PER_PHASE])
        peaks[start:end] = reduce(envelope, "c n -> n", "max")[start - low : end - low]
    return peaks if bool((peaks > ceiling).any()) else None


def _sliding_minimum(values: Floats, reach: int) -> Floats:
    """(N,) least of the (N,) values, all at most 1, within ``reach`` to both sides; by doubling the width.

    scipy.ndimage has one; loading it takes as long as all the rest of a short command's work.
    """
    least, width = np.pad(values, reach, constant_values=1.0), 1
    while 2 * width <= 2 * reach + 1:
        least, width = np.minimum(least[:-width], least[width:]), 2 * width
    rest = 2 * reach + 1 - width
    return np.minimum(least[:-rest], least[rest:]) if rest else least
