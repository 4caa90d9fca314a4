"""Pictures in: what a video is, and its frames in bounded windows with their true times.

decord decodes (it scales while it decodes and is several times faster here than converting frames in Python).
PyAV reads the packets' timestamps, which decord rounds to single precision, and takes over decoding where
decord 0.6 is wrong: it turns pictures by some containers' rotation flag and not by others', and misreads
narrow pictures, whose padded rows it takes for a fourth channel, and loses count after some seeks.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from silentfoley.errors import MediaError
from silentfoley.media.frame_sources import FrameSource, open_frames, pick_frames
from silentfoley.media.video_info import VideoInfo, probe
from silentfoley.timegrid import bracket

__all__ = ["FrameWindow", "VideoInfo", "frames_at", "probe", "read_frames", "read_windows"]

#: Frames a window holds unless told: at 640x360 these are 22 MB.
WINDOW_FRAMES = 32


@dataclass(frozen=True)
class FrameWindow:
    """Consecutive or chosen frames of a video.

    Attributes:
        frames: (F, H, W, 3) uint8 RGB, upright.
        times_s: (F,) seconds from the start of the video stream at which each frame appears.
    """

    frames: NDArray[np.uint8]
    times_s: NDArray[np.float64]

    def __len__(self) -> int:
        return int(self.frames.shape[0])

    def __repr__(self) -> str:
        span = f"{self.times_s[0]:.3f} to {self.times_s[-1]:.3f} s" if len(self) else "no frame"
        return f"FrameWindow({self.frames.shape}, {span})"


def read_windows(
    path: str | Path | VideoInfo, *, size: tuple[int, int] | None = None, window_frames: int = WINDOW_FRAMES
) -> Iterator[FrameWindow]:
    """All frames in order, ``window_frames`` at a time: memory does not grow with the video's length.

    Args:
        path: video file, or what :func:`probe` said of it (saves looking twice).
        size: (height, width) of the upright picture to scale to; None keeps the video's own.
        window_frames: frames per window, >= 1; the last window may hold fewer.

    Yields:
        windows with ``frames`` (F, H, W, 3) and ``times_s`` (F,).

    Raises:
        MediaError: if the file is damaged; never fewer frames in silence.
    """
    if window_frames < 1:
        raise MediaError("window_frames", f"{window_frames} is no number of frames", "use 1 or more")
    info = _info(path)
    with open_frames(info, _size(info, size)) as source:
        for start in range(0, info.n_frames, window_frames):
            yield _window(source, info, range(start, min(start + window_frames, info.n_frames)))


def read_frames(
    path: str | Path | VideoInfo, *, size: tuple[int, int] | None = None, max_frames: int = 1000
) -> FrameWindow:
    """All frames of a short video at once. See :func:`read_windows`.

    Raises:
        MediaError: if the video has more than ``max_frames`` frames, or is damaged.
    """
    info = _info(path)
    if info.n_frames > max_frames:
        raise MediaError(
            info.path, f"has {info.n_frames} frames, more than {max_frames}", "read it in windows or raise max_frames"
        )
    return next(read_windows(info, size=size, window_frames=max(1, max_frames)))


def frames_at(
    path: str | Path | VideoInfo, times_s: Sequence[float] | NDArray[np.float64], *, size: tuple[int, int] | None = None
) -> FrameWindow:
    """The frame nearest to each time (the earlier one at a tie); times outside get the first or last frame.

    Args:
        times_s: (T,) seconds from the start of the video stream, in any order.

    Returns:
        a window of T frames with *their* times, which may differ from those asked.
    """
    info = _info(path)
    chosen = bracket(info.times_s, np.asarray(times_s, dtype=np.float64)).nearest()
    distinct, back = np.unique(chosen, return_inverse=True)
    frames = pick_frames(info, [int(i) for i in distinct], _size(info, size))
    return FrameWindow(frames[back], info.times_s[chosen])


def _info(path: str | Path | VideoInfo) -> VideoInfo:
    return path if isinstance(path, VideoInfo) else probe(path)


def _size(info: VideoInfo, size: tuple[int, int] | None) -> tuple[int, int]:
    height, width = size or (info.height, info.width)
    if height < 1 or width < 1:
        raise MediaError("size", f"({height}, {width}) is no picture", "give a positive height and width")
    return height, width


def _window(source: FrameSource, info: VideoInfo, indices: range) -> FrameWindow:
    return FrameWindow(source.take(indices), info.times_s[indices.start : indices.stop])
