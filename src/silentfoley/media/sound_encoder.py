"""Encode a sound into an open container, exactly as long as asked."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import av
import numpy as np
from einops import rearrange
from numpy.typing import NDArray

from silentfoley.errors import OutputError
from silentfoley.media.resampling import Resampled, fitted
from silentfoley.prefetch import prefetched
from silentfoley.waveform import SoundStream

if TYPE_CHECKING:
    from av.audio.stream import AudioStream
    from av.container import OutputContainer
    from av.packet import Packet

_CODECS = {".mp4": "aac", ".m4v": "aac", ".mov": "aac", ".mkv": "libopus", ".webm": "libopus"}
#: Rates AAC (ISO 14496-3, table 1.18) and Opus (RFC 6716) take; others are resampled to the first.
_RATES_HZ = {
    "aac": (48_000, 44_100, 32_000, 24_000, 22_050, 16_000, 12_000, 11_025, 8_000),
    "libopus": (48_000,),
}
#: Per channel; ours: transparent for effects.
_BIT_RATE = {"aac": 128_000, "libopus": 96_000}
#: FFmpeg's default AAC search takes longer and came out 9 dB worse on ten seconds of effects. Noise substitution,
#: shared intensity and temporal shaping save bits where there are few: here they cost time and gained nothing.
_OPTIONS = {"aac": {"aac_coder": "fast", "aac_pns": "0", "aac_is": "0", "aac_tns": "0"}, "libopus": {}}


def codec_for(path: Path) -> str:
    """The sound codec for a container's suffix.

    Raises:
        OutputError: for a suffix we do not write.
    """
    try:
        return _CODECS[path.suffix.lower()]
    except KeyError:
        known = ", ".join(_CODECS)
        raise OutputError(
            path, f"suffix {path.suffix!r} is no video container we write", f"use one of {known}"
        ) from None


class SoundEncoder:
    """One sound stream of an output. Make it before the first packet is written, then mux :meth:`packets`.

    Args:
        output: container open for writing.
        sound: one or two channels. It is made block by block in a thread of its own while blocks before are encoded.
        codec: ``aac`` or ``libopus``.

    Attributes:
        sample_rate_hz: as encoded.
        n_samples: per channel, known once :meth:`packets` runs.
        n_clipped: samples limited so far.
    """

    def __init__(self, output: OutputContainer, sound: SoundStream, codec: str) -> None:
        rates = _RATES_HZ[codec]
        self.sample_rate_hz = sound.sample_rate_hz if sound.sample_rate_hz in rates else rates[0]
        blocks = Resampled(sound, self.sample_rate_hz).blocks()
        first = next(blocks)
        n_channels = len(first)
        if n_channels > 2:
            raise OutputError(output.name, f"sound has {n_channels} channels", "mix it to one or two")
        self._blocks = chain([first], blocks)
        self.n_samples = 0
        self.n_clipped = 0
        self._layout = "mono" if n_channels == 1 else "stereo"
        stream = output.add_stream(codec, rate=self.sample_rate_hz, layout=self._layout, options=_OPTIONS[codec])
        self._stream = cast("AudioStream", stream)
        self._stream.bit_rate = _BIT_RATE[codec] * n_channels
        self._format = "fltp" if codec == "aac" else "flt"
        self._stream.codec_context.format = av.AudioFormat(self._format)

    def packets(self, duration_s: Fraction) -> Iterator[tuple[Fraction, Packet[Any]]]:
        """Packets with their time in seconds, in order; the sound is cut or padded to ``duration_s``. Call it once."""
        self.n_samples = round(duration_s * self.sample_rate_hz)
        position = 0
        for block in prefetched(fitted(self._blocks, self.n_samples)):
            if not block.shape[1]:
                continue
            frame = self._frame(block)
            frame.pts, frame.time_base = position, Fraction(1, self.sample_rate_hz)
            position += block.shape[1]
            yield from self._timed(self._stream.encode(frame))
        yield from self._timed(self._stream.encode(None))

    def _timed(self, packets: list[Packet[Any]]) -> Iterator[tuple[Fraction, Packet[Any]]]:
        for packet in packets:
            yield (packet.pts or 0) * Fraction(packet.time_base or 0), packet

    def _frame(self, block: NDArray[np.float32]) -> av.AudioFrame:
        self.n_clipped += int((np.abs(block) > 1.0).sum())
        limited = np.ascontiguousarray(np.clip(block, -1.0, 1.0))
        if self._format == "flt":
            limited = rearrange(limited, "c n -> 1 (n c)")
        frame = av.AudioFrame.from_ndarray(np.ascontiguousarray(limited), format=self._format, layout=self._layout)
        frame.sample_rate = self.sample_rate_hz
        return frame
