"""The two kinds of generator: one performs cues and can be edited, one reads a network's states."""

from __future__ import annotations

from abc import ABC, abstractmethod

import numpy as np

from silentfoley.cues import CueSheet
from silentfoley.perception import Perception
from silentfoley.waveform import Waveform


class CueGenerator(ABC):
    """Performs a cue sheet.

    Contract, held by a property test over every registered generator: a cue moved by 100 ms moves the
    sound by 100 ms within 10; the same sheet and seed give the same samples, another seed another take;
    the result has exactly ``round(sheet.duration_s * sample_rate_hz)`` samples, within [-1, 1]; stems sum
    to the mix within 1e-5.
    """

    #: Classes it can perform.
    labels: tuple[str, ...]
    #: Rate of what it returns.
    sample_rate_hz: int

    @abstractmethod
    def stems(self, sheet: CueSheet, *, seed: int = 0) -> dict[str, Waveform]:
        """One waveform per label in the sheet, all of the clip's full length, in label order.

        Raises:
            LabelError: for a label it cannot perform.
        """

    def render(self, sheet: CueSheet, *, seed: int = 0) -> Waveform:
        """The mix of :meth:`stems`; silence for an empty sheet."""
        return mix(list(self.stems(sheet, seed=seed).values()), sheet.duration_s, self.sample_rate_hz)


class PerceptionGenerator(ABC):
    """Performs a Perception, as AutoFoley does: the residual is read off the video's own states.

    It cannot be edited: whoever has edited cues needs a :class:`CueGenerator`.
    """

    labels: tuple[str, ...]
    sample_rate_hz: int

    @abstractmethod
    def perform(self, perception: Perception, *, seed: int = 0, label: str | None = None) -> Waveform:
        """Sound of ``perception.grid.duration_s`` seconds within [-1, 1], of ``label`` or of the likeliest class."""


def mix(waveforms: list[Waveform], duration_s: float, sample_rate_hz: int) -> Waveform:
    """Sum of equally long waveforms, mono ones spread over all channels.

    Args:
        waveforms: each (C, N) with N = ``round(duration_s * sample_rate_hz)``.

    Returns:
        (C, N); (1, N) of zeros for an empty list.
    """
    n = round(duration_s * sample_rate_hz)
    channels = max((w.n_channels for w in waveforms), default=1)
    if len(waveforms) == 1:
        return waveforms[0]
    total = np.zeros((channels, n), dtype=np.float32)
    for w in waveforms:
        total += w.samples
    return Waveform(total, sample_rate_hz)
