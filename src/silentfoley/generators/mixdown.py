"""Draws of cues, and their place between the channels."""

from __future__ import annotations

from hashlib import blake2b

import numpy as np
import torch
from numpy.typing import NDArray

Floats = NDArray[np.float32]


def seed_of(seed: int, *names: str) -> int:
    """A seed of its own for each thing that is drawn, the same on every machine and whatever else is drawn."""
    text = "\0".join((str(seed), *names)).encode()
    return int.from_bytes(blake2b(text, digest_size=7).digest(), "little")


def torch_rng(seed: int, *names: str) -> torch.Generator:
    """A torch generator for :func:`seed_of`."""
    return torch.Generator().manual_seed(seed_of(seed, *names))


def pan_gains(pan: float, channels: int) -> Floats:
    """(channels, 1) gains of equal power: left and right squared always sum to 2, so a centred cue has gain 1 in both.

    Args:
        pan: -1 left to 1 right.
        channels: 1 (pan has no meaning) or 2.
    """
    if channels == 1:
        return np.ones((1, 1), dtype=np.float32)
    angle = (pan + 1) * np.pi / 4
    return np.asarray(np.sqrt(2) * np.array([[np.cos(angle)], [np.sin(angle)]]), dtype=np.float32)
