"""Spectrograms as PNG bytes, without a plotting package: a page needs pixels, its axes are drawn by the page."""

from __future__ import annotations

import struct
import zlib

import numpy as np
from numpy.typing import ArrayLike, NDArray

from silentfoley.signal.flux import FluxSettings, mel_levels_db

#: Bands and columns of a picture.
N_MELS, MAX_COLUMNS = 96, 640
RANGE_DB = 80.0
#: Dark blue over red to pale yellow, in equal steps of lightness: (position, red, green, blue).
_STOPS = np.array(
    [[0, 5, 5, 20], [0.25, 60, 20, 100], [0.5, 165, 45, 95], [0.75, 240, 120, 60], [1, 252, 250, 190]], dtype=np.float64
)


def spectrogram_png(mono: ArrayLike, sample_rate_hz: int, reference_db: float | None = None) -> bytes:
    """A mel spectrogram, low bands at the bottom, time from the first to the last sample from edge to edge.

    Args:
        mono: (N,) samples.
        sample_rate_hz: their rate.
        reference_db: level shown brightest; None for the sound's own loudest. One for both pictures of a pair shows
            which is louder.
    """
    samples = np.asarray(mono, dtype=np.float64)
    hop = max(128, -(-samples.size // MAX_COLUMNS))
    settings = FluxSettings(sample_rate_hz, n_fft=1024, hop_samples=hop, n_mels=N_MELS)
    levels = mel_levels_db(samples, settings) if samples.size else np.full((N_MELS, 1), -100.0)
    top = float(levels.max()) if reference_db is None else reference_db
    shade = np.clip((levels - top + RANGE_DB) / RANGE_DB, 0, 1)
    return png(np.round(shade[::-1] * 255).astype(np.uint8))


def loudest_db(mono: ArrayLike, sample_rate_hz: int) -> float:
    """Level of the loudest band of a spectrogram, for ``reference_db``; -100 for silence."""
    samples = np.asarray(mono, dtype=np.float64)
    if not samples.any():
        return -100.0
    return float(mel_levels_db(samples, FluxSettings(sample_rate_hz, n_fft=1024, n_mels=N_MELS)).max())


def png(indices: NDArray[np.uint8]) -> bytes:
    """(H, W) numbers in the palette as a PNG file (ISO 15948, colour type 3)."""
    height, width = indices.shape
    rows = np.concatenate([np.zeros((height, 1), dtype=np.uint8), indices], axis=1)
    position = np.arange(256) / 255
    palette = np.stack([np.interp(position, _STOPS[:, 0], _STOPS[:, 1 + c]) for c in range(3)], axis=1)
    head = struct.pack(">IIBBBBB", width, height, 8, 3, 0, 0, 0)
    chunks = (
        (b"IHDR", head),
        (b"PLTE", palette.round().astype(np.uint8).tobytes()),
        (b"IDAT", zlib.compress(rows.tobytes(), 9)),
        (b"IEND", b""),
    )
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data)) for kind, data in chunks
    )
