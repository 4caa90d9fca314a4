"""Level helpers and a limiter."""

from __future__ import annotations

import torch
from einops import rearrange, reduce
from torch import Tensor
from torch.nn.functional import conv1d, pad

#: Quietest level that is told apart from silence, in dB below full scale.
FLOOR_DB = -120.0


def amplitude_to_db(amplitude: Tensor) -> Tensor:
    """``20 log10(amplitude)``, not below ``FLOOR_DB``."""
    return 20 * torch.log10(amplitude.clamp_min(10 ** (FLOOR_DB / 20)))


def db_to_amplitude(level_db: Tensor) -> Tensor:
    """``10 ** (level_db / 20)``."""
    return torch.pow(10.0, level_db / 20)


def peak_db(audio: Tensor) -> Tensor:
    """(..., N) to (...): largest sample in dB below full scale."""
    return amplitude_to_db(reduce(audio.abs(), "... n -> ...", "max"))


def rms_db(audio: Tensor) -> Tensor:
    """(..., N) to (...): root mean square in dB below full scale (a full-scale sine has -3.01)."""
    return amplitude_to_db(reduce(audio.square(), "... n -> ...", "mean").sqrt())


_TAPS_PER_PHASE = 12


def _interpolation_kernel() -> Tensor:
    """(4, taps): Hann-windowed sinc that reads a signal at 0, 1/4, 1/2 and 3/4 of a sample past each sample."""
    offsets = torch.arange(-_TAPS_PER_PHASE + 1, _TAPS_PER_PHASE + 1, dtype=torch.float64)
    positions = rearrange(torch.arange(4, dtype=torch.float64) / 4, "p -> p 1") - offsets
    window = torch.cos(positions / (_TAPS_PER_PHASE + 1) * torch.pi / 2) ** 2
    return (torch.sinc(positions) * window).float()


def true_peak_envelope(audio: Tensor) -> Tensor:
    """(..., N) to (..., N): largest absolute value of the 4 times oversampled signal within each sample.

    In the manner of ITU-R BS.1770, annex 2, with our own interpolation kernel.
    """
    lead = audio.shape[:-1]
    flat = audio.reshape(-1, 1, audio.shape[-1])
    kernel = rearrange(_interpolation_kernel().to(flat), "p k -> p 1 k")
    dense = conv1d(pad(flat, (_TAPS_PER_PHASE - 1, _TAPS_PER_PHASE)), kernel)
    return reduce(dense.abs(), "b p n -> b n", "max").reshape(*lead, -1)


def true_peak_db(audio: Tensor) -> Tensor:
    """(..., N) to (...): true peak in dB below full scale."""
    return amplitude_to_db(reduce(true_peak_envelope(audio), "... n -> ...", "max"))


_LOOK_SAMPLES = 256
#: Samples to both sides that a gain of :func:`limiter_gain` depends on: hold, mean and interpolation.
LIMITER_REACH = 2 * _LOOK_SAMPLES + _TAPS_PER_PHASE + 1


def limiter_gain(audio: Tensor, ceiling_db: float = -1.0, look_samples: int = _LOOK_SAMPLES) -> Tensor:
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
        return torch.ones_like(audio[0])
    needed = (ceiling / peaks.clamp_min(1e-9)).clamp_max(1.0)
    held = _sliding_minimum(needed, look_samples)
    padded = pad(held[None], (look_samples, look_samples), mode="replicate")[0]
    # A running sum in double precision: its cost does not grow with the width, and a mean of ones is exactly one.
    total = pad(padded.double().cumsum(0), (1, 0))
    width = 2 * look_samples + 1
    return ((total[width:] - total[:-width]) / width).to(audio.dtype).clamp_max(1.0)


#: Samples looked at together for whether they come near the ceiling at all.
_TILE_SAMPLES = 1024


def _peaks_above(audio: Tensor, ceiling: float) -> Tensor | None:
    """(N,) true peaks over all channels of (C, N), 0 where they are below ``ceiling``; None if they are everywhere.

    Between samples a signal can rise above its neighbours by the sum of the kernel's magnitudes, no more: where it
    stays that far below the ceiling it need not be oversampled, which is most of the time.
    """
    n = audio.shape[-1]
    most = float(_interpolation_kernel().abs().sum(dim=1).max())
    size = pad(reduce(audio.abs(), "c n -> n", "max"), (0, -n % _TILE_SAMPLES))
    tiles = reduce(size, "(t s) -> t", "max", s=_TILE_SAMPLES) * most > ceiling
    # What is heard in a tile's last samples comes from the next tile too.
    near = tiles.clone()
    near[1:] |= tiles[:-1]
    near[:-1] |= tiles[1:]
    edges = torch.diff(pad(near.int(), (1, 1))).nonzero()[:, 0].tolist()
    peaks = torch.zeros(n, dtype=audio.dtype)
    for first, last in zip(edges[::2], edges[1::2], strict=True):
        start, end = first * _TILE_SAMPLES, min(last * _TILE_SAMPLES, n)
        low = max(0, start - _TAPS_PER_PHASE)
        envelope = true_peak_envelope(audio[:, low : end + _TAPS_PER_PHASE])
        peaks[start:end] = reduce(envelope, "c n -> n", "max")[start - low : end - low]
    return peaks if bool((peaks > ceiling).any()) else None


def _sliding_minimum(values: Tensor, reach: int) -> Tensor:
    """(N,) least of the (N,) values, all at most 1, within ``reach`` to both sides; by doubling the width."""
    least, width = pad(values, (reach, reach), value=1.0), 1
    while 2 * width <= 2 * reach + 1:
        least, width = torch.minimum(least[:-width], least[width:]), 2 * width
    rest = 2 * reach + 1 - width
    return torch.minimum(least[:-rest], least[rest:]) if rest else least
