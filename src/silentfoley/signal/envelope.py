"""Level over time, one value per column."""

from __future__ import annotations

import torch
from einops import rearrange, reduce
from torch import Tensor

from silentfoley.signal.loudness import amplitude_to_db
from silentfoley.timegrid import TimeGrid

#: Level at which strength is 0, in dB below the level at which it is 1. Our choice: what lies 50 dB under the
#: loudest moment is not heard beside it.
STRENGTH_RANGE_DB = 50.0


def rms_envelope(audio: Tensor, hop_samples: int, window_samples: int | None = None) -> Tensor:
    """Root mean square around each column.

    Args:
        audio: (..., N).
        hop_samples: samples from column to column.
        window_samples: length of the mean, centred on the column; the hop if None. Beyond the clip lies silence.

    Returns:
        (..., T), T = ``1 + N // hop_samples``.
    """
    window = window_samples or hop_samples
    n_columns = 1 + audio.shape[-1] // hop_samples
    left = window // 2
    right = max(0, (n_columns - 1) * hop_samples - left + window - audio.shape[-1])
    padded = torch.nn.functional.pad(audio.square(), (left, right))
    frames = padded.unfold(-1, window, hop_samples)[..., :n_columns, :]
    return reduce(frames, "... t w -> ... t", "mean").clamp_min(0).sqrt()


def strength_of_db(level_db: Tensor, range_db: float = STRENGTH_RANGE_DB) -> Tensor:
    """Decibels to strength: linear in dB, 0 dB is 1, ``-range_db`` and below is 0."""
    return (1 + level_db / range_db).clamp(0, 1)


def db_of_strength(strength: Tensor, range_db: float = STRENGTH_RANGE_DB) -> Tensor:
    """Strength in [0, 1] back to decibels in [-range_db, 0]."""
    return (strength.clamp(0, 1) - 1) * range_db


def strength_curve(
    audio: Tensor,
    grid: TimeGrid,
    *,
    window_samples: int | None = None,
    reference: Tensor | float | None = None,
    range_db: float = STRENGTH_RANGE_DB,
) -> Tensor:
    """Level in [0, 1] per column: see :func:`strength_of_db` for the scale.

    Args:
        audio: (B, N).
        grid: gives the hop.
        window_samples: of the RMS; twice the hop if None, so that neighbouring columns overlap.
        reference: RMS at which strength is 1, (B,) or one number; the clip's own loudest column if None. A clip
            without sound has strength 0 everywhere, whatever its reference.

    Returns:
        (B, T).
    """
    envelope = rms_envelope(audio, grid.hop_samples, window_samples or 2 * grid.hop_samples)
    top = envelope.amax(dim=-1) if reference is None else torch.as_tensor(reference, dtype=envelope.dtype)
    top = top.to(envelope).expand(envelope.shape[:-1])
    relative = envelope / rearrange(top.clamp_min(1e-9), "... -> ... 1")
    return strength_of_db(amplitude_to_db(relative), range_db) * (envelope > 1e-6)
