"""Small inputs and weights shared by the tests of this folder."""

from __future__ import annotations

import torch

from silentfoley.cues import Cue, CueSheet
from silentfoley.data.batch import FoleyBatch


def fill(module, scale=0.4):
    """Weights by formula, the same for ever whatever a random generator does."""
    with torch.no_grad():
        for number, (name, p) in enumerate(sorted(module.named_parameters())):
            wave = torch.sin(torch.arange(p.numel(), dtype=torch.float64) * 1.7 + 0.9 * number)
            gain = name.endswith(("gain", "norm.weight"))
            p.copy_((scale * wave + (1.0 if gain else 0.0)).reshape(p.shape))
    return module


def wave(*shape, scale=1.0):
    """Inputs by formula."""
    n = torch.Size(shape).numel()
    return (scale * torch.cos(torch.arange(n, dtype=torch.float64) * 0.77)).reshape(shape).float()


def batch(n_classes=3, size=6, lengths=(12, 9, 5, 12), sound=2, seed=0):
    """A batch of noise with a hit in the middle of every clip."""
    g = torch.Generator().manual_seed(seed)
    b, t = len(lengths), max(lengths)
    onset = torch.zeros(b, t)
    for i, n in enumerate(lengths):
        onset[i, n // 2] = 1.0
    return FoleyBatch(
        clip_ids=tuple(f"clip{i}" for i in range(b)),
        features=torch.randn(b, t, size, generator=g),
        label=torch.arange(b) % n_classes,
        lengths=torch.tensor(lengths),
        onset=onset,
        strength=onset * 0.5,
        sound=torch.randn(b, t, sound, generator=g),
        silent=torch.zeros(b, dtype=torch.bool),
        cues=tuple(CueSheet((Cue((n // 2) * 0.02, "footsteps"),), max(n - 1, 1) * 0.02) for n in lengths),
        audio=torch.zeros(b, 0),
        sample_rate_hz=44_100,
        hop_samples=882,
    )
