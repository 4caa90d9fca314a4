"""The sound stream of a container, block by block, laid out on the clock of its pictures."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from einops import rearrange
from numpy.typing import NDArray

from silentfoley.errors import MediaError
from silentfoley.media.opening import corrupt, opened
from silentfoley.waveform import Waveform, spans

if TYPE_CHECKING:
    from av.audio.frame import AudioFrame
    from av.audio.stream import AudioStream
    from av.container import InputContainer

#: Timestamps this far from where the samples before them end are rounding, not a gap. Ours: containers that
#: count milliseconds, and phones, jitter by less; a lost packet of any codec is longer.
_JITTER_S = Fraction(15, 1000)


@dataclass(frozen=True)
class AudioBlock:
    """Samples and where they belong.

    Attributes:
        start: first sample's number on the video's clock; negative before the first picture.
        samples: (C, N) float32.
    """

    start: int
    samples: NDArray[np.float32]


@dataclass(frozen=True)
class AudioSource:
    """An open sound stream.

    Attributes:
        sample_rate_hz: samples per second.
        n_channels: channels.
        blocks: the sound in order, without overlaps; a space between blocks is silence.
    """

    sample_rate_hz: int
    n_channels: int
    blocks: Iterator[AudioBlock]


def read_container_audio(path: str | Path) -> Waveform:
    """The whole sound of a container from its video's first picture (or its own start where there is none).

    Raises:
        MediaError: if there is no sound in it, or it is damaged.
    """
    with opened(path) as container:
        pieces = list(sound_pieces(container, path))
        return Waveform(np.concatenate(pieces, axis=1), audio_source(container, path).sample_rate_hz)


def sound_pieces(container: InputContainer, path: str | Path) -> Iterator[NDArray[np.float32]]:
    """The sound of an open container in (C, n) pieces, gaps filled with silence, what precedes its pictures cut.

    Raises:
        MediaError: if there is no sound in it, or it is damaged.
    """
    source = audio_source(container, path)
    position = 0
    for block in source.blocks:
        for gap, end in spans(block.start - position) if block.start > position else ():
            yield np.zeros((source.n_channels, end - gap), dtype=np.float32)
        position = max(position, block.start)
        heard = block.samples[:, position - block.start :]
        if heard.shape[1]:
            position += heard.shape[1]
            yield heard
    if position <= 0:
        raise MediaError(path, "its sound stream holds no sound", "check that it plays, or export it again")


def audio_source(container: InputContainer, path: str | Path) -> AudioSource:
    """The first sound stream of an open container.

    Raises:
        MediaError: if it has none; from ``blocks`` if it is damaged.
    """
    if not container.streams.audio:
        raise MediaError(path, "has no sound", "give a file with sound, or do without --keep-original")
    stream = container.streams.audio[0]
    return AudioSource(stream.rate, stream.channels, _blocks(container, stream, path))


def _blocks(container: InputContainer, stream: AudioStream, path: str | Path) -> Iterator[AudioBlock]:
    rate, origin_s = stream.rate, _origin_s(container)
    end_of_stream = _end(stream, origin_s)
    position: int | None = None
    for frame in container.decode(stream):
        if frame.is_corrupt or frame.rate != rate or frame.layout.nb_channels != stream.channels:
            raise corrupt(path, f"its sound changes or breaks off at {float(frame.time or 0):.2f} s")
        samples = _to_float(frame)
        start = _start(frame, origin_s, rate, position)
        if position is not None and start < position:
            samples, start = samples[:, position - start :], position
        if end_of_stream is not None:
            samples = samples[:, : max(0, end_of_stream - start)]
        if samples.shape[1]:
            position = start + samples.shape[1]
            yield AudioBlock(start, samples)


def _origin_s(container: InputContainer) -> Fraction:
    """Time zero: the first picture's presentation time, or the container's start without pictures."""
    first = container.streams.video[0] if container.streams.video else container.streams.audio[0]
    return (first.start_time or 0) * Fraction(first.time_base or 1)


def _end(stream: AudioStream, origin_s: Fraction) -> int | None:
    """Number of the sample after the last one the container wants heard; None where it does not say."""
    if not stream.duration or stream.time_base is None:
        return None
    end_s = ((stream.start_time or 0) + stream.duration) * Fraction(stream.time_base) - origin_s
    return round(end_s * stream.rate)


def _start(frame: AudioFrame, origin_s: Fraction, rate: int, position: int | None) -> int:
    if frame.pts is None or frame.time_base is None:
        return position or 0
    stamped = round((frame.pts * Fraction(frame.time_base) - origin_s) * rate)
    if position is not None and abs(stamped - position) <= _JITTER_S * rate:
        return position
    return stamped


def _to_float(frame: AudioFrame) -> NDArray[np.float32]:
    """(C, N) in [-1, 1) from whatever the decoder made."""
    raw: NDArray[Any] = frame.to_ndarray()
    if not frame.format.is_planar:
        raw = rearrange(raw, "1 (n c) -> c n", c=frame.layout.nb_channels)
    if raw.dtype == np.uint8:
        return ((raw.astype(np.float32) - 128.0) / 128.0).astype(np.float32)
    if np.issubdtype(raw.dtype, np.integer):
        return (raw / float(2 ** (8 * raw.dtype.itemsize - 1))).astype(np.float32)
    return raw.astype(np.float32)
