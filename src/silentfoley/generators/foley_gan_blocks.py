"""Parts of FoleyGAN's generator: the action vector, conditional norms, and blocks that grow a spectrogram."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from einops import rearrange
from torch import Tensor, nn

from silentfoley.classifiers.columns import Standardise
from silentfoley.classifiers.relation import LocalRelation


class ActionVector(nn.Module):
    """What is happening, per column: the short relation network on a network's states.

    That temporal features of the picture guide the GAN is the paper's. That they are relations of three frames a few
    distances apart, read off the states of a frame-relation network, and that there is one vector per column instead
    of one per clip, so that a clip may have any length, is ours.

    Args:
        n_inputs: D, width of states and sound features of a Perception.
        size: A, width of the vector.
    """

    def __init__(self, n_inputs: int = 128, size: int = 32) -> None:
        super().__init__()
        self.n_inputs, self.size = n_inputs, size
        self.scale = Standardise(n_inputs)
        self.relation = LocalRelation(n_inputs, size, places=3)

    def forward(self, inputs: Tensor) -> Tensor:
        """(B, T, D) to (B, T, A)."""
        b, t, _ = inputs.shape
        mask = torch.ones(b, t, dtype=torch.bool, device=inputs.device)
        actions: Tensor = self.relation(self.scale(inputs), mask)
        return actions


def folded(columns: Tensor, n: int) -> Tensor:
    """(B, T, A) to (B, n A, T / n): every n columns side by side, so that a coarse column knows its fine ones.

    T is rounded up to whole groups; the last column stands still.
    """
    missing = -columns.shape[1] % n
    full = torch.cat([columns, columns[:, -1:].expand(-1, missing, -1)], dim=1)
    return rearrange(full, "b (t n) a -> b (n a) t", n=n)


class ConditionalNorm(nn.Module):
    """Layer norm over channels at every point; gain and shift come from the condition of the point's column.

    Statistics of a batch or a clip would make a sound hang on its neighbours or its length; these do not.

    Args:
        n_channels: C.
        n_condition: K.
    """

    def __init__(self, n_channels: int, n_condition: int) -> None:
        super().__init__()
        self.modulate = nn.Conv1d(n_condition, 2 * n_channels, 1)

    def forward(self, maps: Tensor, condition: Tensor) -> Tensor:
        """(B, C, F, T) maps under a (B, K, T) condition."""
        centred = maps - maps.mean(dim=1, keepdim=True)
        normed = centred * torch.rsqrt(centred.square().mean(dim=1, keepdim=True) + 1e-5)
        gain, shift = rearrange(self.modulate(condition), "b (two c) t -> two b c 1 t", two=2)
        modulated: Tensor = normed * (1 + gain) + shift
        return modulated


class GrowBlock(nn.Module):
    """Twice the bands, and once or twice the columns: a residual block with two conditional norms and noise.

    Args:
        n_in, n_out: channels.
        n_before, n_after: widths of the condition at the coarse and at the fine columns.
        n_bands: bands of the result; each has a learned offset, for a low band is not a high one.
        times: columns of the result per column.
    """

    def __init__(self, n_in: int, n_out: int, n_before: int, n_after: int, n_bands: int, times: int) -> None:
        super().__init__()
        self.times = times
        self.before, self.after = ConditionalNorm(n_in, n_before), ConditionalNorm(n_out, n_after)
        self.first = nn.Conv2d(n_in, n_out, 3, padding=1)
        self.second = nn.Conv2d(n_out, n_out, 3, padding=1)
        self.skip = nn.Conv2d(n_in, n_out, 1)
        self.place = nn.Parameter(torch.zeros(n_out, n_bands, 1))
        self.noise = nn.Parameter(torch.full((n_out, 1, 1), 0.1))

    def forward(self, maps: Tensor, before: Tensor, after: Tensor, rng: torch.Generator | None) -> Tensor:
        """(B, C, F, T) to (B, C', 2 F, times T).

        Args:
            maps: coarse maps.
            before, after: conditions at the coarse and the fine columns.
            rng: draws the noise, on the CPU; None for torch's global one.
        """
        size = (2, self.times)
        inner = self.first(F.interpolate(F.relu(self.before(maps, before)), scale_factor=size))
        noise = torch.randn((len(inner), 1, *inner.shape[2:]), generator=rng).to(inner)
        inner = self.second(F.relu(self.after(inner + self.place + self.noise * noise, after)))
        grown: Tensor = inner + F.interpolate(self.skip(maps), scale_factor=size)
        return grown
