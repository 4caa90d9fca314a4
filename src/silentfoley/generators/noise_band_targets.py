"""What noise bands and modes are taught: levels and resonances read off a lesson."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from silentfoley.data.lessons import Lesson
from silentfoley.generators.band_levels import band_levels
from silentfoley.generators.hit_voice import frame_times_s, hit_hops
from silentfoley.generators.modal import find_modes
from silentfoley.generators.noise_band import NoiseBand
from silentfoley.generators.texture_voice import TEXTURE_HOP

#: A hit's modes are sought in its first so many samples; they have rung out by then.
_MODAL_SAMPLES = 22_050


@dataclass(frozen=True, eq=False)
class HitTarget:
    """What is read off a hit.

    Attributes:
        hops: samples between its frames.
        times_s: (T + 1,) of the frames, as an array of doubles.
        log_levels: (T + 1, B) of what remains without the modes.
        modes: (S,) each: what :meth:`HitVoice.mode_numbers` should say; an empty slot has the lowest level.
        samples: (sum(hops),) from the onset on, silence after the end.
    """

    hops: list[int]
    times_s: np.ndarray
    log_levels: Tensor
    modes: dict[str, Tensor]
    samples: Tensor


#: Level of a slot without a mode.
NO_MODE = -10.0


def hit_target(lesson: Lesson, generator: NoiseBand) -> HitTarget:
    """Analysis of a hit from its onset on."""
    rate = generator.sample_rate_hz
    sound = lesson.samples[lesson.onset_samples :]
    hops = hit_hops(len(sound))
    times_s = frame_times_s(hops, rate)
    edges = generator.hit.edges_hz
    found = find_modes(sound[:_MODAL_SAMPLES], edges, rate)
    rest = np.concatenate([found.rest, sound[_MODAL_SAMPLES:]])
    widths = np.array([*hops, hops[-1]]) / rate
    levels = band_levels(rest, generator.bank, times_s, widths)
    level = np.hypot(found.cosine, found.sine)
    rings = level > 0
    modes = {
        "place": np.log(found.hz / edges[:-1]) / np.log(edges[1:] / edges[:-1]),
        "log_decay": np.log(found.decay_s),
        "log_level": np.where(rings, np.log(np.maximum(level, 1e-9)), NO_MODE).clip(min=NO_MODE),
        "cosine": np.where(rings, found.cosine / np.maximum(level, 1e-9), 0),
        "sine": np.where(rings, found.sine / np.maximum(level, 1e-9), 1),
    }
    padded = np.pad(sound, (0, sum(hops) - len(sound)))
    return HitTarget(
        hops,
        times_s,
        torch.from_numpy(levels).float(),
        {name: torch.from_numpy(value).float() for name, value in modes.items()},
        torch.from_numpy(padded.astype(np.float32)),
    )


def texture_target(lesson: Lesson, generator: NoiseBand) -> Tensor:
    """(T, B) log levels of a stretch of unit level, frame by frame, its slow coming and going taken out."""
    rate = generator.sample_rate_hz
    times = np.arange(4, len(lesson.samples) // TEXTURE_HOP - 3) * (TEXTURE_HOP / rate)
    levels = band_levels(lesson.samples, generator.bank, times, np.full(len(times), TEXTURE_HOP / rate))
    # The cue's envelope says when a car passes: a parabola through its level is not part of its colour.
    loudness = 0.5 * np.log(np.exp(2 * levels).sum(axis=1) + 1e-9)
    trend = np.polyval(np.polyfit(times, loudness, 2), times)
    steady = levels - trend[:, None]
    steady -= 0.5 * np.log(np.exp(2 * steady).sum(axis=1).mean())
    return torch.from_numpy(steady).float()
