"""Stems in blocks: every cue's sound is made when its time comes and forgotten when it is over."""

from __future__ import annotations

from abc import abstractmethod
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Protocol, runtime_checkable

import numpy as np
from numpy.typing import NDArray

from silentfoley.cues import Cue, CueSheet
from silentfoley.errors import SilentFoleyError
from silentfoley.generators.acoustics import air_response
from silentfoley.generators.base import CueGenerator, StemBlock
from silentfoley.generators.convolution import through
from silentfoley.generators.limiter import limited
from silentfoley.generators.mixdown import pan_gains
from silentfoley.generators.reverberation import Reverberation
from silentfoley.generators.rooms import Room
from silentfoley.signal.distance import distance_gain
from silentfoley.waveform import BLOCK_SAMPLES, Waveform, spans

Floats = NDArray[np.float32]
#: The clip's last moment fades to zero: a sound that is cut off must not click.
END_FADE_S = 0.004
#: A cue's strength holds at this distance: from here on its sound is softer, and air takes of its highs.
NEAR_M = 1.0


@dataclass(frozen=True)
class Part:
    """The sound of one cue, yet to be made.

    Attributes:
        cue: says label, place and distance.
        start: number of its first sample in the clip; negative if it begins before the clip does.
        make: begins to make it: (n,) mono pieces in order, of any lengths.
    """

    cue: Cue
    start: int
    make: Callable[[], Iterator[Floats]]


def part_of(cue: Cue, sample_rate_hz: int, make: Callable[[], Iterator[Floats]], onset_samples: int = 0) -> Part:
    """A part whose ``onset_samples``-th sample is the one nearest the cue's start."""
    return Part(cue, round(cue.start_s * sample_rate_hz) - onset_samples, make)


@runtime_checkable
class MakesSounds(Protocol):
    """A generator that makes the sound of each cue on its own, before it is placed."""

    def sounds(self, sheet: CueSheet, seed: int) -> Iterable[Part]:
        """The sounds of the sheet's cues. See :meth:`StreamedGenerator.parts`."""
        ...


def no_sounds(generator: object) -> SilentFoleyError:
    """The error for a generator that is none of :class:`MakesSounds`."""
    return SilentFoleyError(
        f"generator {type(generator).__name__}",
        "makes no sound per cue that a room could be put around",
        "derive it from StreamedGenerator, or leave the room out",
    )


class StreamedGenerator(CueGenerator):
    """A cue generator that says how the sound of each cue is made; the rest is common to all.

    Stems are stereo if any cue of the sheet is panned, else mono. The result does not depend on the size of blocks.
    """

    @abstractmethod
    def parts(self, sheet: CueSheet, seed: int) -> Iterable[Part]:
        """The sounds of the sheet's cues. What cannot be performed is refused here, before any sound is made.

        Raises:
            LabelError: for a label it cannot perform.
        """

    def sounds(self, sheet: CueSheet, seed: int) -> Iterable[Part]:
        """:meth:`parts`, under the name that generators made of generators have for it too."""
        return self.parts(sheet, seed)

    def stem_blocks(self, sheet: CueSheet, *, seed: int = 0, block_samples: int = BLOCK_SAMPLES) -> Iterator[StemBlock]:
        """See :meth:`CueGenerator.stem_blocks`."""
        return limited(self.unlimited(sheet, seed, block_samples))

    def unlimited(self, sheet: CueSheet, seed: int, block_samples: int) -> Iterator[StemBlock]:
        """Stems before the limiter, for generators made of generators: a mix is limited once, when all is in it."""
        return placed(list(self.parts(sheet, seed)), sheet, self.sample_rate_hz, block_samples)

    def stems(self, sheet: CueSheet, *, seed: int = 0) -> dict[str, Waveform]:
        """See :meth:`CueGenerator.stems`."""
        return gathered(self.stem_blocks(sheet, seed=seed), round(sheet.duration_s * self.sample_rate_hz), self)


