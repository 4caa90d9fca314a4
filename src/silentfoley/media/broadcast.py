"""The ``bext`` chunk of Broadcast WAV (EBU Tech 3285), which soundfile does not expose: only its time reference."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

from silentfoley.errors import MediaError, OutputError
from silentfoley.media.opening import check_file

#: Description 256, Originator 32, OriginatorReference 32, date 10, time 8, TimeReference u64, version u16,
#: UMID 64, loudness 5 x i16, reserved 180: 602 bytes of version 2.
_BEXT = struct.Struct("<256s32s32s10s8sQH64s5h180s")
#: Where TimeReference lies in the chunk.
_TIME_AT = 338
#: ``RIFF``, length, ``WAVE``.
_RIFF_HEAD = 12
_BLOCK = 1 << 20
#: "No value" for the loudness fields.
_UNSET = 0x7FFF


def insert_bext(path: str | Path, time_reference_samples: int) -> None:
    """Make a plain WAV a Broadcast WAV: put a ``bext`` chunk before the others, where most readers look for it.

    Args:
        time_reference_samples: samples since midnight, in [0, 2**64).

    Raises:
        OutputError: if the reference is out of range or the file is too long for RIFF.
    """
    if not 0 <= time_reference_samples < 2**64:
        raise OutputError(
            path, f"time reference {time_reference_samples} is out of range", "use samples since midnight"
        )
    body = _BEXT.pack(b"", b"silentfoley", b"", b"", b"", time_reference_samples, 2, b"", *[_UNSET] * 5, b"")
    chunk = b"bext" + struct.pack("<I", len(body)) + body
    with Path(path).open("r+b") as file:
        end = file.seek(0, 2)
        if end + len(chunk) - 8 >= 2**32:
            raise OutputError(path, "is too long for a Broadcast WAV (4 GiB)", "split it")
        _shift(file, _RIFF_HEAD, end, len(chunk))
        file.seek(_RIFF_HEAD)
        file.write(chunk)
        file.seek(4)
        file.write(struct.pack("<I", end + len(chunk) - 8))


def _shift(file: BinaryIO, start: int, end: int, by: int) -> None:
    """Move bytes [start, end) later, last block first, so that nothing is overwritten before it is read."""
    while end > start:
        low = max(start, end - _BLOCK)
        file.seek(low)
        block = file.read(end - low)
        file.seek(low + by)
        file.write(block)
        end = low


def read_time_reference(path: str | Path) -> int | None:
    """Samples since midnight at which a Broadcast WAV begins; None for a plain WAV.

    Raises:
        MediaError: if the file is missing or not a WAV.
    """
    file_path = check_file(path)
    with file_path.open("rb") as file:
        head = file.read(_RIFF_HEAD)
        if len(head) < _RIFF_HEAD or head[:4] != b"RIFF" or head[8:] != b"WAVE":
            raise MediaError(file_path, "is not a WAV file", "give a .wav")
        for name, size in _chunks(file):
            if name == b"bext" and size >= _TIME_AT + 8:
                file.seek(_TIME_AT, 1)
                return int.from_bytes(file.read(8), "little")
    return None


def _chunks(file: BinaryIO) -> Iterator[tuple[bytes, int]]:
    """Name and size of each chunk, with the file placed at its body."""
    while len(head := file.read(8)) == 8:
        size = int.from_bytes(head[4:], "little")
        body = file.tell()
        yield head[:4], size
        file.seek(body + size + size % 2)
