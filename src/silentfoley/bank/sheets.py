"""What a sheet of a bank's takes shows: which of them, and their spectrograms."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from silentfoley.bank.take import Take
from silentfoley.signal.mel import mel_edges_hz

#: Window and step of the spectrogram in seconds; mel bands and their range.
WINDOW_S, STEP_S, BANDS, LOW_HZ, HIGH_HZ = 0.023, 0.006, 64, 50.0, 16_000.0


def shown(takes: Sequence[Take], most: int) -> list[Take]:
    """At most ``most`` takes, in turn from each recording, in order of variant, recording and place."""
    turns: dict[str, int] = {}
    ranked = []
    for take in sorted(takes, key=lambda t: (t.recording, t.origin, t.start_samples)):
        turns[take.recording] = turns.get(take.recording, -1) + 1
        ranked.append((turns[take.recording], take))
    chosen = [take for _, take in sorted(ranked, key=lambda pair: (pair[0], pair[1].recording))[:most]]
    return sorted(chosen, key=lambda t: (t.variant or "", t.recording, t.origin, t.start_samples))


def log_mel(samples: NDArray[np.float32], rate_hz: int) -> NDArray[np.float64]:
    """(BANDS, T) mel spectrogram in dB, low bands first; T >= 1.

    Args:
        samples: (N,).
        rate_hz: their rate.
    """
    window, step = round(WINDOW_S * rate_hz), round(STEP_S * rate_hz)
    size = 1 << (2 * window - 1).bit_length()
    padded = np.pad(samples, (window // 2, window))
    frames = np.lib.stride_tricks.sliding_window_view(padded, window)[::step]
    power = np.square(np.abs(np.fft.rfft(frames * np.hanning(window), size, axis=1)))
    corners = mel_edges_hz(BANDS, LOW_HZ, min(HIGH_HZ, rate_hz / 2))
    hz = np.fft.rfftfreq(size, 1 / rate_hz)
    left, centre, right = (corners[i : i + BANDS, None] for i in range(3))
    filters = np.maximum(0, np.minimum((hz - left) / (centre - left), (right - hz) / (right - centre)))
    return np.asarray(10 * np.log10(filters @ power.T + 1e-12))
