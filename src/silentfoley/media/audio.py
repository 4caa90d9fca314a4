"""Sound in and out: files by soundfile, sound inside videos by PyAV, times exact to the sample."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import numpy as np
import soundfile
import soxr
from numpy.typing import NDArray

from silentfoley.errors import MediaError, OutputError
from silentfoley.files import atomic_output
from silentfoley.media.broadcast import insert_bext, read_time_reference
from silentfoley.media.container_audio import read_container_audio
from silentfoley.media.opening import check_file
from silentfoley.waveform import Waveform

__all__ = ["WriteReport", "read_audio", "read_time_reference", "resample", "write_wav"]

Subtype = Literal["PCM_16", "PCM_24"]

_BITS = {"PCM_16": 16, "PCM_24": 24}
#: Samples per channel turned to whole numbers at once: keeps a ten-minute file's memory flat.
_BLOCK_SAMPLES = 1 << 18

#: Suffixes left to soundfile; everything else may be a video and goes to PyAV.
_SOUND_SUFFIXES = frozenset(
    {".wav", ".flac", ".ogg", ".oga", ".opus", ".aif", ".aiff", ".aifc", ".au", ".w64", ".rf64", ".caf"}
)


@dataclass(frozen=True)
class WriteReport:
    """What a writer did.

    Attributes:
        path: the file.
        n_samples: samples per channel written.
        sample_rate_hz: its rate.
        n_clipped: samples over all channels that lay beyond full scale and were limited to it.
        peak: largest magnitude before limiting.
    """

    path: Path
    n_samples: int
    sample_rate_hz: int
    n_clipped: int
    peak: float


def read_audio(path: str | Path, *, sample_rate_hz: int | None = None) -> Waveform:
    """Read a sound file, or the sound of a video.

    Decoder delay (AAC priming, Opus pre-skip) and padding at the end are removed. The sound of a
    video begins at the start of its video stream: earlier sound is cut, a later start is padded with silence.

    Args:
        sample_rate_hz: resample to this rate; None keeps the file's.

    Returns:
        (C, N) samples.

    Raises:
        MediaError: if the file is missing, empty, damaged, or holds no sound.
    """
    file = check_file(path)
    waveform = _read_sound_file(file) if file.suffix.lower() in _SOUND_SUFFIXES else read_container_audio(file)
    return waveform if sample_rate_hz is None else resample(waveform, sample_rate_hz)


def resample(waveform: Waveform, sample_rate_hz: int) -> Waveform:
    """The same sound at another rate, by soxr at its high quality (linear phase: nothing moves in time).

    Returns:
        (C, round(N * new / old)) samples.
    """
    if sample_rate_hz == waveform.sample_rate_hz:
        return waveform
    n_samples = round(waveform.n_samples * sample_rate_hz / waveform.sample_rate_hz)
    samples = np.zeros((waveform.n_channels, n_samples), dtype=np.float32)
    position = 0
    for block in resampled_blocks(waveform, sample_rate_hz):
        kept = min(block.shape[1], n_samples - position)
        samples[:, position : position + kept] = block[:, :kept]
        position += kept
    return Waveform(samples, sample_rate_hz)


def resampled_blocks(waveform: Waveform, sample_rate_hz: int) -> Iterator[NDArray[np.float32]]:
    """The sound at another rate, (C, n) at a time: :func:`resample` for those who need not hold it whole."""
    same = sample_rate_hz == waveform.sample_rate_hz
    stream = soxr.ResampleStream(waveform.sample_rate_hz, sample_rate_hz, waveform.n_channels, "float32", "HQ")
    for start in range(0, waveform.n_samples, _BLOCK_SAMPLES):
        block = waveform.samples[:, start : start + _BLOCK_SAMPLES]
        last = start + _BLOCK_SAMPLES >= waveform.n_samples
        yield block if same else stream.resample_chunk(np.ascontiguousarray(block.T), last=last).T


def write_wav(
    path: str | Path,
    waveform: Waveform,
    *,
    subtype: Subtype = "PCM_16",
    sample_rate_hz: int | None = None,
    time_reference_samples: int | None = None,
    overwrite: bool = True,
) -> WriteReport:
    """Write a WAV file, whole or not at all. Samples beyond full scale are limited, and counted in the report.

    Args:
        subtype: bits per sample; ``PCM_24`` with ``sample_rate_hz=48_000`` is what film sound expects.
        sample_rate_hz: resample to this rate first; None keeps the waveform's.
        time_reference_samples: samples since midnight at which the sound begins, at the rate written; makes the
            file a Broadcast WAV (EBU Tech 3285). None writes a plain WAV.
        overwrite: replace an existing file.

    Raises:
        OutputError: if the file cannot be written, exists and must not be replaced, or an option is unknown.
    """
    target = Path(path)
    if subtype not in _BITS:
        raise OutputError(target, f"subtype {subtype!r} is not offered", "use 'PCM_16' or 'PCM_24'")
    out = waveform if sample_rate_hz is None else resample(waveform, sample_rate_hz)
    n_clipped = 0
    with atomic_output(target, overwrite=overwrite) as temporary:
        try:
            with soundfile.SoundFile(temporary, "w", out.sample_rate_hz, out.n_channels, subtype, format="WAV") as file:
                for start in range(0, out.n_samples, _BLOCK_SAMPLES):
                    pcm, n_limited = _to_pcm(out.samples[:, start : start + _BLOCK_SAMPLES], _BITS[subtype])
                    file.write(pcm)
                    n_clipped += n_limited
        except (soundfile.SoundFileError, TypeError, ValueError) as error:
            raise OutputError(target, f"cannot be written: {error}", "check the folder, its rights and space") from None
        if time_reference_samples is not None:
            insert_bext(temporary, time_reference_samples)
    peak = max(float(out.samples.max(initial=0.0)), -float(out.samples.min(initial=0.0)))
    return WriteReport(target, out.n_samples, out.sample_rate_hz, n_clipped, peak)


def _to_pcm(samples: NDArray[np.float32], bits: int) -> tuple[NDArray[np.int32], int]:
    """(C, N) float to (N, C) whole numbers, high-aligned in 32 bits as soundfile takes them without rounding again."""
    full = 2 ** (bits - 1)
    scaled = np.rint(samples.T.astype(np.float64) * full)
    n_clipped = int(((scaled > full) | (scaled < -full)).sum())
    whole = np.clip(scaled, -full, full - 1).astype(np.int64) << (32 - bits)
    return whole.astype(np.int32), n_clipped


def _read_sound_file(file: Path) -> Waveform:
    try:
        samples, rate = soundfile.read(file, dtype="float32", always_2d=True)
    except soundfile.LibsndfileError:
        # A video in sound's clothing, or a coding libsndfile does not know.
        return read_container_audio(file)
    if samples.shape[0] == 0:
        raise MediaError(file, "holds no sound (0 samples)", "record or export it again")
    if not np.isfinite(samples).all():
        raise MediaError(file, "holds NaN or infinite samples", "export it again as 16 or 24 bit PCM")
    return Waveform(np.ascontiguousarray(samples.T), int(rate))
