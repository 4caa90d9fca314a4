"""One sound under another, block by block."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from silentfoley.media.container_audio import audio_source, sound_pieces
from silentfoley.media.opening import opened
from silentfoley.media.resampling import Resampled, fitted
from silentfoley.media.video_info import VideoInfo
from silentfoley.waveform import BLOCK_SAMPLES, SoundStream


@dataclass(frozen=True)
class Mixed:
    """``top`` with ``under`` added, as long as the longer, with as many channels as the wider, two at most.

    Attributes:
        top: gives the rate.
        under: is resampled to it; more than two channels become their mean.
        gain_db: of ``under``.
    """

    top: SoundStream
    under: SoundStream
    gain_db: float

    @property
    def sample_rate_hz(self) -> int:
        """That of ``top``."""
        return self.top.sample_rate_hz

    @property
    def n_samples(self) -> int:
        """Of the longer."""
        return max(self.top.n_samples, Resampled(self.under, self.sample_rate_hz).n_samples)

    def blocks(self) -> Iterator[NDArray[np.float32]]:
        """See :class:`silentfoley.waveform.SoundStream`."""
        n, gain = self.n_samples, np.float32(10.0 ** (self.gain_db / 20.0))
        above = even(fitted(self.top.blocks(), n))
        below = even(fitted(Resampled(self.under, self.sample_rate_hz).blocks(), n))
        for a, b in zip(above, below, strict=True):
            channels = max(len(a), min(len(b), 2))
            low = b if len(b) in (1, channels) else b.mean(axis=0, keepdims=True)
            yield np.broadcast_to(a, (channels, a.shape[1])) + low * gain


@dataclass(frozen=True)
class OriginalSound:
    """The sound a video has, on the clock of its pictures; silent where it is shorter than they are.

    Attributes:
        info: of a video with sound.
        sample_rate_hz: of its sound.
    """

    info: VideoInfo
    sample_rate_hz: int

    @classmethod
    def of(cls, info: VideoInfo) -> OriginalSound:
        """The sound of a video.

        Raises:
            MediaError: if it has none.
        """
        with opened(info.path) as container:
            return cls(info, audio_source(container, info.path).sample_rate_hz)

    @property
    def n_samples(self) -> int:
        """As many as the pictures last."""
        return round(self.info.duration_s * self.sample_rate_hz)

    def blocks(self) -> Iterator[NDArray[np.float32]]:
        """See :class:`silentfoley.waveform.SoundStream`.

        Raises:
            MediaError: if the sound is damaged or there is none in it.
        """
        with opened(self.info.path) as container:
            yield from fitted(sound_pieces(container, self.info.path), self.n_samples)


def even(blocks: Iterator[NDArray[np.float32]], block_samples: int = BLOCK_SAMPLES) -> Iterator[NDArray[np.float32]]:
    """The same sound in blocks of one length, the last one excepted."""
    held: list[NDArray[np.float32]] = []
    for block in blocks:
        held.append(block)
        if sum(b.shape[1] for b in held) < block_samples:
            continue
        whole = np.concatenate(held, axis=1)
        while whole.shape[1] >= block_samples:
            yield whole[:, :block_samples]
            whole = whole[:, block_samples:]
        held = [whole]
    if held and held[0].shape[1] + sum(b.shape[1] for b in held[1:]):
        yield np.concatenate(held, axis=1)
