"""The two decoders behind :mod:`silentfoley.media.video`: decord for almost everything, PyAV where decord errs."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any, Protocol

import decord
import numpy as np
from av.container import InputContainer
from numpy.typing import NDArray

from silentfoley.media.opening import corrupt, opened
from silentfoley.media.video_info import VideoInfo

# decord's own FFmpeg prints to the terminal what we report as errors.
decord.logging.set_level(decord.logging.QUIET)

#: decord takes a row's padding for more channels below this width (it divides the padded row by the width).
_DECORD_MIN_WIDTH = 64
#: Threads hold frames of their own: two keep memory small and the decoder ahead of the network.
_DECORD_THREADS = 2


class FrameSource(Protocol):
    """Gives frames by number."""

    def take(self, indices: Sequence[int]) -> NDArray[np.uint8]:
        """(F, H, W, 3) upright frames; indices increase, also from call to call."""
        ...


@contextmanager
def open_frames(info: VideoInfo, size: tuple[int, int]) -> Iterator[FrameSource]:
    """The right decoder for a video, scaled to (height, width) of the upright picture.

    Raises:
        MediaError: inside the block too, when the file turns out to be damaged.
    """
    reader = _decord_reader(info, size) if _decord_can(info, size) else None
    if reader is not None:
        try:
            yield _DecordFrames(info, reader)
        finally:
            del reader
        return
    with opened(info.path) as container:
        yield _PyAVFrames(info, size, container)


def _decord_can(info: VideoInfo, size: tuple[int, int]) -> bool:
    return info.orientation.is_upright and info.orientation.matrix is None and size[1] >= _DECORD_MIN_WIDTH


def _decord_reader(info: VideoInfo, size: tuple[int, int]) -> Any | None:
    try:
        reader = decord.VideoReader(str(info.path), width=size[1], height=size[0], num_threads=_DECORD_THREADS)
    except Exception:
        # Not known to decord's older FFmpeg (AV1, say): PyAV reads it, or says why it cannot.
        return None
    # decord counts hidden and cut frames too; its numbers are then not ours.
    return reader if len(reader) == info.n_frames else None


class _DecordFrames:
    def __init__(self, info: VideoInfo, reader: Any) -> None:
        self._info, self._reader = info, reader

    def take(self, indices: Sequence[int]) -> NDArray[np.uint8]:
        try:
            batch = self._reader.get_batch(list(indices)).asnumpy()
        except Exception:
            # decord's message is a stack trace of its own sources: what matters is where it stopped.
            place = self._info.times_s[indices[0]]
            raise corrupt(self._info.path, f"pictures after {place:.2f} s cannot be decoded") from None
        return np.asarray(batch, dtype=np.uint8)


class _PyAVFrames:
    def __init__(self, info: VideoInfo, size: tuple[int, int], container: InputContainer) -> None:
        self._info, self._next = info, 0
        self._height, self._width = info.orientation.shape_of(*size)
        stream = container.streams.video[0]
        stream.thread_type = "AUTO"
        self._frames = container.decode(stream)

    def take(self, indices: Sequence[int]) -> NDArray[np.uint8]:
        return np.stack([self._read(i) for i in indices])

    def _read(self, index: int) -> NDArray[np.uint8]:
        while True:
            frame = next(self._frames, None)
            if frame is None or frame.is_corrupt:
                place = self._info.times_s[min(self._next, self._info.n_frames - 1)]
                raise corrupt(self._info.path, f"pictures after {place:.2f} s cannot be decoded")
            self._next += 1
            if self._next > index:
                break
        rgb = frame.to_ndarray(format="rgb24", width=self._width, height=self._height, interpolation="BILINEAR")
        return self._info.orientation.upright(np.asarray(rgb, dtype=np.uint8))
