"""What a texture is made of: band levels that a causal network draws from noise, steady and never the same."""

from __future__ import annotations

import math

import numpy as np
import torch
from scipy.signal import lfilter
from torch import Tensor, nn

from silentfoley.generators.causal_net import CausalNet

#: Samples per frame.
TEXTURE_HOP = 128
#: Independent noises the network hears anew in each frame, and two slow ones of each of these times in seconds.
N_WHITE = 6
SLOW_S = (0.008, 0.025, 0.08, 0.25, 0.8)
N_NOISES = N_WHITE + 2 * len(SLOW_S)
LOG_CENTRE, LOG_SCALE = -3.5, 1.5
_DILATIONS = (1, 2, 4, 8, 16, 32)


class NoiseInputs:
    """Unit Gaussian noises, frame after frame: white ones, and ones through a pole each.

    Args:
        frames_hz: frames per second.
        generator: draws them.
    """

    def __init__(self, frames_hz: float, generator: torch.Generator) -> None:
        self._poles = [math.exp(-1 / (s * frames_hz)) for s in SLOW_S for _ in range(2)]
        self._generator = generator
        # A pole's state such that its output has unit variance from the first frame on.
        self._states = torch.randn(len(self._poles), generator=generator).numpy() * np.array(self._poles)

    def next(self, n_frames: int) -> Tensor:
        """(n_frames, N_NOISES)."""
        drawn = torch.randn(n_frames, N_NOISES, generator=self._generator)
        for k, pole in enumerate(self._poles):
            column = drawn[:, N_WHITE + k].numpy()
            slow, state = lfilter([math.sqrt(1 - pole**2)], [1, -pole], column, zi=self._states[k : k + 1])
            drawn[:, N_WHITE + k], self._states[k] = torch.from_numpy(slow), state[0]
        return drawn


class TextureVoice(nn.Module):
    """Band levels of a texture of unit level from its condition and noise.

    Args:
        n_condition: D.
        n_bands: B.
        width: of the network.
    """

    def __init__(self, n_condition: int, n_bands: int, width: int) -> None:
        super().__init__()
        self.net = CausalNet(N_NOISES, n_condition, n_bands, width, _DILATIONS)

    def log_levels(self, noises: Tensor, condition: Tensor, states: list[Tensor]) -> tuple[Tensor, list[Tensor]]:
        """(H, T, B) logarithms of band levels, and the states after them.

        Args:
            noises: (H, T, N_NOISES).
            condition: (H, D).
            states: of the frames before.
        """
        out, after = self.net(noises, condition, states)
        return LOG_CENTRE + LOG_SCALE * out, after
