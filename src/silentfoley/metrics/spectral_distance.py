"""How far two sounds' spectrograms lie apart, at several resolutions."""

from __future__ import annotations

import numpy as np
import torch
from numpy.typing import ArrayLike

from silentfoley.metrics.levels import Floats, as_pair, unit_rms
from silentfoley.signal.stft import StftSpec, magnitude

#: Windows in samples; at 22.05 kHz 93, 46 and 23 ms. A hop is a quarter of its window. Our choice.
WINDOWS = (2048, 1024, 512)
#: Levels below this count as this, in dB below a steady noise of the clip's RMS. Our choice: it keeps the noise
#: floors of two recordings from deciding.
FLOOR_DB = -60.0


def log_spectral_distance_db(true: ArrayLike, made: ArrayLike, windows: tuple[int, ...] = WINDOWS) -> float:
    """Root mean square difference in dB over frequencies, mean over columns, mean over window lengths.

    Log-spectral distance (Gray and Markel 1976) under the level convention of
    :mod:`~silentfoley.metrics.levels`; phase plays no part.

    Args:
        true: (N,) samples.
        made: (N,) samples at the same rate.
        windows: lengths in samples, even.

    Returns:
        decibels >= 0; 0 for two silences.
    """
    sounds = [unit_rms(s) for s in as_pair(true, made)]
    distances = []
    for n_fft in windows:
        one, other = (_levels_db(s, StftSpec(n_fft, n_fft // 4)) for s in sounds)
        distances.append(np.sqrt(np.mean((one - other) ** 2, axis=0)).mean())
    return float(np.mean(distances))


def _levels_db(sound: Floats, spec: StftSpec) -> Floats:
    """(F, T) dB: white noise of RMS 1 lies at 0 on average."""
    audio = torch.from_numpy(sound)
    power = magnitude(audio, spec).square() / spec.window(audio).square().sum()
    return np.asarray(np.maximum(10 * np.log10(np.maximum(power.numpy(), 1e-30)), FLOOR_DB))
