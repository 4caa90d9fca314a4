"""Levels in decibels."""

from __future__ import annotations

import torch
from torch import Tensor

#: Quietest level that is told apart from silence, in dB below full scale.
FLOOR_DB = -120.0


def amplitude_to_db(amplitude: Tensor) -> Tensor:
    """``20 log10(amplitude)``, not below ``FLOOR_DB``."""
    return 20 * torch.log10(amplitude.clamp_min(10 ** (FLOOR_DB / 20)))
