"""What a texture is made of: band levels drawn from noise and from rare pulses, steady and never the same."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import torch
from einops import rearrange
from torch import Tensor, nn

from silentfoley.generators.causal_net import CausalNet

#: Samples per frame.
TEXTURE_HOP = 128
#: How long what a noise says lasts, in seconds: not beyond its frame, or dying away. Our choice.
NOISE_S = (0.0, 0.008, 0.025, 0.08, 0.25, 0.8)
#: Pulses per second and how long each lasts in seconds: drops and crackles begin at once and die away. Our choice.
PULSE_RATES_HZ, PULSE_DECAYS_S = (2.0, 10.0, 50.0), (0.004, 0.015, 0.06)
PULSES = tuple((rate_hz, decay_s) for rate_hz in PULSE_RATES_HZ for decay_s in PULSE_DECAYS_S)
#: A texture moves along a direction by so many of its own deviations at most: no crackle becomes a blast. In a fire
#: that cracks twice a second a crack is six deviations from the rest.
FARTHEST = 10.0


def pole(seconds: float, frames_hz: float) -> float:
    """What is left of a value one frame later; 0 for no time."""
    return math.exp(-1 / (seconds * frames_hz)) if seconds else 0.0


@dataclass(frozen=True)
class PulseMoments:
    """Central moments of pulses of heights between 1/2 and 3/2 through a pole, before they have unit variance.

    A pulse falls into a frame or not, at random (Campbell's theorem for frames).
    """

    mean: float
    variance: float
    third: float
    fourth_cumulant: float


def pulse_moments(rate_hz: float, decay_s: float, frames_hz: float) -> PulseMoments:
    """Of one kind of pulses."""
    often, p = rate_hz / frames_hz, pole(decay_s, frames_hz)
    # Raw moments of a uniform height, and cumulants of one that is there only now and then. Levels are logarithms:
    # heights without a bound would now and then be a blast.
    m1, m2, m3, m4 = (often * (1.5 ** (k + 1) - 0.5 ** (k + 1)) / (k + 1) for k in (1, 2, 3, 4))
    k2, k3 = m2 - m1**2, m3 - 3 * m2 * m1 + 2 * m1**3
    k4 = m4 - 4 * m3 * m1 - 3 * m2**2 + 12 * m2 * m1**2 - 6 * m1**4
    return PulseMoments(m1 / (1 - p), k2 / (1 - p**2), k3 / (1 - p**3), k4 / (1 - p**4))


class NoiseInputs:
    """What a texture is drawn from, frame after frame: (P, 6) noises and 9 pulses, all of mean 0 and variance 1.

    Args:
        n_directions: P.
        frames_hz: frames per second.
        generator: draws them.
    """

    def __init__(self, n_directions: int, frames_hz: float, generator: torch.Generator) -> None:
        self._n, self._generator = n_directions, generator
        self._poles = [pole(s, frames_hz) for s in NOISE_S]
        self._often = torch.tensor([rate / frames_hz for rate, _ in PULSES])
        self._pulse_poles = [pole(s, frames_hz) for s in PULSE_DECAYS_S]
        moments = [pulse_moments(rate, s, frames_hz) for rate, s in PULSES]
        self._means = np.array([m.mean for m in moments]).reshape(len(PULSE_RATES_HZ), len(PULSE_DECAYS_S))
        self._deviations = torch.tensor([m.variance for m in moments]).sqrt()
        # Noises begin as if they had always been; pulses at their mean.
        begun = torch.randn(len(NOISE_S), n_directions, generator=generator).numpy()
        self._states = [begun[k] * p for k, p in enumerate(self._poles)]
        self._pulse_states = [p * self._means[:, k] for k, p in enumerate(self._pulse_poles)]

    def next(self, n_frames: int) -> tuple[Tensor, Tensor]:
        """(n_frames, P, 6) noises and (n_frames, 9) pulses."""
        # Loading it takes as long as a second of sound; a clip of hits has no need of it.
        from scipy.signal import lfilter

        noises = torch.randn(n_frames, self._n, len(NOISE_S), generator=self._generator)
        for k, p in enumerate(self._poles):
            slow, state = lfilter(
                [math.sqrt(1 - p**2)], [1, -p], noises[:, :, k].numpy(), axis=0, zi=self._states[k][None]
            )
            noises[:, :, k], self._states[k] = torch.from_numpy(slow), state[0]
        falls = torch.rand(n_frames, len(PULSES), generator=self._generator) < self._often
        heights = 0.5 + torch.rand(n_frames, len(PULSES), generator=self._generator)
        pulses = rearrange(falls * heights, "t (r d) -> t r d", d=len(PULSE_DECAYS_S))
        for k, p in enumerate(self._pulse_poles):
            dying, state = lfilter([1.0], [1, -p], pulses[:, :, k].numpy(), axis=0, zi=self._pulse_states[k][None])
            pulses[:, :, k], self._pulse_states[k] = torch.from_numpy(dying - self._means[:, k]), state[0]
        return noises, rearrange(pulses, "t r d -> t (r d)") / self._deviations


class TextureVoice(nn.Module):
    """Band levels of a texture of unit level from its code and noise.

    A code is a place in the space of spectra and, for each direction of it, how strongly each noise and each kind of
    pulse moves the sound along it. The network, causal too, adds what such sums cannot say; it starts at nothing.

    Args:
        n_condition: D.
        n_bands: B.
        n_directions: P.
        width: of the network.
    """

    def __init__(self, n_condition: int, n_bands: int, n_directions: int, width: int) -> None:
        super().__init__()
        self.n_directions = n_directions
        self.mean = nn.Parameter(torch.full((n_bands,), -4.0))
        self.basis = nn.Parameter(torch.randn(n_directions, n_bands) * 0.1)
        self.net = CausalNet(n_directions + len(PULSES), n_condition, n_bands, width, (1, 2, 4, 8, 16)).quietened()

    @property
    def code_size(self) -> int:
        """Numbers of a code: for each direction its place, 6 noises and 9 pulses."""
        return self.n_directions * (1 + len(NOISE_S) + len(PULSES))

    def log_levels(
        self, noises: Tensor, pulses: Tensor, codes: Tensor, condition: Tensor, states: list[Tensor]
    ) -> tuple[Tensor, list[Tensor]]:
        """(H, T, B) logarithms of band levels, and the states after them.

        Args:
            noises: (H, T, P, 6).
            pulses: (H, T, 9).
            codes: (H, Z), Z at least :attr:`code_size`.
            condition: (H, D).
            states: of the frames before.
        """
        own = rearrange(codes[:, : self.code_size], "h (p c) -> h p c", p=self.n_directions)
        place, noisy, pulsed = torch.split(own, [1, len(NOISE_S), len(PULSES)], dim=-1)
        moves = torch.einsum("h t p n, h p n -> h t p", noises, noisy) + pulses @ rearrange(pulsed, "h p c -> h c p")
        farthest = FARTHEST * rearrange(own[..., 1:].square().sum(dim=-1) + 1e-6, "h p -> h 1 p").sqrt()
        moves = farthest * torch.tanh(moves / farthest)
        out, after = self.net(torch.cat([moves, pulses], dim=-1), condition, states)
        return self.mean + (rearrange(place, "h p 1 -> h 1 p") + moves) @ self.basis + out, after
