"""Where the stage gets recorded sound from: a protocol, and the takes of a bank."""

from __future__ import annotations

from collections import OrderedDict
from typing import NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

from silentfoley.bank.bank import Bank
from silentfoley.bank.take import Kind, Split, Take
from silentfoley.errors import DataError
from silentfoley.labels import TEXTURES

Sound = NDArray[np.float32]
Rng = np.random.Generator

#: Seam of a looped texture, s.
SEAM_S = 0.08
#: A hit that takes longer to come up than this marks its time badly; it is used where there is no better one.
SHARP_S = 0.06
#: Decoded takes kept in memory, samples in all (about 60 MB).
CACHE_SAMPLES = 15_000_000


class Strike(NamedTuple):
    """A recorded hit.

    Attributes:
        samples: (N,) float32.
        onset_samples: where in it the hit begins.
    """

    samples: Sound
    onset_samples: int


class TakeSource(Protocol):
    """Recorded hits and textures by label.

    Attributes:
        sample_rate_hz: rate of all samples.
        labels: classes it has sound for.
    """

    sample_rate_hz: int
    labels: frozenset[str]

    def strike(self, label: str, strength: float, variant: str | None, rng: Rng, voice: int) -> Strike:
        """A hit of about this strength. The same ``voice`` is the same thing that sounds: one shoe, one keyboard."""
        ...

    def stretch(self, label: str, n_samples: int, variant: str | None, rng: Rng) -> Sound:
        """(n_samples,) of steady sound, looped without a seam where the recording is shorter."""
        ...


class TakeReader:
    """Samples of a bank's takes, those used last kept in memory: at most :data:`CACHE_SAMPLES` in all.

    Args:
        bank: an open bank.
    """

    def __init__(self, bank: Bank) -> None:
        self._bank = bank
        self._cache: OrderedDict[str, Sound] = OrderedDict()
        self._cached = 0

    def __call__(self, take: Take) -> Sound:
        """(take.n_samples,) as :meth:`Bank.samples`; not to be written into."""
        if take.id in self._cache:
            self._cache.move_to_end(take.id)
            return self._cache[take.id]
        samples = self._bank.samples(take)
        self._cache[take.id] = samples
        self._cached += samples.size
        while self._cached > CACHE_SAMPLES and len(self._cache) > 1:
            _, old = self._cache.popitem(last=False)
            self._cached -= old.size
        return samples


class BankTakes:
    """Takes of a bank: a recording by voice, and in it the take nearest in strength.

    Args:
        bank: an open bank.
        split: only takes of this split, or None for all.
        share_alike: False for takes free of share-alike alone, None for all.

    Raises:
        DataError: if no take is left.
    """

    def __init__(self, bank: Bank, split: Split | None = None, share_alike: bool | None = None) -> None:
        self.bank = bank
        self.split = split
        self.share_alike = share_alike
        self.sample_rate_hz = bank.sample_rate_hz
        self._by_label: dict[tuple[str, Kind], list[Take]] = {}
        for take in bank.takes(split=split, share_alike=share_alike):
            self._by_label.setdefault((take.label, take.kind), []).append(take)
        if not self._by_label:
            raise DataError(
                bank.folder, f"has no takes for split {split!r}, share_alike {share_alike!r}", "ask for less"
            )
        # A class that should hit is of use with hits only, a texture with textures.
        self.labels = frozenset(label for label, kind in self._by_label if kind == _kind_of(label))
        self._samples = TakeReader(bank)

    def pick(
        self,
        label: str,
        strength: float,
        variant: str | None,
        rng: Rng,
        split: Split | None = None,
        *,
        kind: Kind = "hit",
        voice: int | None = None,
    ) -> Take:
        """The take for a cue.

        Takes of the wanted variant come first, if there are any, and those that begin sharply; then one recording is
        chosen by ``voice`` (or drawn), and of its takes one of the three nearest in strength is drawn.

        Raises:
            DataError: if there is no take of the class and kind.
        """
        all_ = [t for t in self._by_label.get((label, kind), ()) if split is None or t.split == split]
        if not all_:
            where = f"split {split or self.split!r}" if split or self.split else "any split"
            raise DataError(
                f"label {label!r}", f"the bank has no {kind} of it in {where}", "add recordings or synthesise"
            )
        fit = [t for t in all_ if t.variant == variant] or all_
        fit = [t for t in fit if t.attack_s <= SHARP_S] or fit
        recordings = sorted({t.recording for t in fit})
        chosen = recordings[(int(rng.integers(len(recordings))) if voice is None else voice) % len(recordings)]
        near = sorted((t for t in fit if t.recording == chosen), key=lambda t: (abs(t.strength - strength), t.id))
        return near[int(rng.integers(min(3, len(near))))]

    def strike(self, label: str, strength: float, variant: str | None, rng: Rng, voice: int) -> Strike:
        """See :class:`TakeSource`."""
        take = self.pick(label, strength, variant, rng, voice=voice)
        return Strike(self._samples(take), take.onset_samples)

    def stretch(self, label: str, n_samples: int, variant: str | None, rng: Rng) -> Sound:
        """See :class:`TakeSource`."""
        samples = self._samples(self.pick(label, 1.0, variant, rng, kind="texture"))
        return loop(samples, n_samples, int(rng.integers(samples.size)), round(SEAM_S * self.sample_rate_hz))


def _kind_of(label: str) -> Kind:
    return "texture" if label in TEXTURES else "hit"


def loop(samples: Sound, n_samples: int, start: int, seam: int) -> Sound:
    """(n_samples,) of ``samples`` from ``start`` on, its end blended into its beginning at equal power.

    Args:
        samples: (N,) N >= 1.
        seam: samples of the blend; halved until it fits.
    """
    while seam > samples.size // 2:
        seam //= 2
    ring = samples.copy()
    if seam:
        turn = np.linspace(0, np.pi / 2, seam, dtype=np.float32)
        ring[:seam] = ring[:seam] * np.sin(turn) + ring[-seam:] * np.cos(turn)
        ring = ring[: samples.size - seam]
    at = (start + np.arange(n_samples)) % ring.size
    return np.asarray(ring[at], dtype=np.float32)
