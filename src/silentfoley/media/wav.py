"""WAV files out, block by block: one sound, or the stems of one."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import numpy as np
import soundfile
from numpy.typing import NDArray

from silentfoley.errors import OutputError
from silentfoley.files import atomic_output
from silentfoley.media.broadcast import insert_bext
from silentfoley.media.resampling import Resampled
from silentfoley.waveform import SoundStream

Subtype = Literal["PCM_16", "PCM_24"]
_BITS = {"PCM_16": 16, "PCM_24": 24}
#: A RIFF chunk says its length in 32 bits; past that, readers see a short or broken file.
_MOST_BYTES = 2**32 - 1
#: Room for the header and the chunk of a Broadcast WAV. Ours, rounded up.
_HEAD_BYTES = 1024


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


def write_wav(
    path: str | Path,
    sound: SoundStream,
    *,
    subtype: Subtype = "PCM_16",
    sample_rate_hz: int | None = None,
    time_reference_samples: int | None = None,
    overwrite: bool = True,
) -> WriteReport:
    """Write a WAV file, whole or not at all. Samples beyond full scale are limited, and counted in the report.

    Args:
        sound: a waveform, or a stream, which is never whole in memory.
        subtype: bits per sample; ``PCM_24`` with ``sample_rate_hz=48_000`` is what film sound expects.
        sample_rate_hz: resample to this rate first; None keeps the sound's.
        time_reference_samples: samples since midnight at which the sound begins, at the rate written; makes the
            file a Broadcast WAV (EBU Tech 3285). None writes a plain WAV.
        overwrite: replace an existing file.

    Raises:
        OutputError: if the file cannot be written, exists and must not be replaced, is too long for a WAV (4 GiB;
            found before anything is written), or an option is unknown.
    """
    target = Path(path)
    out = sound if sample_rate_hz is None else Resampled(sound, sample_rate_hz)
    with atomic_output(target, overwrite=overwrite) as temporary:
        with _writer(temporary, target, out.sample_rate_hz, subtype, out.n_samples) as writer:
            for block in out.blocks():
                writer.write(block)
        if time_reference_samples is not None:
            insert_bext(temporary, time_reference_samples)
    return writer.report()


def write_wavs(
    paths: Mapping[str, Path],
    blocks: Iterable[Mapping[str, NDArray[np.float32]]],
    sample_rate_hz: int,
    *,
    subtype: Subtype = "PCM_24",
    overwrite: bool = True,
    n_samples: int | None = None,
) -> dict[str, WriteReport]:
    """Write several sounds that are made together, side by side: each file, and if one fails all, whole or not at all.

    Args:
        paths: name of each sound to its file.
        blocks: (C, n) by name, in order.
        n_samples: of all blocks together, where it is known: what is too long for a WAV is then refused at once.

    Raises:
        OutputError: as :func:`write_wav`.
    """
    with ExitStack() as files:
        writers = {}
        for name, path in paths.items():
            temporary = files.enter_context(atomic_output(path, overwrite=overwrite))
            writers[name] = files.enter_context(_writer(temporary, path, sample_rate_hz, subtype, n_samples))
        for block in blocks:
            for name, writer in writers.items():
                writer.write(block[name])
    return {name: writer.report() for name, writer in writers.items()}


class _Writer:
    """An open file. It gets its channels from the first block."""

    def __init__(
        self, temporary: Path, target: Path, sample_rate_hz: int, subtype: Subtype, n_expected: int | None
    ) -> None:
        self._temporary, self._target, self._rate_hz, self._subtype = temporary, target, sample_rate_hz, subtype
        self._n_expected = n_expected or 0
        self._file: soundfile.SoundFile | None = None
        self._n_samples = self._n_clipped = 0
        self._peak = 0.0

    def write(self, block: NDArray[np.float32]) -> None:
        self._check_length(block)
        pcm, n_limited = _to_pcm(block, _BITS[self._subtype])
        self._n_samples += block.shape[1]
        self._n_clipped += n_limited
        self._peak = max(self._peak, float(np.abs(block).max(initial=0.0)))
        with self._errors():
            if self._file is None:
                self._file = soundfile.SoundFile(
                    self._temporary, "w", self._rate_hz, len(block), self._subtype, format="WAV"
                )
            self._file.write(pcm)

    def _check_length(self, block: NDArray[np.float32]) -> None:
        """Before the first block for a length that is known, else when it comes to that."""
        n_samples = max(self._n_expected, self._n_samples + block.shape[1])
        n_bytes = n_samples * len(block) * _BITS[self._subtype] // 8
        if n_bytes + _HEAD_BYTES > _MOST_BYTES:
            longest_s = (_MOST_BYTES - _HEAD_BYTES) * 8 // (len(block) * _BITS[self._subtype] * self._rate_hz)
            cause = f"is too long for a WAV: {n_bytes / 2**30:.1f} of 4 GiB"
            raise OutputError(self._target, cause, f"write parts of at most {longest_s} s, or put it under a video")

    def close(self) -> None:
        if self._file is not None:
            with self._errors():
                self._file.close()

    def report(self) -> WriteReport:
        return WriteReport(self._target, self._n_samples, self._rate_hz, self._n_clipped, self._peak)

    @contextmanager
    def _errors(self) -> Iterator[None]:
        try:
            yield
        except (soundfile.SoundFileError, TypeError, ValueError) as error:
            cause = f"cannot be written: {error}"
            raise OutputError(self._target, cause, "check the folder, its rights and space") from None


@contextmanager
def _writer(
    temporary: Path, target: Path, sample_rate_hz: int, subtype: Subtype, n_expected: int | None
) -> Iterator[_Writer]:
    if subtype not in _BITS:
        raise OutputError(target, f"subtype {subtype!r} is not offered", "use 'PCM_16' or 'PCM_24'")
    writer = _Writer(temporary, target, sample_rate_hz, subtype, n_expected)
    try:
        yield writer
    finally:
        writer.close()


def _to_pcm(samples: NDArray[np.float32], bits: int) -> tuple[NDArray[np.int32], int]:
    """(C, N) float to (N, C) whole numbers, high-aligned in 32 bits as soundfile takes them without rounding again."""
    full = 2 ** (bits - 1)
    scaled = np.rint(samples.T.astype(np.float64) * full)
    n_clipped = int(((scaled > full) | (scaled < -full)).sum())
    whole = np.clip(scaled, -full, full - 1).astype(np.int64) << (32 - bits)
    return whole.astype(np.int32), n_clipped
