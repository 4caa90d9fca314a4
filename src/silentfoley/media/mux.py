"""Put a sound track under a picture: picture packets copied as they are, sound encoded anew."""

from __future__ import annotations

import errno
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Any

import av
import numpy as np
from av.error import FFmpegError

from silentfoley.errors import MediaError, OutputError
from silentfoley.files import atomic_output, check_output
from silentfoley.media.mixing import Mixed, OriginalSound
from silentfoley.media.opening import opened, short
from silentfoley.media.sound_encoder import SoundEncoder, codec_for
from silentfoley.media.video_info import VideoInfo, probe
from silentfoley.waveform import SoundStream

if TYPE_CHECKING:
    from av.container import InputContainer, OutputContainer
    from av.packet import Packet
    from av.video.stream import VideoStream

_DISK_TROUBLE = frozenset({errno.ENOSPC, errno.EACCES, errno.EROFS, errno.EDQUOT, errno.EIO, errno.EFBIG})


@dataclass(frozen=True)
class MuxReport:
    """What :func:`mux` did.

    Attributes:
        path: the file written.
        codec: sound codec.
        sample_rate_hz, n_samples: of the sound as encoded; it lasts as long as the picture, to the sample.
        n_clipped: samples beyond full scale that were limited.
        original: what became of sound the video had: ``none``, ``replaced`` or ``mixed``.
    """

    path: Path
    codec: str
    sample_rate_hz: int
    n_samples: int
    n_clipped: int
    original: str


def mux(
    video: str | Path | VideoInfo,
    sound: SoundStream,
    out: str | Path,
    *,
    keep_original_db: float | None = None,
    overwrite: bool = False,
) -> MuxReport:
    """Write ``video``'s picture with ``sound`` as its sound.

    The picture is copied packet for packet, with its rotation; it begins at zero in the new file, wherever it
    began in the old one, and frame times keep their distances (Matroska and WebM round them to milliseconds).
    The sound is cut or padded with silence to the picture's duration; encoder delay is declared in the file, so
    that players and :func:`silentfoley.media.audio.read_audio` give sample 0 with the first picture. AAC in mp4,
    m4v and mov, Opus (at 48 kHz) in mkv and webm.

    Args:
        sound: from the video's first picture on, one or two channels; a stream is never whole in memory.
        keep_original_db: mix the video's own sound under at this gain; None replaces it. Without sound in
            the video there is nothing to keep.
        overwrite: replace an existing ``out``.

    Raises:
        MediaError: if the video cannot be read.
        OutputError: if ``out`` exists, is the video itself, cannot be written or cannot hold the picture's codec.
    """
    info = video if isinstance(video, VideoInfo) else probe(video)
    target = Path(out)
    check_output(target, overwrite=overwrite)
    if target.exists() and target.samefile(info.path):
        raise OutputError(target, "is the video being read", "name another file")
    codec = codec_for(target)
    heard, original = _with_original(info, sound, keep_original_db)
    with atomic_output(target, overwrite=overwrite) as temporary, opened(info.path) as source:
        try:
            encoder = _write(source, info, heard, temporary, codec)
        except (FFmpegError, _CannotHold) as error:
            if isinstance(error, OSError) and error.errno in _DISK_TROUBLE:
                # Not the source's fault, which is what an error of FFmpeg's would be taken for further out.
                cause = f"cannot be written ({short(error)})"
                raise OutputError(target, cause, "check the folder, its rights and space") from None
            raise OutputError(
                target, f"cannot hold {info.codec} pictures with {codec} sound ({short(error)})", "use .mp4 or .mkv"
            ) from None
    return MuxReport(target, codec, encoder.sample_rate_hz, encoder.n_samples, encoder.n_clipped, original)


class _CannotHold(Exception):
    """A container that refuses a codec."""


@contextmanager
def _codecs_refused() -> Iterator[None]:
    """PyAV says so with a bare ValueError, and so does whoever makes the sound when something else is wrong."""
    try:
        yield
    except ValueError as error:
        raise _CannotHold(short(error)) from None


def _with_original(info: VideoInfo, sound: SoundStream, gain_db: float | None) -> tuple[SoundStream, str]:
    if not info.has_audio:
        return sound, "none"
    if gain_db is None:
        return sound, "replaced"
    if not np.isfinite(gain_db):
        raise MediaError("keep_original_db", f"{gain_db} is no level", "give decibels such as -12")
    return Mixed(sound, OriginalSound.of(info), gain_db), "mixed"


def _write(source: InputContainer, info: VideoInfo, sound: SoundStream, temporary: Path, codec: str) -> SoundEncoder:
    # Edit lists count in the movie's ticks: the sound's own rate makes its length exact (the default is 1/1000 s).
    options = {"movie_timescale": str(sound.sample_rate_hz)} if codec == "aac" else {}
    with av.open(str(temporary), "w", container_options=options) as output:
        # The template carries everything a decoder and a player need, the display matrix included.
        with _codecs_refused():
            picture = output.add_stream_from_template(source.streams.video[0], opaque=True)
        encoder = SoundEncoder(output, sound, codec)
        output.metadata.update({k: v for k, v in source.metadata.items() if k in _KEPT_METADATA})
        _interleave(output, _picture_packets(source, picture, info), encoder.packets(info.duration_s))
    return encoder


#: What a file may say about itself that still holds with another sound.
_KEPT_METADATA = frozenset({"title", "artist", "comment", "creation_time", "date", "copyright", "location"})


def _picture_packets(
    source: InputContainer, picture: VideoStream, info: VideoInfo
) -> Iterator[tuple[Fraction, Packet[Any]]]:
    """The picture's packets in file order, on a clock that begins at zero, with their decoding time in seconds."""
    stream = source.streams.video[0]
    time_base = Fraction(stream.time_base or info.time_base_s)
    start = round(info.start_s / time_base)
    for packet in source.demux(stream):
        if packet.size == 0:
            continue
        if packet.pts is not None:
            packet.pts -= start
        if packet.dts is not None:
            packet.dts -= start
        when = (packet.dts if packet.dts is not None else packet.pts or 0) * time_base
        packet.stream = picture
        yield when, packet


def _interleave(
    output: OutputContainer,
    picture: Iterator[tuple[Fraction, Packet[Any]]],
    sound: Iterator[tuple[Fraction, Packet[Any]]],
) -> None:
    """Mux both in order of time, so that neither waits in memory for the other."""
    next_sound = next(sound, None)
    for when, packet in picture:
        while next_sound is not None and next_sound[0] <= when:
            output.mux(next_sound[1])
            next_sound = next(sound, None)
        output.mux(packet)
    while next_sound is not None:
        output.mux(next_sound[1])
        next_sound = next(sound, None)
