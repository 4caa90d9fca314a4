"""What noise bands are taught by: distances between spectrograms, and between ensembles of patches."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from einops import rearrange
from torch import Tensor
from torch.nn.functional import avg_pool1d

from silentfoley.signal.stft import StftSpec, magnitude

#: Windows in samples: 1.5 ms see the attack, 46 ms the pitch. Our choice.
WINDOWS = (64, 256, 1024)
#: Magnitude at which logarithms bend, where the loudest sample is 1: -70 dB.
FLOOR = 3e-4
#: Frames of a patch, and how many frames are averaged to one before it is cut: 17 ms to 0.5 s at a hop of 128.
PATCH_FRAMES, PATCH_SCALES = 6, (1, 2, 4, 12)


def spectral_loss(made: Tensor, wanted: Tensor, windows: Sequence[int] = WINDOWS) -> Tensor:
    """L1 of log magnitudes of (N,) signals, mean over windows (multi-resolution, as in DDSP)."""
    terms = []
    for size in windows:
        spec, lead = StftSpec(size, size // 2), size // 2
        pair = torch.nn.functional.pad(torch.stack([made, wanted]), (lead, lead))
        one, two = torch.log(magnitude(pair, spec) * (4 / size) + FLOOR)
        terms.append((one - two).abs().mean())
    return torch.stack(terms).mean()


def sliced_distance(made: Tensor, wanted: Tensor, generator: torch.Generator, n_slices: int = 48) -> Tensor:
    """Sliced Wasserstein distance between the patches of two (T, B) pictures (Heitz et al., arXiv:2006.07229).

    Noise cannot be matched frame by frame; that its patches are distributed alike can. Every scale and slice weighs a
    patch by a bump over bands, or the difference of two, and by random weights over its frames.
    """
    n = min(len(made), len(wanted))
    terms = []
    for scale in PATCH_SCALES:
        if n < 4 * scale * PATCH_FRAMES:
            continue
        slices = _slices(made.shape[1], n_slices, generator)
        ends = [_projected(x[:n], scale, *slices) for x in (made, wanted)]
        terms.append((ends[0] - ends[1]).abs().mean())
    return torch.stack(terms).mean()


def power_distance(made: Tensor, wanted: Tensor) -> Tensor:
    """Mean over bands of the difference of long-term levels, in nepers, of two (T, B) pictures of log levels.

    Most of what a fire radiates is in its rare cracks, of which logarithms make little.
    """
    made_level, wanted_level = (0.5 * torch.log(torch.exp(2 * x).mean(dim=0)) for x in (made, wanted))
    return (made_level - wanted_level).abs().mean()


def _slices(n_bands: int, n_slices: int, generator: torch.Generator) -> tuple[Tensor, Tensor]:
    """(K, R) weights over frames and (B, R) over bands, each slice of unit length."""
    frames = torch.randn(PATCH_FRAMES, n_slices, generator=generator)
    frames[:, : n_slices // 4] = 0
    frames[0, : n_slices // 4] = 1
    centres = n_bands * torch.rand(2, n_slices, generator=generator)
    widths = n_bands * 0.5 * torch.rand(2, n_slices, generator=generator).square() + 0.7
    place = torch.arange(n_bands)[:, None, None]
    one, two = torch.exp(-0.5 * ((place - centres) / widths).square()).unbind(dim=1)
    bands = one - two * torch.randint(2, (n_slices,), generator=generator)
    return frames / frames.norm(dim=0), bands / bands.norm(dim=0)


def _projected(picture: Tensor, scale: int, frames: Tensor, bands: Tensor) -> Tensor:
    """(P, R) sorted projections of all patches."""
    lines = rearrange(picture @ bands, "t r -> r 1 t")
    lines = avg_pool1d(lines, scale, stride=max(1, scale // 2))
    patches = lines[:, 0].unfold(-1, PATCH_FRAMES, 1)
    return torch.einsum("r p k, k r -> p r", patches, frames).sort(dim=0).values