def gathered(blocks: Iterable[StemBlock], n_samples: int, generator: CueGenerator) -> dict[str, Waveform]:
    """Whole stems of ``n_samples`` from their blocks."""
    whole: dict[str, Floats] = {}
    position = 0
    for block in blocks:
        for label, samples in block.items():
            if label not in whole:
                whole[label] = np.zeros((len(samples), n_samples), dtype=np.float32)
            whole[label][:, position : position + samples.shape[1]] = samples
        position += next((s.shape[1] for s in block.values()), 0)
    return {label: Waveform(samples, generator.sample_rate_hz) for label, samples in whole.items()}


def placed(
    parts: Iterable[Part], sheet: CueSheet, sample_rate_hz: int, block_samples: int, room: Room | None = None
) -> Iterator[StemBlock]:
    """Stems with their ends faded, not yet limited: at their place, panned, and as far away as their cues say.

    Beyond the first metre a sound is softer, and dulled by the air. Sounds that overlap are added in the order of
    ``parts`` as far as their starts allow.

    Args:
        parts: in any order.
        sheet: says how long the clip is and which stems there are.
        sample_rate_hz: of the parts.
        block_samples: size of blocks.
        room: reverberates, and makes stems stereo; None for the open.
    """
    n = round(sheet.duration_s * sample_rate_hz)
    channels = 2 if room is not None or any(cue.pan != 0 for cue in sheet) else 1
    waiting = deque(sorted(parts, key=lambda part: part.start))
    sounding: list[_Playing] = []
    room_sound = None if room is None else Reverberation(room, sample_rate_hz)
    fade = _end_fade(n, sample_rate_hz)
    for start, end in spans(n, block_samples):
        while waiting and waiting[0].start < end:
            sounding.append(_Playing(waiting.popleft(), channels, sample_rate_hz, room_sound))
        block = {label: np.zeros((channels, end - start), dtype=np.float32) for label in sorted(sheet.labels)}
        sounding = [playing for playing in sounding if playing.add_to(block, start, end)]
        if room_sound is not None:
            room_sound.add_to(block)
        _fade_end(block, start, n, fade)
        yield block


def _end_fade(n: int, sample_rate_hz: int) -> Floats:
    return np.linspace(1, 0, min(n, round(END_FADE_S * sample_rate_hz)), dtype=np.float32)


def _fade_end(block: Mapping[str, Floats], start: int, n: int, fade: Floats) -> None:
    for samples in block.values():
        begin = max(n - len(fade) - start, 0)
        if begin < samples.shape[1]:
            first = start + begin - (n - len(fade))
            samples[:, begin:] *= fade[first : first + samples.shape[1] - begin]


class _Playing:
    """A part that has begun."""

    def __init__(self, part: Part, channels: int, sample_rate_hz: int, room_sound: Reverberation | None) -> None:
        self._cue, self._room_sound = part.cue, room_sound
        self._gains = pan_gains(part.cue.pan, channels) * np.float32(distance_gain(part.cue.distance_m))
        self._pieces = part.make()
        air_m = part.cue.distance_m - NEAR_M
        if air_m > 0:
            self._pieces = through(self._pieces, air_response(air_m, sample_rate_hz))
        self._piece: Floats = np.zeros(0, dtype=np.float32)
        self._start = part.start

    def add_to(self, block: Mapping[str, Floats], start: int, end: int) -> bool:
        """Add what falls into the clip's samples [start, end); whether anything is left for later."""
        while self._start + len(self._piece) < end:
            self._add(block, start, end)
            self._start += len(self._piece)
            piece = next(self._pieces, None)
            if piece is None:
                return False
            self._piece = piece
        self._add(block, start, end)
        return True

    def _add(self, block: Mapping[str, Floats], start: int, end: int) -> None:
        low, high = max(start, self._start), min(end, self._start + len(self._piece))
        if low < high:
            cut = self._piece[low - self._start : high - self._start]
            block[self._cue.label][:, low - start : high - start] += self._gains * cut
            if self._room_sound is not None:
                self._room_sound.send(self._cue, low - start, cut)
