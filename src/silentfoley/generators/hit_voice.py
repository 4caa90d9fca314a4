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
#: Where a logarithm of a band's level comes from: centre and scale of what the network says.
LOG_CENTRE, LOG_SCALE = -6.0, 2.5
#: Decays and rates of the curves by which the network knows the time since the onset.
_DECAYS_S = tuple(0.0005 * 2.0**k for k in range(13))
_N_WAVES = 12
#: Range of the modes, and of their decays in seconds.
MODE_LOW_HZ, MODE_HIGH_HZ = 50.0, 16_000.0
_MODE_DECAY_S, _MODE_SPREAD = 0.03, 1.5


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


def time_curves(times_s: NDArray[np.float64]) -> Tensor:
    """(T, 37) what the network reads of the time since the onset: decays, and waves over its logarithm."""
    decays = np.exp(-times_s[:, None] / np.array(_DECAYS_S))
    warped = np.log1p(times_s / 0.002) / np.log1p(4.0 / 0.002)
    waves = np.pi * warped[:, None] * np.arange(1, _N_WAVES + 1)
    return torch.from_numpy(np.concatenate([decays, np.sin(waves), np.cos(waves)], axis=1)).float()


N_TIME_CURVES = len(_DECAYS_S) + 2 * _N_WAVES


class HitVoice(nn.Module):
    """Bands and modes of a hit from its condition.

    Args:
        n_condition: D.
        n_bands: B.
        n_slots: S, modes at most: one in each of as many equal parts of the logarithmic axis.
        width: of the network.
    """

    def __init__(self, n_condition: int, n_bands: int, n_slots: int, width: int) -> None:
        super().__init__()
        self.n_slots = n_slots
        self.net = CausalNet(N_TIME_CURVES + 1, n_condition, n_bands, width, (1, 2, 4, 8))
        self.modal = nn.Sequential(nn.Linear(n_condition, 256), nn.GELU(), nn.Linear(256, 5 * n_slots))

    @property
    def edges_hz(self) -> NDArray[np.float64]:
        """(S + 1,) edges of the slots."""
        return np.asarray(np.geomspace(MODE_LOW_HZ, MODE_HIGH_HZ, self.n_slots + 1))

    def log_levels(self, times_s: NDArray[np.float64], strengths: Tensor, condition: Tensor) -> Tensor:
        """(H, T, B) logarithms of band levels.

        Args:
            times_s: (T,) since the onset.
            strengths: (H, T) strength times envelope.
            condition: (H, D).
        """
        curves = time_curves(times_s).expand(len(condition), -1, -1)
        frames = torch.cat([curves, strengths[..., None]], dim=-1)
        out: Tensor
        out, _ = self.net(frames, condition, self.net.start(len(condition)))
        return LOG_CENTRE + LOG_SCALE * out

    def mode_numbers(self, condition: Tensor) -> dict[str, Tensor]:
        """(H, S) each: ``place`` in its slot in [0, 1], ``log_decay``, ``log_level``, ``cosine``, ``sine`` (of its
        phase, their squares sum to 1)."""
        place, decay, level, cosine, sine = rearrange(self.modal(condition), "h (five s) -> five h s", five=5)
        norm = (cosine.square() + sine.square() + 1e-6).sqrt()
        return {
            "place": torch.sigmoid(place),
            "log_decay": math.log(_MODE_DECAY_S) + _MODE_SPREAD * decay,
            "log_level": LOG_CENTRE + LOG_SCALE * level,
            "cosine": cosine / norm,
            "sine": sine / norm,
        }

    def modes(self, numbers: dict[str, Tensor], log_gain: Tensor | float = 0.0) -> Modes:
        """Modes of one hit from (S,) numbers, their levels changed by (S,) ``log_gain``."""
        level = torch.exp(numbers["log_level"] + log_gain)
        decay = torch.exp(numbers["log_decay"].clamp(math.log(0.002), math.log(1.0)))
        return Modes(self.hz(numbers["place"]), decay, level * numbers["cosine"], level * numbers["sine"])

    def hz(self, place: Tensor) -> Tensor:
        """(..., S) frequencies of places in the slots."""
        edges = torch.from_numpy(self.edges_hz).float()
        return edges[:-1] * (edges[1:] / edges[:-1]) ** place
