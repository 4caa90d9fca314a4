"""Sound in memory, and sound that is made while it is read."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from silentfoley.errors import SilentFoleyError

#: Samples per channel of one block unless told: 1.5 s at 44.1 kHz.
BLOCK_SAMPLES = 1 << 16


def spans(n_samples: int, block_samples: int = BLOCK_SAMPLES) -> Iterator[tuple[int, int]]:
    """First and one past the last sample of each block of a sound; one empty block if there is no sample.

    Raises:
        SilentFoleyError: if a block holds no sample.
    """
    if block_samples < 1:
        raise SilentFoleyError("block_samples", f"{block_samples} is no number of samples", "use 1 or more")
    for start in range(0, max(1, n_samples), block_samples):
        yield start, min(start + block_samples, n_samples)


class SoundStream(Protocol):
    """Sound that is read block by block, so that its length costs no memory. A :class:`Waveform` is one."""

    @property
    def sample_rate_hz(self) -> int:
        """Samples per second."""
        ...

    @property
    def n_samples(self) -> int:
        """Samples per channel of all blocks together."""
        ...

    def blocks(self) -> Iterator[NDArray[np.float32]]:
        """(C, n) float32 blocks in order, at least one, all of C channels. Each call begins anew."""
        ...


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

    def blocks(self, block_samples: int = BLOCK_SAMPLES) -> Iterator[NDArray[np.float32]]:
        """Views of the samples, (C, n) each: see :class:`SoundStream`."""
        for start, end in spans(self.n_samples, block_samples):
            yield self.samples[:, start:end]

    def mono(self) -> NDArray[np.float32]:
        """(N,) mean of the channels."""
        return np.asarray(self.samples.mean(axis=0), dtype=np.float32)

    def __repr__(self) -> str:
        return f"Waveform({self.n_channels} x {self.n_samples} @ {self.sample_rate_hz} Hz, {self.duration_s:.3f} s)"
