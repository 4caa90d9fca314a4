"""What a video is: size, rate, exact times of its frames. Read from the packets, without decoding them."""

from __future__ import annotations

from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from av.video.frame import VideoFrame
from numpy.typing import NDArray

from silentfoley.errors import MediaError, NoPictureError
from silentfoley.media.opening import complaints, corrupt, opened
from silentfoley.media.orientation import UPRIGHT, Orientation, orientation_of

if TYPE_CHECKING:
    from av.container import InputContainer
    from av.packet import Packet
    from av.video.stream import VideoStream

#: A container that ends this much before the length in its header was cut off. Ours: encoders round, tails do not.
_MISSING_TAIL_S = 0.5


@dataclass(frozen=True)
class VideoInfo:
    """A video file, looked at once.

    Attributes:
        path: the file.
        width, height: pixels of the upright picture, after rotation.
        n_frames: frames shown.
        rate_fps: average frames per second, exact; variable rates have no other.
        duration_s: exact time the pictures are shown, the last one for its full time.
        start_s: where the video stream begins on the container's clock; every other time counts from here.
        rotation_deg: counter-clockwise turn that the file asks players for: 0, 90, 180 or 270.
        has_audio: whether there is a sound stream.
        codec: name of the picture codec.
        time_base_s: tick of the picture's timestamps in seconds.
        times_s: (n_frames,) seconds from the start of the video stream, increasing.
        orientation: the stored picture's way up, mirrors included.
    """

    path: Path
    width: int
    height: int
    n_frames: int
    rate_fps: Fraction
    duration_s: Fraction
    start_s: Fraction
    rotation_deg: int
    has_audio: bool
    codec: str
    time_base_s: Fraction
    times_s: NDArray[np.float64] = field(repr=False, compare=False)
    orientation: Orientation = UPRIGHT


def probe(path: str | Path) -> VideoInfo:
    """Look at a video: exact times of all frames, length, way up.

    Raises:
        NoPictureError: if it holds none.
        MediaError: if the file is missing, empty, not media, cut off or damaged.
    """
    with opened(path) as container:
        if not container.streams.video:
            if container.streams.audio:
                raise NoPictureError(path, "has sound but no picture", "give a video file")
            # An mp4 that ends in the middle of its index still opens, with nothing in it.
            raise corrupt(path, "neither picture nor sound is found in it")
        stream = container.streams.video[0]
        with complaints("matroska,webm") as found:
            ticks, last_ticks, orientation = _look_through(container, stream, path)
        if found:
            # Matroska readers step over damage to the next sound cluster: pictures would be missing in silence.
            raise corrupt(path, found[0])
        time_base = Fraction(stream.time_base or Fraction(1, 1000))
        duration = (int(ticks[-1] - ticks[0]) + last_ticks) * time_base
        height, width = orientation.shape_of(stream.codec_context.height, stream.codec_context.width)
        return VideoInfo(
            path=Path(path),
            width=width,
            height=height,
            n_frames=len(ticks),
            rate_fps=_rate(stream, len(ticks), duration),
            duration_s=duration,
            start_s=int(ticks[0]) * time_base,
            rotation_deg=orientation.rotation_deg,
            has_audio=bool(container.streams.audio),
            codec=stream.codec_context.name,
            time_base_s=time_base,
            times_s=(ticks - ticks[0]) * time_base.numerator / time_base.denominator,
            orientation=orientation,
        )


def _look_through(
    container: InputContainer, stream: VideoStream, path: str | Path
) -> tuple[NDArray[np.int64], int, Orientation]:
    """One pass over the packets: sorted times of the shown frames in ticks, the last one's length, the way up.

    Only as many packets are decoded as it takes to see one frame, which carries the orientation.
    """
    times: list[tuple[int, int]] = []
    n_packets, end_s = 0, Fraction(0)
    orientation: Orientation | None = None
    for packet in container.demux():
        if packet.stream_index == stream.index and orientation is None:
            orientation = next((orientation_of(f) for f in packet.decode() if isinstance(f, VideoFrame)), None)
        if packet.size == 0:
            continue
        end_s = max(end_s, _end_s(packet))
        if packet.stream_index != stream.index:
            continue
        n_packets += 1
        if packet.is_corrupt:
            raise corrupt(path, f"picture packet {n_packets} is broken or cut off")
        if not packet.is_discard and _is_shown(packet, stream.codec_context.name):
            times.append((_pts(packet, path), packet.duration or 0))
    _check_whole(container, stream, n_packets, end_s, path)
    if not times or orientation is None:
        raise NoPictureError(path, "holds no picture", "check that it plays, or export it again")
    times.sort()
    ticks = np.array([pts for pts, _ in times], dtype=np.int64)
    return ticks, times[-1][1] or _usual_gap(ticks, stream), orientation


def _end_s(packet: Packet[Any]) -> Fraction:
    if packet.pts is None or packet.time_base is None:
        return Fraction(0)
    return (packet.pts + (packet.duration or 0)) * Fraction(packet.time_base)


def _pts(packet: Packet[Any], path: str | Path) -> int:
    pts = packet.pts if packet.pts is not None else packet.dts
    if pts is None:
        raise MediaError(path, "has pictures without a time", "put it into an mp4 or mkv container first")
    return pts


def _is_shown(packet: Packet[Any], codec: str) -> bool:
    # VP8 stores reference pictures that are never shown as packets of their own; bit 4 tells (RFC 6386, 9.1).
    return not (codec == "vp8" and packet.size > 0 and not bytes(packet)[0] & 0x10)


def _usual_gap(ticks: NDArray[np.int64], stream: VideoStream) -> int:
    if len(ticks) > 1:
        return max(1, int(np.median(np.diff(ticks))))
    rate = stream.average_rate or stream.guessed_rate or Fraction(25)
    return max(1, round(1 / (Fraction(rate) * Fraction(stream.time_base or Fraction(1, 1000)))))


def _rate(stream: VideoStream, n_frames: int, duration: Fraction) -> Fraction:
    declared = stream.average_rate
    measured = n_frames / duration
    # Containers that count in milliseconds cannot hold 30000/1001; their header can, and is believed if it agrees.
    if declared and abs(Fraction(declared) / measured - 1) < Fraction(1, 200):
        return Fraction(declared)
    return measured


def _check_whole(
    container: InputContainer, stream: VideoStream, n_packets: int, end_s: Fraction, path: str | Path
) -> None:
    """Compare what was found with what the header promised."""
    if stream.frames and n_packets < stream.frames:
        raise corrupt(path, f"cut off after {n_packets} of {stream.frames} pictures")
    if container.duration is None:
        return
    # Matroska's header holds the time of the end; other containers' headers come from the packets themselves.
    promised = Fraction(container.duration, 1_000_000)
    if n_packets and float(promised - end_s) > _MISSING_TAIL_S and container.format.name.startswith("matroska"):
        raise corrupt(path, f"cut off after {float(end_s):.2f} of {float(promised):.2f} s")
