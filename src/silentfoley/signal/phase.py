"""Phase for a magnitude spectrogram: from consistency, from noise, from causality."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import torch
from einops import rearrange
from torch import Tensor

from silentfoley.signal.stft import StftSpec, inverse_stft, stft


def random_phase(shape: tuple[int, ...], generator: torch.Generator | None = None) -> Tensor:
    """Uniform phases in [0, 2 pi)."""
    return torch.rand(shape, generator=generator) * (2 * torch.pi)


def griffin_lim(
    magnitudes: Tensor,
    spec: StftSpec,
    n_samples: int,
    *,
    n_iterations: int = 32,
    momentum: float = 0.99,
    initial_phase: Tensor | None = None,
    generator: torch.Generator | None = None,
) -> Tensor:
    """The fast Griffin-Lim algorithm (Perraudin, Balazs, Sondergaard 2013).

    Args:
        magnitudes: (..., F, T) >= 0, T = ``spec.n_columns(n_samples)``.
        n_iterations: projections; 0 inverts the initial phase as it is.
        momentum: 0 is the plain algorithm; at most 1.
        initial_phase: (..., F, T) radians, for instance of the nearest training clip; drawn at random if None.
        generator: source of the random phase: one seed, one result.

    Returns:
        (..., n_samples).
    """
    if initial_phase is None:
        initial_phase = random_phase(tuple(magnitudes.shape), generator).to(magnitudes)
    spectrum = torch.polar(magnitudes, initial_phase)
    previous = torch.zeros_like(spectrum)
    for _ in range(n_iterations):
        consistent = stft(inverse_stft(spectrum, spec, n_samples), spec)
        pushed = consistent + momentum * (consistent - previous)
        previous = consistent
        # sgn(0) = 0: a bin that points nowhere is left out of one round and comes back by its neighbours.
        spectrum = magnitudes * torch.sgn(pushed)
    return inverse_stft(spectrum, spec, n_samples)


def noise_phase(
    magnitudes: Tensor, spec: StftSpec, n_samples: int, *, generator: torch.Generator | None = None
) -> Tensor:
    """White noise filtered by the spectrogram: right for textures, whose true spectrograms are noisy themselves.

    An averaged spectrogram is smooth. Griffin-Lim looks for a signal with just that smooth spectrogram, which
    real noise never has; noise times the average has both the mean and the natural fluctuation.

    Args:
        magnitudes: (..., F, T) mean magnitude to reach.

    Returns:
        (..., n_samples).
    """
    noise = torch.randn((*magnitudes.shape[:-2], n_samples), generator=generator).to(magnitudes)
    return _coloured(noise, magnitudes, spec)


def _coloured(noise: Tensor, magnitudes: Tensor, spec: StftSpec) -> Tensor:
    # A Hann-windowed unit noise has E|X| = sqrt(pi / 4 * 3 / 8 * n_fft): a Rayleigh variable's mean.
    unit = (torch.pi / 4 * 3 / 8 * spec.n_fft) ** 0.5
    return inverse_stft(stft(noise, spec) * (magnitudes / unit), spec, noise.shape[-1])


def noise_phase_pieces(
    magnitudes: Callable[[range], Tensor],
    spec: StftSpec,
    n_samples: int,
    piece_columns: int,
    *,
    generator: torch.Generator | None = None,
) -> Iterator[Tensor]:
    """:func:`noise_phase` of a long sound, piece by piece, without a seam.

    A sample hangs on the noise and the columns within a window of it, so each piece is filtered together with so much
    on both sides: joined, the pieces are what the whole would be, not a crossfade of two.

    Args:
        magnitudes: gives the (F, len) mean magnitudes of a range of columns, as often as asked.
        n_samples: of the whole, N.
        piece_columns: columns per piece, >= 1.

    Yields:
        (n,) samples, N together.
    """
    hop, n_columns = spec.hop_samples, spec.n_columns(n_samples)
    # Rounded up to whole groups of eight: the noise of a sound of one piece is then drawn as noise_phase draws it.
    margin = -(-spec.n_fft // (8 * hop)) * 8
    noise, first = torch.zeros(0), 0
    for start in range(0, n_columns, piece_columns):
        low, high = max(0, start - margin), start + piece_columns + margin
        end = min(high * hop, n_samples)
        fresh = torch.randn(end - first - len(noise), generator=generator)
        noise, first = torch.cat([noise[low * hop - first :], fresh]), low * hop
        made = _coloured(noise, magnitudes(range(low, low + spec.n_columns(len(noise)))), spec)
        piece = made[start * hop - first : (start + piece_columns) * hop - first]
        if len(piece):
            yield piece


def minimum_phase(magnitudes: Tensor) -> Tensor:
    """The causal impulse response that has a given spectrum and starts as early as any can.

    By the real cepstrum, folded onto its causal half (Oppenheim and Schafer).

    Args:
        magnitudes: (..., F) at 0 to half the rate, F = n / 2 + 1; values below -80 dB of the peak are lifted to it,
            for the logarithm of a zero has no cepstrum.

    Returns:
        (..., n) samples.
    """
    n = 2 * (magnitudes.shape[-1] - 1)
    peak = magnitudes.amax(dim=-1, keepdim=True)
    safe = torch.maximum(magnitudes, 1e-4 * peak).clamp_min(1e-12)
    cepstrum = torch.fft.irfft(safe.log().to(torch.complex64), n=n, dim=-1)
    fold = torch.zeros(n, dtype=cepstrum.dtype, device=cepstrum.device)
    fold[0], fold[n // 2] = 1, 1
    fold[1 : n // 2] = 2
    response: Tensor = torch.fft.irfft(torch.exp(torch.fft.rfft(cepstrum * fold, dim=-1)), n=n, dim=-1)
    return response * (peak > 0)


def column_responses(magnitudes: Tensor) -> Tensor:
    """(..., F, T) spectrogram to the (..., T, n) minimum-phase response of each column."""
    return minimum_phase(rearrange(magnitudes, "... f t -> ... t f"))
