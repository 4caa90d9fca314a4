"""The two decoders behind :mod:`silentfoley.media.video`: decord for short videos, PyAV for long ones and odd ones."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from fractions import Fraction
from typing import Any, Protocol

# Unused here, but first: decord 0.6 shows its zlib to all that load later, and OpenCV then fails to read PNG files.
import cv2  # noqa: F401
import decord
import numpy as np
from av.container import InputContainer
from av.video.frame import VideoFrame
from numpy.typing import NDArray

from silentfoley.media.opening import corrupt, opened
from silentfoley.media.video_info import VideoInfo

# decord's own FFmpeg prints to the terminal what we report as errors.
decord.logging.set_level(decord.logging.QUIET)

#: decord takes a row's padding for more channels below this width (it divides the padded row by the width).
_DECORD_MIN_WIDTH = 64
#: A frame further on than this is reached by a seek. Ours: about what a group of pictures holds at least.
_SEEK_BEYOND_FRAMES = 24
#: Threads hold frames of their own: two keep memory small and the decoder ahead of the network.
_DECORD_THREADS = 2
#: decord decodes ahead of its reader without a bound, further the busier the machine is: up to the whole video. It is
#: given videos whose pictures together hold no more bytes than this.
_DECORD_MAX_BYTES = 128 << 20


class FrameSource(Protocol):
    """Gives frames by number."""

    def take(self, indices: Sequence[int]) -> NDArray[np.uint8]:
        """(F, H, W, 3) upright frames; indices follow each other, also from call to call."""
        ...


def pick_frames(info: VideoInfo, indices: Sequence[int], size: tuple[int, int]) -> NDArray[np.uint8]:
    """(F, H, W, 3) frames far apart, by increasing number.

    By PyAV: after a seek into open groups of pictures decord 0.6 counts frames from the wrong one.
    """
    with opened(info.path) as container:
        return PyAVFrames(info, size, container).take(indices)


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
        yield PyAVFrames(info, size, container)


def _decord_can(info: VideoInfo, size: tuple[int, int]) -> bool:
    small = info.n_frames * size[0] * size[1] * 3 <= _DECORD_MAX_BYTES
    return small and info.orientation.is_upright and info.orientation.matrix is None and size[1] >= _DECORD_MIN_WIDTH


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


class PyAVFrames:
    """Frames by their own timestamps: right after any seek, whatever the groups of pictures look like.

    Args:
        info: of the video.
        size: (height, width) of the upright pictures.
        container: the video, open.
    """

    def __init__(self, info: VideoInfo, size: tuple[int, int], container: InputContainer) -> None:
        self._info, self._container = info, container
        self._height, self._width = info.orientation.shape_of(*size)
        self._stream = container.streams.video[0]
        self._stream.thread_type = "AUTO"
        self._frames = container.decode(self._stream)
        self._position = -1  # number of the last frame decoded

    def take(self, indices: Sequence[int]) -> NDArray[np.uint8]:
        """See :class:`FrameSource`."""
        return np.stack([self.picture(self.frame(i)) for i in indices])

    def frame(self, index: int) -> VideoFrame:
        """The frame of a number, as it is stored; numbers increase from call to call."""
        far = index - self._position > _SEEK_BEYOND_FRAMES
        return self._sought(index) if far else self._forward(index)

    def picture(self, frame: VideoFrame) -> NDArray[np.uint8]:
        """(H, W, 3) upright picture of a frame."""
        rgb = frame.to_ndarray(format="rgb24", width=self._width, height=self._height, interpolation="BILINEAR")
        return self._info.orientation.upright(np.asarray(rgb, dtype=np.uint8))

    def _sought(self, index: int) -> VideoFrame:
        """Seek to before a frame; further back if the decoder could not start early enough to reach it."""
        back = 0
        while (goal := index - back) > self._position + 1:
            self._container.seek(self._tick(goal), stream=self._stream, backward=True)
            self._frames = self._container.decode(self._stream)
            first = next(self._frames, None)
            if first is not None and not first.is_corrupt and self._number(first) <= index:
                self._position = self._number(first)
                return first if self._position == index else self._forward(index)
            back = 2 * back + _SEEK_BEYOND_FRAMES
        self._container.seek(self._tick(0), stream=self._stream, backward=True)
        self._frames, self._position = self._container.decode(self._stream), -1
        return self._forward(index)

    def _forward(self, index: int) -> VideoFrame:
        while True:
            frame = next(self._frames, None)
            if frame is None or frame.is_corrupt or self._number(frame) > index:
                place = self._info.times_s[max(self._position, 0)]
                raise corrupt(self._info.path, f"pictures after {place:.2f} s cannot be decoded")
            self._position = self._number(frame)
            if self._position == index:
                return frame

    def _tick(self, index: int) -> int:
        seconds = Fraction(float(self._info.times_s[index])) + self._info.start_s
        return round(seconds / self._info.time_base_s)

    def _number(self, frame: VideoFrame) -> int:
        """Which frame of the file this is, by its time."""
        if frame.pts is None:
            return self._position + 1
        seconds = float(frame.pts * self._info.time_base_s - self._info.start_s)
        return int(np.searchsorted(self._info.times_s, seconds - float(self._info.time_base_s) / 2))
