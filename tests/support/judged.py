"""Clips for the evaluator's tests, in memory and on disk."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from silentfoley.cue_formats import write_cues
from silentfoley.cues import Cue, CueSheet
from silentfoley.evaluation.clip_features import SOUND_RATE_HZ, ClipFeatures, Pair
from silentfoley.media.audio import write_wav
from silentfoley.waveform import Waveform


def clicks(times_s: Sequence[float], duration_s: float, rate_hz: int = SOUND_RATE_HZ, channels: int = 1) -> Waveform:
    """Short decaying noise bursts over nothing."""
    rng = np.random.default_rng(0)
    sound = np.zeros(round(duration_s * rate_hz))
    for time_s in times_s:
        start = round(time_s * rate_hz)
        n = min(round(0.1 * rate_hz), sound.size - start)
        sound[start : start + n] += 0.6 * rng.standard_normal(n) * np.exp(-np.arange(n) / (0.02 * rate_hz))
    return Waveform(np.tile(np.clip(sound, -1, 1), (channels, 1)).astype(np.float32), rate_hz)


def features(
    clip_id: str,
    events_s: Sequence[float],
    duration_s: float = 4.0,
    *,
    strength: Sequence[float] | None = None,
    source: str = "",
    label: str = "clock",
    sound: bool = False,
    n_textures: int = 0,
) -> ClipFeatures:
    """A clip with events, and with clicks at them if asked for."""
    start_s = np.asarray(events_s, dtype=np.float64)
    arrays = {
        "events.start_s": start_s,
        "events.strength": np.ones(start_s.size) if strength is None else np.asarray(strength, dtype=np.float64),
    }
    if sound:
        arrays["sound.mono"] = clicks(events_s, duration_s).samples[0]
    notes = {"cues": {"n_textures": n_textures}}
    return ClipFeatures(clip_id, source or clip_id, label, duration_s, arrays, notes)


def pair(true_s: Sequence[float], cues_s: Sequence[float], duration_s: float = 4.0, clip_id: str = "c") -> Pair:
    """Truth and cues of one clip."""
    return Pair(features(clip_id, true_s, duration_s), features(clip_id, cues_s, duration_s))


def write_clip(
    folder: Path,
    name: str,
    events_s: Sequence[float],
    duration_s: float = 2.0,
    *,
    sheet: bool = True,
    rate_hz: int = SOUND_RATE_HZ,
    channels: int = 1,
    suffix: str = ".cues.json",
) -> None:
    """``name.wav`` with clicks and, if asked for, its cue sheet."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{name}.wav"
    path.parent.mkdir(parents=True, exist_ok=True)
    write_wav(path, clicks(events_s, duration_s, rate_hz, channels))
    if sheet:
        cues = tuple(Cue(t, "clock") for t in events_s)
        write_cues(CueSheet(cues, duration_s), path.with_name(f"{path.stem}{suffix}"))


def true_times(n_clips: int, seed: int = 0, duration_s: float = 2.0) -> list[list[float]]:
    """Irregular events, at least 150 ms apart, none in the first or last tenth of a second."""
    rng = np.random.default_rng(seed)
    out = []
    for _ in range(n_clips):
        slots = rng.permutation(np.arange(0.1, duration_s - 0.25, 0.22))[: rng.integers(3, 6)]
        out.append(np.round(np.sort(slots + rng.uniform(0, 0.06, slots.size)), 3).tolist())
    return out
