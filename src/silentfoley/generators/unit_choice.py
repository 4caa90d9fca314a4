"""Which take for which cue: a cost of fit and a cost of following, as in unit selection. Weights are ours.

Concatenative synthesis by target and concatenation costs: Schwarz, "Concatenative sound synthesis: the early years"
(Journal of New Music Research, 2006). Hits follow each other in silence, so what following costs here is to be heard
as a repetition, or as a change of shoe.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from silentfoley.cues import Cue
from silentfoley.generators.mixdown import seed_of
from silentfoley.generators.tilt import brightness
from silentfoley.generators.units import Unit

Costs = NDArray[np.float64]

#: One unit of cost: a take this much louder or softer than asked for, in dB.
STRENGTH_DB = 6.0
#: One unit of cost: a take this much brighter or duller than its strength lets expect, in octaves; and how much
#: brighter a cue of twice the strength is expected to be.
TIMBRE, BRIGHTER = 0.4, 0.35
#: Per octave that a sound ends too early for its cue, or has to be cut, or rings into the next cue.
TOO_SHORT, TOO_LONG, RINGS_OVER = 1.0, 0.25, 0.3
#: A sound that comes up slowly marks its time badly: per 40 ms beyond the first 20, and at most.
SLOW_S, SLOW_FREE_S, SLOW_MOST = 0.04, 0.02, 1.5
#: Another shoe in the middle of the sheet; the take just heard, the one before, the one before that.
OTHER_VOICE = 4.0
REPEATS = (6.0, 3.0, 1.5)
#: A voice with half as many takes as would be needed not to repeat; a texture with half of the sound that is enough.
SCARCE, SHORT = 1.5, 0.5
#: How much chance may outweigh cost, of takes and of voices: scale of a Gumbel draw.
CHANCE, VOICE_CHANCE = 0.35, 0.5
#: Cues by which a voice is judged.
JUDGED = 64
#: A texture of this length needs no more, s.
ENOUGH_S = 20.0


class Chooser:
    """Chooses among the units of one class and variant.

    Args:
        units: at least one.
        sample_rate_hz: of their samples.
    """

    def __init__(self, units: Sequence[Unit], sample_rate_hz: int) -> None:
        self.units = tuple(units)
        self.sample_rate_hz = sample_rate_hz
        self.voices = sorted({u.voice for u in units})
        self._voice = np.array([self.voices.index(u.voice) for u in units])
        self._level_db = _db(np.array([u.strength for u in units]))
        self._rings_s = np.array([max(u.rings_s, 1e-3) for u in units])
        attack = np.array([u.attack_s for u in units])
        self._bright: dict[int, Costs] = {}
        self._slow = np.clip((attack - SLOW_FREE_S) / SLOW_S, 0, SLOW_MOST)

    def fit(self, cue: Cue, gap_s: float) -> Costs:
        """(U,) cost of each unit's length and attack for a cue after which ``gap_s`` are left until the next."""
        cost = self._slow
        if cue.duration_s is not None:
            octaves = np.log2(self._rings_s / cue.duration_s)
            return np.asarray(cost + np.where(octaves < 0, -TOO_SHORT * octaves, TOO_LONG * octaves))
        if not np.isfinite(gap_s):
            return np.asarray(cost)
        # To the octave: a cue that is moved a little shall keep its take.
        octave = np.floor(np.log2(max(gap_s, 1e-2)))
        return np.asarray(cost + RINGS_OVER * np.maximum(np.log2(self._rings_s) - octave, 0))

    def fit_strength(self, cue: Cue, voice: int) -> Costs:
        """(U,) cost of each unit's level and, within a voice, of its timbre for how strong a cue is."""
        cost = np.abs(self._level_db - _db(np.array(cue.strength))) / STRENGTH_DB
        bright = self._brightness(voice)
        wanted = np.nanmedian(bright) + BRIGHTER * (np.log2(max(cue.strength, 0.05)) + 1)
        return np.asarray(cost + np.nan_to_num(np.abs(bright - wanted) / TIMBRE))

    def _brightness(self, voice: int) -> Costs:
        """(U,) octaves; NaN for units of other voices, which need not be read."""
        if voice not in self._bright:
            mine = [u if v == voice else None for u, v in zip(self.units, self._voice, strict=True)]
            values = [np.nan if u is None else self._heard(u) for u in mine]
            self._bright[voice] = np.array(values)
        return self._bright[voice]

    def _heard(self, unit: Unit) -> float:
        return brightness(unit.read()[unit.onset_samples :], self.sample_rate_hz)

    def voice_for(self, cues: Sequence[Cue], gaps_s: Sequence[float], rng: np.random.Generator) -> int:
        """Number of the voice whose takes fit the cues best, chance aside, and that has enough of them.

        How strong the cues are plays no part: the same shoe walks softly and hard.
        """
        judged = max(1, len(cues) // JUDGED)
        cost = np.zeros(len(self.voices))
        pairs = list(zip(cues, gaps_s, strict=True))[::judged]
        for cue, gap_s in pairs:
            best = np.full(len(self.voices), np.inf)
            np.minimum.at(best, self._voice, self.fit(cue, gap_s))
            cost += best / len(pairs)
        have = np.bincount(self._voice)
        need = min(len(cues), len(REPEATS) + 1)
        cost += SCARCE * np.maximum(np.log2(need / have), 0)
        return int(np.argmin(cost - VOICE_CHANCE * rng.gumbel(size=len(cost))))

    def steady_voice(self, rng: np.random.Generator) -> list[Unit]:
        """All units of one voice of a texture; one that has little sound is drawn less often."""
        seconds = np.bincount(self._voice, weights=self._rings_s)
        cost = SHORT * np.maximum(np.log2(ENOUGH_S / seconds), 0)
        chosen = int(np.argmin(cost - VOICE_CHANCE * rng.gumbel(size=len(cost))))
        return [u for u, voice in zip(self.units, self._voice, strict=True) if voice == chosen]

    def sequence(self, cues: Sequence[Cue], seed: int) -> Iterator[Unit]:
        """A unit for every cue, in time order."""
        gaps = gaps_s(cues)
        first = cues[0] if cues else None
        rng = np.random.default_rng(seed_of(seed, "voice", *((first.label, first.variant or "") if first else ())))
        voice = self.voice_for(cues, gaps, rng)
        away = OTHER_VOICE * (self._voice != voice)
        recent: deque[int] = deque(maxlen=len(REPEATS))
        for cue, gap_s in zip(cues, gaps, strict=True):
            cost = self.fit(cue, gap_s) + self.fit_strength(cue, voice) + away
            for used, price in zip(recent, REPEATS, strict=False):
                cost[used] += price
            chance = np.random.default_rng(seed_of(seed, "take", cue.id)).gumbel(size=len(cost))
            chosen = int(np.argmin(cost - CHANCE * chance))
            if chosen in recent:
                recent.remove(chosen)
            recent.appendleft(chosen)
            yield self.units[chosen]


def gaps_s(cues: Sequence[Cue]) -> list[float]:
    """Seconds from each cue to the next later one; infinite for the last."""
    out, following, start = [], np.inf, np.inf
    for cue in reversed(cues):
        if cue.start_s < start:
            following, start = start, cue.start_s
        out.append(following - start)
    return out[::-1]


def _db(amplitude: NDArray[np.float64]) -> Costs:
    return np.asarray(20 * np.log10(np.maximum(amplitude, 0.05)))
