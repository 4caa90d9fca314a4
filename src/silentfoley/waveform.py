"""Sound in memory."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from silentfoley.errors import SilentFoleyError


@dataclass(frozen=True)
class Waveform:
    """Sound with its rate.

    Attributes:
        samples: (C, N) float32, C >= 1, full scale is [-1, 1]. Values beyond full scale are allowed in
            memory (mixing needs the headroom) and refused nowhere but at the file: writers clip and say so.
        sample_rate_hz: samples per second.
    """

    samples: NDArray[np.float32]
    sample_rate_hz: int

    def __post_init__(self) -> None:
        samples = np.asarray(self.samples, dtype=np.float32)
        if samples.ndim != 2 or samples.shape[0] < 1:
            raise SilentFoleyError("Waveform", f"samples have shape {samples.shape}", "pass (channels, samples)")
        if self.sample_rate_hz < 1:
            raise SilentFoleyError("Waveform", f"{self.sample_rate_hz} Hz is not a rate", "pass a positive rate")
        if not np.isfinite(samples).all():
            raise SilentFoleyError("Waveform", "samples hold NaN or infinity", "check the generator that made them")
        object.__setattr__(self, "samples", samples)
        object.__setattr__(self, "sample_rate_hz", int(self.sample_rate_hz))

    @property
    def n_channels(self) -> int:
        """Number of channels."""
        return int(self.samples.shape[0])

    @property
    def n_samples(self) -> int:
        """Samples per channel."""
        return int(self.samples.shape[1])

    @property
    def duration_s(self) -> float:
        """Length in seconds."""
        return self.n_samples / self.sample_rate_hz

    def mono(self) -> NDArray[np.float32]:
        """(N,) mean of the channels."""
        return np.asarray(self.samples.mean(axis=0), dtype=np.float32)

    def __repr__(self) -> str:
        return f"Waveform({self.n_channels} x {self.n_samples} @ {self.sample_rate_hz} Hz, {self.duration_s:.3f} s)"
