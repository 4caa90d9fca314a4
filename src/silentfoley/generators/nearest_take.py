"""Baseline: the recording whose level fits best, placed at each cue."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import partial
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from silentfoley.cues import Cue, CueSheet
from silentfoley.errors import DataError
from silentfoley.generators.mixdown import seed_of
from silentfoley.generators.rasterise import envelope_at
from silentfoley.generators.streaming import Part, StreamedGenerator, part_of
from silentfoley.labels import LABELS, TEXTURES, check_label
from silentfoley.timegrid import SAMPLE_RATE_HZ
from silentfoley.waveform import spans

Floats = NDArray[np.float32]
#: Edges of a texture and of a hit that is cut at its duration, in seconds.
EDGE_S = 0.03
#: Level at strength 1: peak of a hit, root mean square of a texture. The stage's levels lie around these.
HIT_PEAK, TEXTURE_RMS = 0.6, 0.12


class TakeLike(Protocol):
    """What the generator reads of a take; anything with these attributes will do."""

    @property
    def label(self) -> str:
        """Sound class."""
        ...

    @property
    def samples(self) -> Floats:
        """(N,) mono."""
        ...

    @property
    def onset_samples(self) -> int:
        """Where in it the hit begins; 0 for a texture."""
        ...


@dataclass(frozen=True)
class MemoryTake:
    """A take in memory.

    Attributes:
        label: sound class.
        samples: (N,) mono float32.
        onset_samples: where in it the hit begins; 0 for a texture.
        variant: material or manner, or None.
    """

    label: str
    samples: Floats
    onset_samples: int = 0
    variant: str | None = None


class NearestTake(StreamedGenerator):
    """Plays recordings: a ceiling for timbre where its takes made the clips, a baseline elsewhere.

    For a hit the takes of its class are ordered by level; strength 0 asks for the quietest, strength 1 for the
    loudest, and the seed draws among the ``spread`` nearest without repeating the one before. A texture is one take,
    looped with crossfades from a random place and shaped by the cue. Levels are set by the cue, not by the recording.

    Args:
        takes: recordings, all at ``sample_rate_hz``.
        sample_rate_hz: their rate.
        spread: how many takes near the wanted level may be chosen.

    Raises:
        DataError: if there is no take, or an empty one.
    """

    def __init__(self, takes: Iterable[TakeLike], sample_rate_hz: int = SAMPLE_RATE_HZ, spread: int = 4) -> None:
        by_label: dict[str, list[TakeLike]] = {}
        for take in takes:
            if not len(take.samples) or not np.abs(take.samples).max() > 0:
                raise DataError(f"take of {take.label}", "holds no sound", "leave it out")
            by_label.setdefault(take.label, []).append(take)
        if not by_label:
            raise DataError("NearestTake", "there are no takes", "pass recordings, or build a bank")
        self._takes = {label: sorted(group, key=_level) for label, group in by_label.items()}
        self.labels = tuple(label for label in LABELS if label in by_label)
        self.sample_rate_hz = sample_rate_hz
        self.spread = spread

    def parts(self, sheet: CueSheet, seed: int) -> Iterator[Part]:
        """Takes at the cues. See :meth:`StreamedGenerator.parts`."""
        previous: dict[str, TakeLike] = {}
        for cue in sheet:
            check_label(cue.label, self.labels)
            if cue.label in TEXTURES:
                yield part_of(cue, self.sample_rate_hz, partial(self._texture, cue, sheet.duration_s, seed))
            else:
                rng = np.random.default_rng(seed_of(seed, cue.id))
                take = self._choose(cue, previous.get(cue.label), rng)
                previous[cue.label] = take
                yield part_of(cue, self.sample_rate_hz, partial(self._hit, cue, take), take.onset_samples)

    def _choose(self, cue: Cue, previous: TakeLike | None, rng: np.random.Generator) -> TakeLike:
        takes = [t for t in self._takes[cue.label] if getattr(t, "variant", None) == cue.variant]
        takes = takes if cue.variant and takes else self._takes[cue.label]
        fresh = [t for t in takes if t is not previous] or takes
        wanted = cue.strength * (len(fresh) - 1)
        near = sorted(range(len(fresh)), key=lambda i: abs(i - wanted))[: self.spread]
        return fresh[int(rng.choice(near))]

    def _hit(self, cue: Cue, take: TakeLike) -> Iterator[Floats]:
        samples: Floats = take.samples / np.abs(take.samples).max() * np.float32(HIT_PEAK * cue.strength)
        if cue.duration_s is None:
            yield samples
            return
        n = min(len(samples), take.onset_samples + max(1, round(cue.duration_s * self.sample_rate_hz)))
        since = (np.arange(n) - take.onset_samples) / self.sample_rate_hz
        cut = samples[:n] * envelope_at(cue, np.maximum(since, 0)).astype(np.float32)
        yield faded(cut, 0, EDGE_S if n < len(samples) else 0, self.sample_rate_hz)

    def _texture(self, cue: Cue, clip_s: float, seed: int) -> Iterator[Floats]:
        rng = np.random.default_rng(seed_of(seed, cue.id))
        seconds = clip_s - cue.start_s if cue.duration_s is None else cue.duration_s
        n = max(1, round(seconds * self.sample_rate_hz))
        take = self._takes[cue.label][int(rng.integers(len(self._takes[cue.label])))]
        first, overlap = int(rng.integers(len(take.samples))), round(EDGE_S * self.sample_rate_hz)
        rms = float(np.sqrt(np.mean(take.samples**2)))
        for start, end in spans(n):
            steady = looped(take.samples, end - start, first + start, overlap)
            level = cue.strength * envelope_at(cue, np.arange(start, end) / self.sample_rate_hz)
            shaped = (steady * level * (TEXTURE_RMS / rms)).astype(np.float32)
            yield faded_part(shaped, start, n, EDGE_S, EDGE_S, self.sample_rate_hz)


def _level(take: TakeLike) -> float:
    return float(np.abs(take.samples).max())


def looped(samples: Floats, n: int, start: int, overlap: int) -> Floats:
    """(n,) samples from ``start`` on, going round with crossfades of equal power over ``overlap`` samples."""
    overlap = min(overlap, len(samples) // 2)
    ring = samples.copy()
    if overlap:
        angle = np.linspace(0, np.pi / 2, overlap, dtype=np.float32)
        ring = ring[: len(samples) - overlap]
        ring[:overlap] = samples[:overlap] * np.sin(angle) + samples[-overlap:] * np.cos(angle)
    out: Floats = ring[(start + np.arange(n)) % len(ring)]
    return out


def faded(samples: Floats, in_s: float, out_s: float, sample_rate_hz: int) -> Floats:
    """A copy with linear edges, each at most half as long as the sound."""
    return faded_part(samples, 0, len(samples), in_s, out_s, sample_rate_hz)


def faded_part(samples: Floats, start: int, n_samples: int, in_s: float, out_s: float, sample_rate_hz: int) -> Floats:
    """:func:`faded` of a sound of ``n_samples`` for those from ``start`` on."""
    out = samples.astype(np.float32, copy=True)
    for seconds, edge, first in ((in_s, out, start), (out_s, out[::-1], n_samples - start - len(samples))):
        n = min(round(seconds * sample_rate_hz), n_samples // 2)
        ramp = np.linspace(0, 1, n, dtype=np.float32)[first : first + len(samples)]
        edge[: len(ramp)] *= ramp
    return out
