"""From the spectrogram of a hit to its sound: noise that starts at the contact, through causal filters.

Two ways were compared on held-out takes (``experiments/default/train_generator.md``): Griffin-Lim on the template, and
minimum-phase filtering as here. Their spectrograms are equally near to real ones. But a window sees a hit half its
length early, so anything that only fits magnitudes puts sound before the contact (Griffin-Lim: -23 to -41 dB of the
energy); a signal that is zero before it, passed through causal filters, cannot. It is also ten times as fast.
"""

from __future__ import annotations

import torch
from einops import rearrange, reduce
from torch import Tensor
from torch.nn.functional import interpolate, pad

from silentfoley.signal.phase import column_responses
from silentfoley.signal.stft import StftSpec

#: Samples per step of an attack curve: 1 ms at 44.1 kHz, far finer than a window.
ATTACK_STEP = 44


def onset_columns(audio: Tensor, starts: list[int], spec: StftSpec, n_columns: int) -> Tensor:
    """Magnitudes of columns counted from each onset, column 0 centred on the onset itself.

    Args:
        audio: (N,).
        starts: H onsets in samples.

    Returns:
        (H, F, n_columns), in units where a full-scale sine has peak 1; beyond the clip there is silence.
    """
    half = spec.n_fft // 2
    length = (n_columns - 1) * spec.hop_samples + spec.n_fft
    padded = pad(audio, (half, length))
    pieces = torch.stack([padded[s : s + length] for s in starts])
    frames = pieces.unfold(-1, spec.n_fft, spec.hop_samples) * spec.window(audio)
    columns: Tensor = rearrange(torch.fft.rfft(frames).abs() * (4 / spec.n_fft), "h t f -> h f t")
    return columns


def attack_curves(audio: Tensor, starts: list[int], n_steps: int) -> Tensor:
    """(H, n_steps) root mean square of the sound in each step after an onset."""
    length = n_steps * ATTACK_STEP
    padded = pad(audio, (0, length))
    pieces = torch.stack([padded[s : s + length] for s in starts])
    energy: Tensor = reduce(pieces.square(), "h (e s) -> h e", "mean", s=ATTACK_STEP)
    return energy.sqrt()


def strike(magnitudes: Tensor, attacks: Tensor, spec: StftSpec, generator: torch.Generator) -> Tensor:
    """Sound of hits, sample 0 being the contact.

    White noise is shaped by the attack curve, cut into overlapping columns, and each is filtered by the
    minimum-phase response of what is still missing between the noise's own spectrum and the wanted one.

    Args:
        magnitudes: (H, F, L) in the units of :func:`onset_columns`.
        attacks: (H, E) relative level per ``ATTACK_STEP`` samples, held beyond.
        generator: draws the noise.

    Returns:
        (H, N) with N = ``L * hop_samples``.
    """
    n_hits, _, n_columns = magnitudes.shape
    n = n_columns * spec.hop_samples
    shape = interpolate(attacks[:, None], size=attacks.shape[1] * ATTACK_STEP, mode="linear")[:, 0, :n]
    shape = torch.cat([shape, shape[:, -1:].expand(-1, n - shape.shape[1])], dim=1)
    excitation = torch.randn(n_hits, n, generator=generator) * shape
    wanted = magnitudes * (spec.n_fft / 4) / _expected(shape, spec, n_columns)[:, None, :]
    responses = column_responses(wanted)
    return _filtered(excitation, responses, spec, n)


def _expected(shape: Tensor, spec: StftSpec, n_columns: int) -> Tensor:
    """(H, L) mean magnitude of the shaped noise in each column: a Rayleigh variable's mean."""
    half = spec.n_fft // 2
    padded = pad(shape.square(), (half, spec.n_fft))
    frames = padded.unfold(-1, spec.n_fft, spec.hop_samples)[:, :n_columns]
    energy = (frames * spec.window(shape).square()).sum(-1)
    return (torch.pi / 4 * energy).sqrt().clamp_min(1e-9)


def _filtered(excitation: Tensor, responses: Tensor, spec: StftSpec, n: int) -> Tensor:
    """Each column's stretch of the excitation through its own response, overlapped and added."""
    hop, n_columns = spec.hop_samples, responses.shape[1]
    # Periodic Hann windows of two hops sum to one at every hop.
    window = torch.hann_window(2 * hop, periodic=True)
    pieces = pad(excitation, (hop, hop)).unfold(-1, 2 * hop, hop)[:, :n_columns] * window
    size = 1 << (2 * hop + responses.shape[-1] - 1).bit_length()
    filtered = torch.fft.irfft(torch.fft.rfft(pieces, size) * torch.fft.rfft(responses, size), size)
    out = torch.zeros(len(excitation), hop * (n_columns - 1) + size)
    # Summing every k-th piece at once keeps the overlap-add out of Python's slow loop.
    stride = -(-size // hop)
    for first in range(min(stride, n_columns)):
        block = rearrange(pad(filtered[:, first::stride], (0, stride * hop - size)), "h t s -> h (t s)")
        room = min(block.shape[1], out.shape[1] - first * hop)
        out[:, first * hop : first * hop + room] += block[:, :room]
    return out[:, hop : hop + n]
