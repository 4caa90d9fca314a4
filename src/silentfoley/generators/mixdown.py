"""From sounds of single cues to stems: position, distance, edges and one limiter for all."""

from __future__ import annotations

from hashlib import blake2b

import numpy as np
import torch
from numpy.typing import NDArray

from silentfoley.cues import Cue, CueSheet
from silentfoley.signal.loudness import LIMITER_REACH, limiter_gain
from silentfoley.waveform import Waveform

Floats = NDArray[np.float32]
#: No mix goes above this true peak.
CEILING_DB = -1.0
#: The clip's last moment fades to zero: a sound that is cut off must not click.
END_FADE_S = 0.004
_BLOCK_SAMPLES = 1 << 18


def seed_of(seed: int, *names: str) -> int:
    """A seed of its own for each thing that is drawn, the same on every machine and whatever else is drawn."""
    text = "\0".join((str(seed), *names)).encode()
    return int.from_bytes(blake2b(text, digest_size=7).digest(), "little")


def torch_rng(seed: int, *names: str) -> torch.Generator:
    """A torch generator for :func:`seed_of`."""
    return torch.Generator().manual_seed(seed_of(seed, *names))


def pan_gains(pan: float, channels: int) -> Floats:
    """(channels, 1) gains of equal power: left and right squared always sum to 2, so a centred cue has gain 1 in both.

    Args:
        pan: -1 left to 1 right.
        channels: 1 (pan has no meaning) or 2.
    """
    if channels == 1:
        return np.ones((1, 1), dtype=np.float32)
    angle = (pan + 1) * np.pi / 4
    return np.asarray(np.sqrt(2) * np.array([[np.cos(angle)], [np.sin(angle)]]), dtype=np.float32)


def distance_gain(distance_m: float) -> float:
    """``1 / distance``, not above 1: within a metre the level stays."""
    return 1.0 / max(1.0, distance_m)


class Stems:
    """Stems being filled, one per label of a sheet. Stereo if any cue of the sheet is panned, else mono."""

    def __init__(self, sheet: CueSheet, sample_rate_hz: int) -> None:
        self.sample_rate_hz = sample_rate_hz
        self.n_samples = round(sheet.duration_s * sample_rate_hz)
        self.channels = 2 if any(cue.pan != 0 for cue in sheet) else 1
        self._stems = {label: np.zeros((self.channels, self.n_samples), dtype=np.float32) for label in sheet.labels}

    def add(self, cue: Cue, samples: Floats, onset_samples: int = 0) -> None:
        """Place (N,) ``samples`` so that their ``onset_samples``-th is the one nearest the cue's start."""
        start = round(cue.start_s * self.sample_rate_hz) - onset_samples
        skip = max(0, -start)
        end = min(self.n_samples, start + len(samples))
        if end <= start + skip:
            return
        gains = pan_gains(cue.pan, self.channels) * np.float32(distance_gain(cue.distance_m))
        self._stems[cue.label][:, start + skip : end] += gains * samples[skip : end - start]

    def finish(self) -> dict[str, Waveform]:
        """Stems with faded ends under one limiter: the same gain for all keeps their sum equal to the mix."""
        fade = min(self.n_samples, round(END_FADE_S * self.sample_rate_hz))
        if fade:
            for stem in self._stems.values():
                stem[:, -fade:] *= np.linspace(1, 0, fade, dtype=np.float32)
        limit_together(list(self._stems.values()))
        return {label: Waveform(stem, self.sample_rate_hz) for label, stem in sorted(self._stems.items())}


def limit_together(stems: list[Floats]) -> None:
    """Bring the true peak of the sum of stems to :data:`CEILING_DB`, in place, with one gain for all.

    Works block by block, so that an hour of sound costs no more memory than its samples; the result is that of one
    pass, since a block is shown all that its gain depends on.

    Args:
        stems: each (C, N), alike in shape.
    """
    if not stems:
        return
    channels, n = stems[0].shape
    # Gains of a block depend on unlimited neighbours: the few that the last block has changed are kept as they were.
    before = np.zeros((channels, 0), dtype=np.float32)
    for start in range(0, n, _BLOCK_SAMPLES):
        end, seen = min(start + _BLOCK_SAMPLES, n), min(start + _BLOCK_SAMPLES + LIMITER_REACH, n)
        ahead = np.asarray(np.sum([stem[:, start:seen] for stem in stems], axis=0, dtype=np.float32))
        whole = np.concatenate([before, ahead], axis=1)
        gain = limiter_gain(torch.from_numpy(whole), CEILING_DB).numpy()[whole.shape[1] - ahead.shape[1] :]
        before = np.concatenate([before, ahead[:, : end - start]], axis=1)[:, -LIMITER_REACH:]
        for stem in stems:
            stem[:, start:end] *= gain[: end - start]
