"""More from few recordings: each again, faster or slower, of another colour, in another room or landscape."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np
import torch
from numpy.typing import NDArray
from scipy.signal import oaconvolve

from silentfoley.data.lessons import HIT_SECONDS, Lesson
from silentfoley.generators.acoustics import room_response
from silentfoley.generators.landscape import Landscape
from silentfoley.generators.lesson_crops import levelled, varied
from silentfoley.generators.rooms import Room
from silentfoley.labels import LABELS, TEXTURES
from silentfoley.signal.phase import minimum_phase
from silentfoley.timegrid import SAMPLE_RATE_HZ

Floats = NDArray[np.float32]

#: Deviations of speed (octaves), tilt (dB per octave) and colour at each octave (dB). Our choices.
SPEED_OCTAVES, TILT_DB, COLOUR_DB = 0.15, 1.0, 2.5
#: Where a colour is drawn; between, it follows straight lines over octaves.
COLOUR_HZ = (60.0, 120.0, 250.0, 500.0, 1000.0, 2000.0, 4000.0, 8000.0, 16_000.0)
#: How often a hit is in a room, its side (m) and reverberation (s), and level of the room beside the sound, in dB.
IN_ROOM, SIDE_M, RT60_S, WET_DB = 0.4, (3.0, 9.0), (0.25, 0.6), (-18.0, -8.0)
#: Side and reverberation are rounded to these, so that few rooms are computed.
_SIDE_STEP_M, _RT60_STEP_S = 2.0, 0.1
_DISTANCE_M = 1.0
#: Classes that are heard from kilometres away.
FAR: tuple[str, ...] = ("thunder",)
#: Bins of the filter that colours.
_TAPS = 4096


@dataclass(frozen=True)
class Variation:
    """Brings classes of few recorded hits, and textures of few recordings, up to ``least`` lessons.

    A recording is changed as a whole, so that its takes still share a voice. Synthesised lessons are left alone, and
    textures of many recordings: with two of them copies come nearer to others, with a dozen they no longer do
    (experiments/generators/noise_band.md).

    Args:
        least: lessons of a class that was recorded at all.
        most: copies of a recording, however few takes there are.
        few: a texture of so many recordings is not varied.
    """

    least: int = 24
    most: int = 8
    few: int = 6

    def __call__(self, lessons: Sequence[Lesson], seed: int) -> list[Lesson]:
        """The lessons, and copies of them behind.

        Args:
            lessons: as :func:`silentfoley.data.lessons.lessons` gives them.
            seed: draws the changes.
        """
        out = list(lessons)
        for label in sorted({x.label for x in lessons if x.take is not None}):
            own = [x for x in lessons if x.label == label and x.take is not None]
            if label in TEXTURES and len({x.take.recording for x in own if x.take is not None}) >= self.few:
                continue
            for k in range(1, min(self.most, -(-self.least // len(own)) - 1) + 1):
                out += self._copies(own, k, seed)
        return out

    def _copies(self, lessons: Sequence[Lesson], k: int, seed: int) -> list[Lesson]:
        names, label = sorted({x.take.recording for x in lessons if x.take is not None}), lessons[0].label
        changes = {
            name: Change.draw(np.random.default_rng([seed, k, i, LABELS.index(label)]), label)
            for i, name in enumerate(names)
        }
        return [replace(changes[x.take.recording](x), varied=k) for x in lessons if x.take is not None]


@dataclass(frozen=True)
class Change:
    """What is done to all takes of a recording.

    Attributes:
        speed: times as fast.
        tilt_db: dB per octave.
        colour_db: at each of :data:`COLOUR_HZ`.
        place: what the place around a hit makes of it, or None.
    """

    speed: float
    tilt_db: float
    colour_db: tuple[float, ...]
    place: Callable[[Floats], Floats] | None

    @classmethod
    def draw(cls, rng: np.random.Generator, label: str) -> Change:
        """At random: thunder is heard from afar, other hits at times in a room, textures where they were."""
        speed, tilt = float(2 ** rng.normal(0, SPEED_OCTAVES)), float(rng.normal(0, TILT_DB))
        colour = tuple(float(c) for c in rng.normal(0, COLOUR_DB, len(COLOUR_HZ)))
        inside = Inside.draw(rng)
        if label in FAR:
            return cls(speed, tilt, colour, Landscape.draw(rng))
        return cls(speed, tilt, colour, inside if rng.random() < IN_ROOM and label not in TEXTURES else None)

    def __call__(self, lesson: Lesson) -> Lesson:
        """The lesson at its level again, as long as before over ``speed``; in a place, longer by its answer."""
        out = coloured(varied(lesson.samples, self.speed, self.tilt_db), self.colour_db)
        onset = round(lesson.onset_samples / self.speed)
        if self.place is not None:
            kept = onset + round(HIT_SECONDS[lesson.label] * SAMPLE_RATE_HZ)
            out = self.place(out)[:kept]
        return replace(lesson, samples=levelled(out, lesson.label), onset_samples=onset)


@dataclass(frozen=True)
class Inside:
    """A room around a hit, heard at ``wet`` times its level."""

    room: Room
    wet: float

    @classmethod
    def draw(cls, rng: np.random.Generator) -> Inside:
        """At random, of few sizes."""
        side, rt60 = rng.uniform(*SIDE_M), rng.uniform(*RT60_S)
        side, rt60 = _SIDE_STEP_M * round(side / _SIDE_STEP_M), _RT60_STEP_S * round(rt60 / _RT60_STEP_S)
        return cls(Room((side, 1.3 * side, 2.5), rt60), float(10 ** (rng.uniform(*WET_DB) / 20)))

    def __call__(self, samples: Floats) -> Floats:
        """See :func:`in_room`."""
        return in_room(samples, self.room, self.wet)


def coloured(samples: Floats, colour_db: Sequence[float]) -> Floats:
    """(N,) samples with (9,) dB more or less around each of :data:`COLOUR_HZ`, nothing earlier than it was."""
    hz = np.maximum(np.fft.rfftfreq(_TAPS, 1 / SAMPLE_RATE_HZ), 1.0)
    gains = 10 ** (np.interp(np.log2(hz), np.log2(COLOUR_HZ), colour_db) / 20)
    taps = minimum_phase(torch.from_numpy(gains))[: _TAPS // 2].numpy()
    return np.asarray(oaconvolve(samples, taps)[: len(samples)], dtype=np.float32)


def in_room(samples: Floats, room: Room, wet: float) -> Floats:
    """(N + M - 1,) a sound of N samples and what a room answers to it, at ``wet`` times its root of energy."""
    answer = room_response(room, _DISTANCE_M, SAMPLE_RATE_HZ).mean(axis=0)
    dry = np.pad(samples, (0, len(answer) - 1))
    echo = oaconvolve(samples, answer)
    share = wet * float(np.linalg.norm(samples)) / max(float(np.linalg.norm(echo)), 1e-9)
    return np.asarray(dry + share * echo, dtype=np.float32)
