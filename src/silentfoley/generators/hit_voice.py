"""What a hit is made of: a level per noise band and frame since the onset, and the modes that ring."""

from __future__ import annotations

import math

import numpy as np
import torch
from einops import rearrange
from numpy.typing import NDArray
from torch import Tensor, nn

from silentfoley.generators.causal_net import CausalNet
from silentfoley.generators.modal import Modes

#: Frames of a hit: so many of so many samples, then of LAST_HOP: fine where it strikes, coarser where it rings.
FIRST_FRAMES = ((32, 16), (64, 16), (128, 16))
LAST_HOP = 256
#: Where a code says how the bands stand, in ms since the onset; between them it is joined by lines: 116 places. Fewer,
#: 60 to 120 ms apart after half a second, made claps of thunder that were taken for guns.
KNOTS_MS: tuple[float, ...] = (
    *(0, 0.7, 1.5, 3, 5, 8, 12, 18, 25, 35, 45, 57, 70, 85, 100, 120, 140, 160, 180, 200),
    *range(240, 4041, 40),
)
#: Decays by which the network knows the time since the onset, in seconds.
_DECAYS_S = tuple(0.0005 * 2.0**k for k in range(13))
#: Range of the modes, and numbers of each.
MODE_LOW_HZ, MODE_HIGH_HZ = 50.0, 16_000.0
MODE_NUMBERS = ("place", "log_decay", "log_level", "cosine", "sine")


def hit_hops(n_samples: int) -> list[int]:
    """Hops that together last ``n_samples`` or a little more."""
    hops: list[int] = []
    for hop, count in FIRST_FRAMES:
        hops += [hop] * count
    kept = int(np.searchsorted(np.cumsum(hops), n_samples)) + 1
    if kept <= len(hops):
        return hops[:kept]
    return hops + [LAST_HOP] * math.ceil((n_samples - sum(hops)) / LAST_HOP)


def frame_times_s(hops: list[int], sample_rate_hz: int) -> NDArray[np.float64]:
    """(T + 1,) times of the frames between T hops, 0 first."""
    return np.concatenate([[0], np.cumsum(hops)]) / sample_rate_hz


def knot_weights(times_s: NDArray[np.float64]) -> Tensor:
    """(T, K) share of each knot at each time; the last one holds."""
    knots = np.array(KNOTS_MS) / 1000
    held = np.clip(times_s, knots[0], knots[-1])
    before = np.minimum(np.searchsorted(knots, held, side="right") - 1, len(knots) - 2)
    share = (held - knots[before]) / np.diff(knots)[before]
    out = np.zeros((len(held), len(knots)), dtype=np.float32)
    rows = np.arange(len(held))
    out[rows, before], out[rows, before + 1] = 1 - share, share
    return torch.from_numpy(out)


class HitVoice(nn.Module):
    """Bands and modes of a hit from its code: a path through the space of spectra, and what rings.

    The network adds to the path what the path is too coarse for; it starts at nothing.

    Args:
        n_condition: D.
        n_bands: B.
        n_directions: P, of the space of spectra.
        n_slots: S, modes at most: one in each of as many equal parts of the logarithmic axis.
        width: of the network.
    """

    def __init__(self, n_condition: int, n_bands: int, n_directions: int, n_slots: int, width: int) -> None:
        super().__init__()
        self.n_slots, self.n_directions = n_slots, n_directions
        self.mean = nn.Parameter(torch.full((n_bands,), -6.0))
        self.basis = nn.Parameter(torch.randn(n_directions, n_bands) * 0.3)
        n_inputs = n_directions + len(_DECAYS_S) + 1
        self.net = CausalNet(n_inputs, n_condition, n_bands, width, (1, 2, 4, 8)).quietened()

    @property
    def code_size(self) -> int:
        """Numbers of a code: K P of the path, 5 S of the modes."""
        return len(KNOTS_MS) * self.n_directions + len(MODE_NUMBERS) * self.n_slots

    @property
    def edges_hz(self) -> NDArray[np.float64]:
        """(S + 1,) edges of the slots."""
        return np.asarray(np.geomspace(MODE_LOW_HZ, MODE_HIGH_HZ, self.n_slots + 1))

    def log_levels(self, times_s: NDArray[np.float64], strengths: Tensor, codes: Tensor, condition: Tensor) -> Tensor:
        """(H, T, B) logarithms of band levels.

        Args:
            times_s: (T,) since the onset.
            strengths: (H, T) strength times envelope.
            codes: (H, Z), Z at least :attr:`code_size`.
            condition: (H, D).
        """
        knots = rearrange(codes[:, : len(KNOTS_MS) * self.n_directions], "h (k p) -> h k p", p=self.n_directions)
        path = torch.einsum("t k, h k p -> h t p", knot_weights(times_s), knots)
        decays = torch.from_numpy(np.exp(-times_s[:, None] / np.array(_DECAYS_S))).float()
        frames = torch.cat([path, decays.expand(len(codes), -1, -1), strengths[..., None]], dim=-1)
        out: Tensor
        out, _ = self.net(frames, condition, self.net.start(len(codes)))
        return self.mean + path @ self.basis + out

    def mode_numbers(self, codes: Tensor) -> dict[str, Tensor]:
        """(H, S) each: ``place`` in its slot in [0, 1], ``log_decay``, ``log_level``, ``cosine`` and ``sine`` of its
        phase."""
        first = len(KNOTS_MS) * self.n_directions
        numbers = rearrange(codes[:, first : self.code_size], "h (five s) -> five h s", s=self.n_slots)
        return dict(zip(MODE_NUMBERS, numbers, strict=True))

    def modes(self, numbers: dict[str, Tensor], log_gain: Tensor | float = 0.0) -> Modes:
        """Modes of one hit from (S,) numbers, their levels changed by (S,) ``log_gain``."""
        level = torch.exp(numbers["log_level"] + log_gain)
        norm = (numbers["cosine"].square() + numbers["sine"].square() + 1e-6).sqrt()
        decay = torch.exp(numbers["log_decay"].clamp(math.log(0.002), math.log(1.0)))
        cosine, sine = level * numbers["cosine"] / norm, level * numbers["sine"] / norm
        return Modes(self.hz(numbers["place"]), decay, cosine, sine)

    def hz(self, place: Tensor) -> Tensor:
        """(..., S) frequencies of places in the slots."""
        edges = torch.from_numpy(self.edges_hz).float()
        return edges[:-1] * (edges[1:] / edges[:-1]) ** place
