"""What concatenative synthesis chooses from: takes with what is known of them before they are read."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Protocol, runtime_checkable

import numpy as np
from numpy.typing import NDArray

from silentfoley.bank.bank import Bank
from silentfoley.bank.source import TakeReader
from silentfoley.bank.take import Split, Take
from silentfoley.errors import DataError
from silentfoley.generators.nearest_take import TakeLike
from silentfoley.timegrid import SAMPLE_RATE_HZ

Floats = NDArray[np.float32]


@dataclass(frozen=True, eq=False)
class Unit:
    """A take, with the features by which it is chosen.

    Attributes:
        label: sound class.
        onset_samples: where in it the hit begins; 0 for a texture.
        strength: in (0, 1], relative to the loudest of its voice.
        attack_s: from the onset to near the peak.
        rings_s: from the onset to the end.
        variant: material or manner, or None.
        voice: what sounds: takes of one shoe, or of one keyboard, have one voice.
        read: gives the (N,) mono samples; they are not to be written into.
    """

    label: str
    onset_samples: int
    strength: float
    attack_s: float
    rings_s: float
    variant: str | None
    voice: str
    read: Callable[[], Floats]


@runtime_checkable
class Shelf(Protocol):
    """Where units come from.

    Attributes:
        units: all of them; hits of classes that hit, stretches of textures.
        sample_rate_hz: rate of all.
    """

    units: tuple[Unit, ...]
    sample_rate_hz: int


class BankShelf:
    """Takes of a bank, read when they are played.

    Args:
        bank: an open bank, or its folder.
        split: only takes of this split, or None for all.
        share_alike: False for takes free of share-alike alone, None for all.
        takes: these takes of the bank instead; the filters above apply to them too.

    Raises:
        DataError: if there is no such bank, or no take is left.
    """

    def __init__(
        self,
        bank: Bank | Path | str,
        split: Split | None = None,
        share_alike: bool | None = None,
        takes: Iterable[Take] | None = None,
    ) -> None:
        opened = bank if isinstance(bank, Bank) else Bank.load(bank)
        self.sample_rate_hz = opened.sample_rate_hz
        read = TakeReader(opened)
        asked = None if takes is None else {take.id for take in takes}
        found = (t for t in opened.takes(split=split, share_alike=share_alike) if asked is None or t.id in asked)
        kept = [t for t in found if t.playable]
        if not kept:
            asked_for = f"split {split!r}, share_alike {share_alike!r}"
            raise DataError(opened.folder, f"has no takes for {asked_for}", "ask for less, or build a larger bank")
        self.units = tuple(_unit_of(t, opened.sample_rate_hz, partial(read, t)) for t in kept)


def _unit_of(take: Take, rate_hz: int, read: Callable[[], Floats]) -> Unit:
    rings_s = (take.n_samples - take.onset_samples) / rate_hz
    return Unit(
        take.label, take.onset_samples, take.strength, take.attack_s, rings_s, take.variant, take.recording, read
    )


class MemoryShelf:
    """Takes in memory: a :class:`MemoryTake`, a lesson, or the like.

    Args:
        takes: recordings. Their voice is their ``recording`` (or that of the bank's take they are made from), or else
            their ``variant``; their ``strength``, if they state none, is the peak relative to the highest of the same
            class and voice.
        sample_rate_hz: their rate.

    Raises:
        DataError: if there is no take, or an empty one.
    """

    def __init__(self, takes: Iterable[TakeLike], sample_rate_hz: int = SAMPLE_RATE_HZ) -> None:
        self.sample_rate_hz = sample_rate_hz
        found = list(takes)
        top: dict[tuple[str, str], float] = {}
        for take in found:
            if not len(take.samples) or not np.abs(take.samples).max() > 0:
                raise DataError(f"take of {take.label}", "holds no sound", "leave it out")
            key = (take.label, _voice(take))
            top[key] = max(top.get(key, 0.0), float(np.abs(take.samples).max()))
        if not found:
            raise DataError("MemoryShelf", "there are no takes", "pass recordings, or build a bank")
        self.units = tuple(self._unit(t, top[t.label, _voice(t)]) for t in found)

    def _unit(self, take: TakeLike, top: float) -> Unit:
        after = np.abs(take.samples[take.onset_samples :])
        attack = int(np.argmax(after >= after.max() / 2)) if after.size else 0
        strength = getattr(take, "strength", None) or float(np.abs(take.samples).max()) / top
        samples = take.samples
        return Unit(
            take.label,
            take.onset_samples,
            strength,
            attack / self.sample_rate_hz,
            after.size / self.sample_rate_hz,
            getattr(take, "variant", None),
            _voice(take),
            lambda: samples,
        )


def _voice(take: TakeLike) -> str:
    source = getattr(take, "take", None) or take
    return str(getattr(source, "recording", None) or getattr(take, "variant", None) or "")
