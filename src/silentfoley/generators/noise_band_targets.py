"""What noise bands and modes are taught: levels and resonances read off a lesson."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from silentfoley.data.lessons import Lesson
from silentfoley.generators.band_levels import band_levels
from silentfoley.generators.hit_voice import frame_times_s, hit_hops
from silentfoley.generators.modal import find_modes
from silentfoley.generators.nearest_take import looped
from silentfoley.generators.noise_band import NoiseBand
from silentfoley.generators.noise_band_losses import PATCH_FRAMES
from silentfoley.generators.noise_bank import NoiseBank
from silentfoley.generators.texture_voice import TEXTURE_HOP

#: A hit's modes are sought in its first so many samples.
_MODAL_SAMPLES = 11_025
#: Level of a slot without a mode.
NO_MODE = -9.0
#: A texture is compared by its patches: one with fewer frames than this goes round.
_LEAST_FRAMES = 4 * PATCH_FRAMES


@dataclass(frozen=True, eq=False)
class HitTarget:
    """What is read off a hit.

    Attributes:
        hops: samples between its frames.
        times_s: (T + 1,) of the frames.
        log_levels: (T + 1, B) of what remains without the modes, as gains of the bank's noise.
        modes: (5 S,) what :meth:`HitVoice.mode_numbers` should say; an empty slot has the lowest level.
        samples: (sum(hops),) from the onset on, silence after the end.
    """

    hops: list[int]
    times_s: NDArray[np.float64]
    log_levels: Tensor
    modes: Tensor
    samples: Tensor


def noise_levels(bank: NoiseBank) -> Tensor:
    """(T, B) log levels of the bank's own bands by texture frames, T at least a second: what a gain of 1 measures."""
    frames = np.arange(8, bank.loop_samples // TEXTURE_HOP - 8)
    times_s, widths_s = frames * (TEXTURE_HOP / bank.sample_rate_hz), TEXTURE_HOP / bank.sample_rate_hz
    widths = np.full(len(times_s), widths_s)
    columns = [band_levels(bank.loops[:, b].numpy(), bank, times_s, widths, only=b)[:, 0] for b in range(bank.n_bands)]
    levels = np.stack(columns, axis=1)
    return torch.from_numpy(np.concatenate([levels, levels[::-1].copy()])).float()


def hit_target(lesson: Lesson, generator: NoiseBand, noise_mean: Tensor) -> HitTarget:
    """Analysis of a hit from its onset on; (B,) ``noise_mean`` is what noise of gain 1 measures."""
    rate, edges = generator.sample_rate_hz, generator.hit.edges_hz
    sound = lesson.samples[lesson.onset_samples :]
    hops = hit_hops(len(sound))
    times_s = frame_times_s(hops, rate)
    found = find_modes(sound[:_MODAL_SAMPLES], edges, rate)
    rest = sound.astype(np.float64)
    level = np.hypot(found.cosine, found.sine)
    t = np.arange(len(sound)) / rate
    for k in np.flatnonzero(level):
        turn = 2 * np.pi * found.hz[k] * t
        parts = found.cosine[k] * np.cos(turn) + found.sine[k] * np.sin(turn)
        rest -= np.exp(-t / found.decay_s[k]) * parts
    levels = band_levels(rest, generator.bank, times_s, np.array([*hops, hops[-1]]) / rate)
    safe = np.maximum(level, 1e-9)
    modes = [
        np.log(found.hz / edges[:-1]) / np.log(edges[1:] / edges[:-1]),
        np.log(found.decay_s),
        np.log(safe).clip(min=NO_MODE),
        np.where(level > 0, found.cosine / safe, 0),
        np.where(level > 0, found.sine / safe, 1),
    ]
    padded = np.pad(sound, (0, max(0, sum(hops) - len(sound)))).astype(np.float32)
    return HitTarget(
        hops,
        times_s,
        torch.from_numpy(levels).float() - noise_mean,
        torch.from_numpy(np.concatenate(modes)).float(),
        torch.from_numpy(padded),
    )


def texture_target(lesson: Lesson, generator: NoiseBand) -> Tensor:
    """(T, B) log levels of a stretch of unit level, frame by frame, its slow coming and going taken out; T >= 24."""
    rate, least = generator.sample_rate_hz, (_LEAST_FRAMES + 7) * TEXTURE_HOP
    samples = lesson.samples
    samples = samples if len(samples) >= least else looped(samples, least, 0, len(samples) // 4)
    times_s = np.arange(4, len(samples) // TEXTURE_HOP - 3) * (TEXTURE_HOP / rate)
    levels = band_levels(samples, generator.bank, times_s, np.full(len(times_s), TEXTURE_HOP / rate))
    # The cue's envelope says when a car passes: a parabola through its level is not part of its colour.
    loudness = 0.5 * np.log(np.exp(2 * levels).sum(axis=1) + 1e-9)
    steady = levels - np.polyval(np.polyfit(times_s, loudness, 2), times_s)[:, None]
    steady -= 0.5 * np.log(np.exp(2 * steady).sum(axis=1).mean())
    return torch.from_numpy(steady).float()
