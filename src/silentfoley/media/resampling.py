"""The same sound at another rate, block by block."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import soxr
from numpy.typing import NDArray

from silentfoley.waveform import BLOCK_SAMPLES, SoundStream, Waveform


@dataclass(frozen=True)
class Resampled:
    """A sound at another rate, by soxr at its high quality (linear phase: nothing moves in time).

    Attributes:
        source: the sound as it is.
        sample_rate_hz: of this one.
    """

    source: SoundStream
    sample_rate_hz: int

    @property
    def n_samples(self) -> int:
        """Samples per channel: those of the source times the ratio of rates, rounded."""
        return round(self.source.n_samples * self.sample_rate_hz / self.source.sample_rate_hz)

    def blocks(self) -> Iterator[NDArray[np.float32]]:
        """See :class:`silentfoley.waveform.SoundStream`."""
        if self.sample_rate_hz == self.source.sample_rate_hz:
            return self.source.blocks()
        return fitted(self._resampled(), self.n_samples)

    def _resampled(self) -> Iterator[NDArray[np.float32]]:
        stream, done = None, 0
        for block in self.source.blocks():
            if stream is not None and done >= self.source.n_samples:
                continue  # a stream that was cut may end in blocks without a sample; soxr takes none after the last
            stream = stream or soxr.ResampleStream(
                self.source.sample_rate_hz, self.sample_rate_hz, len(block), "float32", "HQ"
            )
            done += block.shape[1]
            last = done >= self.source.n_samples
            yield np.asarray(stream.resample_chunk(np.ascontiguousarray(block.T), last=last).T, dtype=np.float32)


def fitted(blocks: Iterator[NDArray[np.float32]], n_samples: int) -> Iterator[NDArray[np.float32]]:
    """(C, n) blocks cut, or followed by silence, so that they are ``n_samples`` together."""
    left, channels = n_samples, 1
    for block in blocks:
        channels = len(block)
        yield block[:, :left]
        left -= min(left, block.shape[1])
    while left > 0:
        silence = np.zeros((channels, min(left, BLOCK_SAMPLES)), dtype=np.float32)
        left -= silence.shape[1]
        yield silence


def resample(waveform: Waveform, sample_rate_hz: int) -> Waveform:
    """The same sound at another rate, whole. See :class:`Resampled`.

    Returns:
        (C, round(N * new / old)) samples.
    """
    if sample_rate_hz == waveform.sample_rate_hz:
        return waveform
    resampled = Resampled(waveform, sample_rate_hz)
    samples = np.zeros((waveform.n_channels, resampled.n_samples), dtype=np.float32)
    position = 0
    for block in resampled.blocks():
        samples[:, position : position + block.shape[1]] = block
        position += block.shape[1]
    return Waveform(samples, sample_rate_hz)
