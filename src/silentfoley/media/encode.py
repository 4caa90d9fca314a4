"""Pictures out: H.264 in mp4, the same bytes for the same frames."""

from __future__ import annotations

from collections.abc import Iterable
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING

import av
import numpy as np
from av.error import FFmpegError
from numpy.typing import NDArray

from silentfoley.errors import OutputError
from silentfoley.files import atomic_output
from silentfoley.media.opening import short
from silentfoley.media.sound_encoder import SoundEncoder
from silentfoley.timegrid import Number, exact
from silentfoley.waveform import Waveform

if TYPE_CHECKING:
    from av.container import OutputContainer
    from av.video.stream import VideoStream

#: One thread: the stream does not depend on the machine, and writers usually run in parallel already.
_X264 = {"preset": "veryfast", "threads": "1"}


def write_video(
    path: str | Path,
    frames: Iterable[NDArray[np.uint8]],
    rate_fps: Number,
    waveform: Waveform | None = None,
    *,
    crf: int = 23,
    overwrite: bool = True,
) -> int:
    """Write frames of a constant rate as H.264 (yuv420p), with AAC sound if given, whole or not at all.

    Odd heights and widths are made even by repeating the last row or column: 4:2:0 has no odd sizes.

    Args:
        path: ends in .mp4, .m4v or .mov.
        frames: (H, W, 3) uint8 RGB each, all of one size; taken one by one, so a generator stays small in memory.
        rate_fps: frames per second, exact, e.g. ``Fraction(30000, 1001)``.
        waveform: sound from the first frame on, cut or padded to the picture's duration.
        crf: x264's constant rate factor, 0 (lossless) to 51.
        overwrite: replace an existing file.

    Returns:
        the number of frames written.

    Raises:
        OutputError: if there is no frame, a frame has another shape, or the file cannot be written.
    """
    target, rate = Path(path), exact(rate_fps, "rate_fps")
    if target.suffix.lower() not in (".mp4", ".m4v", ".mov"):
        raise OutputError(target, f"suffix {target.suffix!r} is not for H.264", "use .mp4")
    if rate <= 0:
        raise OutputError(target, f"rate {rate} is not positive", "give frames per second")
    if not 0 <= crf <= 51:
        raise OutputError(target, f"crf {crf} is outside [0, 51]", "use 23, or less for a better picture")
    with atomic_output(target, overwrite=overwrite) as temporary:
        try:
            return _write(temporary, target, frames, rate, waveform, crf)
        except FFmpegError as error:
            raise OutputError(
                target, f"cannot be encoded ({short(error)})", "check size, rate and free space"
            ) from None


def _write(
    temporary: Path,
    target: Path,
    frames: Iterable[NDArray[np.uint8]],
    rate: Fraction,
    waveform: Waveform | None,
    crf: int,
) -> int:
    source = iter(frames)
    first = next(source, None)
    if first is None:
        raise OutputError(target, "there is no frame to write", "give at least one")
    shape = _checked(target, first, None).shape
    options = {} if waveform is None else {"movie_timescale": str(waveform.sample_rate_hz)}
    with av.open(str(temporary), "w", container_options=options) as output:
        stream = _picture_stream(output, shape, rate, crf)
        sound = None if waveform is None else SoundEncoder(output, waveform, "aac")
        _encode(output, stream, first, 0, rate)
        n_frames = 1
        for frame in source:
            _encode(output, stream, _checked(target, frame, shape), n_frames, rate)
            n_frames += 1
        output.mux(stream.encode(None))
        if sound is not None:
            for _, packet in sound.packets(n_frames / rate):
                output.mux(packet)
    return n_frames


def _picture_stream(output: OutputContainer, shape: tuple[int, ...], rate: Fraction, crf: int) -> VideoStream:
    stream = output.add_stream("libx264", rate=rate, options={**_X264, "crf": str(crf)})
    stream.height, stream.width = shape[0] + shape[0] % 2, shape[1] + shape[1] % 2
    stream.pix_fmt = "yuv420p"
    return stream


def _encode(output: OutputContainer, stream: VideoStream, frame: NDArray[np.uint8], index: int, rate: Fraction) -> None:
    even = np.pad(frame, ((0, frame.shape[0] % 2), (0, frame.shape[1] % 2), (0, 0)), mode="edge")
    picture = av.VideoFrame.from_ndarray(np.ascontiguousarray(even), format="rgb24")
    picture.pts, picture.time_base = index, 1 / rate
    output.mux(stream.encode(picture))


def _checked(target: Path, frame: NDArray[np.uint8], shape: tuple[int, ...] | None) -> NDArray[np.uint8]:
    if frame.ndim != 3 or frame.shape[2] != 3 or frame.dtype != np.uint8 or 0 in frame.shape:
        raise OutputError(target, f"a frame is {frame.dtype} of shape {frame.shape}", "give (H, W, 3) uint8 RGB")
    if shape is not None and frame.shape != shape:
        raise OutputError(target, f"a frame of shape {frame.shape} follows {shape}", "give frames of one size")
    return frame
