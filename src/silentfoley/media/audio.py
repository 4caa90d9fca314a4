"""Sound in and out: files by soundfile, sound inside videos by PyAV, times exact to the sample."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import soundfile

from silentfoley.errors import MediaError
from silentfoley.media.broadcast import read_time_reference
from silentfoley.media.container_audio import read_container_audio
from silentfoley.media.opening import check_file
from silentfoley.media.resampling import resample
from silentfoley.media.wav import WriteReport, write_wav
from silentfoley.waveform import Waveform

__all__ = ["WriteReport", "read_audio", "read_time_reference", "resample", "write_wav"]

#: Suffixes left to soundfile; everything else may be a video and goes to PyAV.
_SOUND_SUFFIXES = frozenset(
    {".wav", ".flac", ".ogg", ".oga", ".opus", ".aif", ".aiff", ".aifc", ".au", ".w64", ".rf64", ".caf"}
)


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
