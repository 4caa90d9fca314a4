"""Where sounds begin: a curve, its peaks, and the targets networks learn."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch
from einops import reduce
from numpy.typing import NDArray
from torch import Tensor
from torch.nn.functional import pad

from silentfoley.signal.mel import SoundFeatures
from silentfoley.timegrid import TimeGrid


def onset_strength(audio: Tensor, features: SoundFeatures) -> Tensor:
    """Spectral flux: mean rise of the log-mel bands from the column before.

    Args:
        audio: (B, N).
        features: the front end; its hop is the curve's.

    Returns:
        (B, T) >= 0. The first column is compared with silence, so a clip that starts with a bang has an onset.
    """
    levels: Tensor = features(audio)
    before = torch.cat([torch.zeros_like(levels[:, :1]), levels[:, :-1]], dim=1)
    flux: Tensor = reduce((levels - before).clamp_min(0), "b t f -> b t", "mean")
    return flux


def pick_peaks(curve: NDArray[np.floating], threshold: float, min_gap: int = 1) -> NDArray[np.int64]:
    """Columns of local maxima at or above ``threshold``, the higher first served.

    Args:
        curve: (T,).
        min_gap: columns two peaks must lie apart, >= 1.

    Returns:
        (P,) increasing columns. A plateau counts once, at its first column.
    """
    values = np.concatenate([[-np.inf], np.asarray(curve, dtype=np.float64), [-np.inf]])
    mid = values[1:-1]
    candidates = np.flatnonzero((mid > values[:-2]) & (mid >= values[2:]) & (mid >= threshold))
    kept: list[int] = []
    for column in candidates[np.argsort(-mid[candidates], kind="stable")]:
        if all(abs(int(column) - k) >= min_gap for k in kept):
            kept.append(int(column))
    return np.array(sorted(kept), dtype=np.int64)


def peak_times_s(curve: NDArray[np.floating], columns: NDArray[np.int64], grid: TimeGrid) -> NDArray[np.float64]:
    """(P,) times of peaks in seconds, between columns by a parabola through each peak and its neighbours."""
    values = np.asarray(curve, dtype=np.float64)
    inner = (columns > 0) & (columns < len(values) - 1)
    at = np.where(inner, columns, 1) if len(values) > 2 else np.zeros_like(columns)
    offset = np.zeros(len(columns))
    if len(values) > 2:
        left, mid, right = values[at - 1], values[at], values[at + 1]
        bend = left - 2 * mid + right
        offset = np.where(inner & (bend < 0), 0.5 * (left - right) / np.where(bend < 0, bend, 1), 0)
    return (columns + np.clip(offset, -0.5, 0.5)) * grid.hop_samples / grid.sample_rate_hz


def detect_onsets_s(
    audio: Tensor, features: SoundFeatures, *, ratio: float = 0.3, min_gap_s: float = 0.05
) -> list[float]:
    """Onsets of one sound: peaks of the flux above ``ratio`` of its largest, each moved to the steepest rise near it.

    A window sees an event half its length early, by how much depends on the level before it; so the flux says
    that something begins, and the samples say when.

    Args:
        audio: (N,).
        ratio: in (0, 1].
        min_gap_s: seconds two onsets must lie apart.

    Returns:
        Seconds, increasing; empty for silence.
    """
    curve = onset_strength(audio[None], features)[0].numpy()
    if curve.max() <= 0:
        return []
    grid = TimeGrid(len(audio), features.sample_rate_hz, features.spec.hop_samples)
    columns = pick_peaks(curve, ratio * float(curve.max()), max(1, round(min_gap_s * grid.column_rate_hz)))
    reach = features.spec.n_fft // 2 + grid.hop_samples
    steep = _log_rise(audio, window_samples=max(1, round(0.005 * grid.sample_rate_hz))).numpy()
    starts = [max(0, int(c) * grid.hop_samples - reach // 2) for c in columns]
    return sorted({(s + int(steep[s : s + 3 * reach // 2].argmax())) / grid.sample_rate_hz for s in starts})


def _log_rise(audio: Tensor, window_samples: int) -> Tensor:
    """(N,) to (N,): log of the energy in the window from each sample on, over that in the window before it."""
    energy = pad(audio.double().square().cumsum(0), (1, 0))
    index = torch.arange(len(audio))
    after = energy[(index + window_samples).clamp_max(len(audio))] - energy[index]
    before = energy[index] - energy[(index - window_samples).clamp_min(0)]
    floor = 1e-4 * after.max()
    return ((after + floor) / (before + floor)).log()


def onset_target(events_s: Sequence[float], grid: TimeGrid, width_s: float = 0.02) -> Tensor:
    """Soft onset target: 1 at the column nearest each event, a bell of ``width_s`` around the exact time elsewhere.

    The neighbours' values keep where between two columns the event lies.

    Args:
        events_s: event times in seconds, within the clip.
        width_s: standard deviation of the bell in seconds. Our choice.

    Returns:
        (T,) float32 in [0, 1]; overlapping bells take the larger value.
    """
    times = grid.column_times_s()
    target = np.zeros(grid.n_columns)
    for event in events_s:
        target = np.maximum(target, np.exp(-0.5 * ((times - event) / width_s) ** 2))
    for event in events_s:
        target[grid.column_at(float(event))] = 1.0
    return torch.from_numpy(target).float()
