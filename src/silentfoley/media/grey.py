"""Every frame small and grey, a few of them in colour: one decoding for both.

Most videos store brightness by itself. Reading it from the decoder's own plane leaves out the conversion of every
frame to colour and back, which costs three times as much as decoding.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass

import cv2
import numpy as np
from av.video.frame import VideoFrame
from numpy.typing import NDArray

from silentfoley.media.frame_sources import PyAVFrames
from silentfoley.media.opening import opened
from silentfoley.media.orientation import Orientation
from silentfoley.media.video import WINDOW_FRAMES
from silentfoley.media.video_info import VideoInfo

#: Pixel formats whose first plane is brightness in bytes; others are converted.
_BRIGHTNESS_FIRST = ("yuv4", "yuvj4", "nv12", "nv21", "nv16", "nv24", "gray")
#: Deeper ones have numbers such as ``p10`` at the end.
_BYTES_LAST = ("p", "nv12", "nv21", "nv16", "nv24", "gray")
#: ``color_range`` of a file that uses all 256 levels; others use 16 (black) to 235 (white).
_FULL_RANGE = 2
_STRETCH = np.clip(np.rint((np.arange(256) - 16) * (255 / 219)), 0, 255).astype(np.uint8)


@dataclass(frozen=True)
class GreyWindow:
    """Consecutive frames.

    Attributes:
        grey: (F, H, W) uint8 brightness of all 256 levels, upright.
        times_s: (F,) seconds from the start of the video stream at which each frame appears.
        pictures: (H', W', 3) uint8 RGB of the chosen ones among them, in order.
    """

    grey: NDArray[np.uint8]
    times_s: NDArray[np.float64]
    pictures: list[NDArray[np.uint8]]


def read_grey(
    info: VideoInfo,
    size: tuple[int, int],
    chosen: Collection[int] = (),
    chosen_size: tuple[int, int] | None = None,
) -> Iterator[GreyWindow]:
    """All frames in order in windows of :data:`silentfoley.media.video.WINDOW_FRAMES`; memory is that of one window.

    Args:
        info: of the video.
        size: (height, width) of the grey pictures; each pixel is the mean of what it covers.
        chosen: numbers of frames wanted in colour as well.
        chosen_size: (height, width) of those; None keeps the video's own.

    Raises:
        MediaError: if the file is damaged; never fewer frames in silence.
    """
    with opened(info.path) as container:
        source = PyAVFrames(info, chosen_size or (info.height, info.width), container)
        for start in range(0, info.n_frames, WINDOW_FRAMES):
            numbers = range(start, min(start + WINDOW_FRAMES, info.n_frames))
            grey = np.empty((len(numbers), *size), dtype=np.uint8)
            pictures = []
            for row, number in enumerate(numbers):
                frame = source.frame(number)
                grey[row] = brightness(frame, size, info.orientation)
                if number in chosen:
                    pictures.append(source.picture(frame))
            yield GreyWindow(grey, info.times_s[numbers.start : numbers.stop], pictures)


def brightness(frame: VideoFrame, size: tuple[int, int], orientation: Orientation) -> NDArray[np.uint8]:
    """(H, W) upright brightness of a frame at ``size``."""
    name = frame.format.name
    if not (name.startswith(_BRIGHTNESS_FIRST) and name.endswith(_BYTES_LAST)):
        frame = frame.reformat(format="gray")
    plane = frame.planes[0]
    stored = np.frombuffer(memoryview(plane), dtype=np.uint8).reshape(-1, plane.line_size)[
        : frame.height, : frame.width
    ]
    height, width = orientation.shape_of(*size)
    small = cv2.resize(stored, (width, height), interpolation=cv2.INTER_AREA).astype(np.uint8, copy=False)
    if not (frame.format.name.startswith(("yuvj", "gray")) or int(frame.color_range or 0) == _FULL_RANGE):
        small = _STRETCH[small]
    return orientation.upright(small[..., None])[..., 0]
