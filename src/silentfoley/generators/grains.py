"""A texture without end from a recording of some seconds: grains overlapped and added, as in granular synthesis.

On granular synthesis: Roads, *Microsound* (MIT Press, 2001). That grains are drawn by level, and go on in their
recording as often as they jump, is ours.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import maximum_filter1d

from silentfoley.bank.source import loop
from silentfoley.generators.tilt import tilted

Floats = NDArray[np.float32]
Values = NDArray[np.float64]

#: Length of a grain, drawn evenly between these, and of the overlap with the next, s.
SHORTEST_S, LONGEST_S, OVERLAP_S = 0.08, 0.20, 0.03
#: A grain may begin at any multiple of this, s.
STEP_S = 0.01
_STEPS = round((SHORTEST_S - OVERLAP_S) / STEP_S), round((LONGEST_S - OVERLAP_S) / STEP_S)
#: How often the next grain goes on where the last ended: rain keeps its patter, fire its crackle.
GOES_ON = 0.6
#: Share of all grains that may be drawn at a time: the weaker ones for a soft place, the stronger ones for a loud one.
POOL = 0.6
#: How much more brightness tells of a grain's force than its level does.
BRIGHT = 1.5
#: No grain is drawn that overlaps one of so many before.
RECENT = 4
#: A grain whose peak is farther above the usual level is lowered to this: one snap of a fire would else rule it all.
CREST = 12.0
#: Samples before a grain, for its filter to settle.
_LEAD = 256


class Grain(NamedTuple):
    """A place where a grain may begin: number of the take, sample in it."""

    take: int
    start: int


class GrainCloud:
    """Grains of one voice, in order of force: level and brightness.

    Args:
        takes: (N,) each, N >= 1. One that is too short for a grain goes round.
        sample_rate_hz: their rate.
    """

    def __init__(self, takes: Sequence[Floats], sample_rate_hz: int) -> None:
        self.rate_hz = sample_rate_hz
        self._step = max(1, round(STEP_S * sample_rate_hz))
        self._overlap = round(OVERLAP_S * sample_rate_hz)
        self._longest = self._step * _STEPS[1] + self._overlap
        least = 3 * self._longest
        self._takes = [t if len(t) > least else loop(t, least, 0, self._overlap) for t in takes]
        places = [Grain(i, start) for i, t in enumerate(self._takes) for start in self._starts(t)]
        power, slope, peak = (np.concatenate(all_) for all_ in zip(*map(self._survey, self._takes), strict=True))
        gain = np.minimum(1.0, CREST * np.sqrt(np.median(power)) / np.maximum(peak, 1e-9))
        # Loud and bright together are force: the quietest grains of a fire may be hiss, which no small fire is.
        order = np.argsort(
            _standard(np.log(power * gain**2)) + BRIGHT * _standard(np.log(slope / power)), kind="stable"
        )
        self._grains = [places[k] for k in order]
        self._gain = {places[k]: np.float32(gain[k]) for k in order}
        self._rank = {grain: rank for rank, grain in enumerate(self._grains)}
        self._energy = np.concatenate([[0.0], np.cumsum((power * gain**2)[order])])

    def _starts(self, samples: Floats) -> list[int]:
        return list(range(0, len(samples) - self._longest, self._step))

    def _survey(self, samples: Floats) -> tuple[Values, Values, Values]:
        """Mean power, mean power of the slope, and peak of every grain of a take."""
        starts = np.array(self._starts(samples))
        peak = maximum_filter1d(np.abs(samples), self._longest, origin=-(self._longest // 2))[starts]
        slope = np.diff(samples, prepend=samples[:1])
        return self._mean_power(samples, starts), self._mean_power(slope, starts), peak.astype(np.float64)

    def _mean_power(self, samples: Floats, starts: NDArray[np.int_]) -> Values:
        total = np.concatenate([[0.0], np.cumsum(np.square(samples, dtype=np.float64))])
        return np.asarray((total[starts + self._longest] - total[starts]) / self._longest + 1e-12)

    def pool(self, intensity: float) -> tuple[int, int, float]:
        """Ranks [low, high) of the grains for an intensity in [0, 1], and their root mean square."""
        n = len(self._grains)
        width = max(1, round(POOL * n))
        low = round((n - width) * min(max(intensity, 0.0), 1.0))
        mean = (self._energy[low + width] - self._energy[low]) / width
        return low, low + width, float(np.sqrt(max(mean, 1e-18)))

    def play(
        self,
        n_samples: int,
        intensity: Callable[[float], float],
        tilt_db: Callable[[float], float],
        rng: np.random.Generator,
    ) -> Iterator[Floats]:
        """``n_samples`` in pieces, each as long as it takes until the next grain, at a root mean square of about 1.

        Args:
            n_samples: in all.
            intensity: in [0, 1], from seconds since the beginning; read at the middle of each grain.
            tilt_db: how much duller a grain is than recorded, from its intensity.
            rng: draws the grains.
        """
        tail: Floats = np.zeros(0, dtype=np.float32)
        turn = np.linspace(0, np.pi / 2, self._overlap, dtype=np.float32)
        recent: deque[Grain] = deque(maxlen=RECENT)
        follower: Grain | None = None
        begun = 0
        while begun < n_samples:
            # Whole steps, so that its follower is a grain too.
            body = self._step * int(rng.integers(*_STEPS, endpoint=True))
            force = intensity((begun + body / 2) / self.rate_hz)
            low, high, level = self.pool(force)
            jumps = follower is None or not low <= self._rank.get(follower, -1) < high or rng.random() > GOES_ON
            grain = self._draw(low, high, recent, rng) if jumps or follower is None else follower
            sound = self._sound(grain, body + self._overlap, tilt_db(force)) / np.float32(level)
            if len(tail):
                fade = np.sin(turn)
                # What goes on is the same sound twice, and adds in amplitude; what jumps adds in power.
                rise, fall = (fade, np.cos(turn)) if jumps else (fade**2, 1 - fade**2)
                sound[: self._overlap] = sound[: self._overlap] * rise + tail * fall
            tail = sound[body:].copy()
            yield sound[: min(body, n_samples - begun)]
            recent.append(grain)
            follower = Grain(grain.take, grain.start + body)
            begun += body

    def _draw(self, low: int, high: int, recent: deque[Grain], rng: np.random.Generator) -> Grain:
        """One of the pool that is not what was just heard, as far as a few draws find one."""
        drawn = [self._grains[int(k)] for k in rng.integers(low, high, 8)]
        fresh = (d for d in drawn if all(d.take != g.take or abs(d.start - g.start) > self._longest for g in recent))
        chosen: Grain = next(fresh, drawn[0])
        return chosen

    def _sound(self, grain: Grain, n: int, tilt_db: float) -> Floats:
        lead = min(_LEAD, grain.start)
        samples = self._takes[grain.take][grain.start - lead : grain.start + n]
        dull = tilted(samples, tilt_db, self.rate_hz)[lead:]
        # The tilt is for the ear; the level is the envelope's.
        kept = np.linalg.norm(samples[lead:]) / max(float(np.linalg.norm(dull)), 1e-9)
        return dull * (self._gain[grain] * np.float32(kept))


def _standard(values: Values) -> Values:
    return np.asarray((values - values.mean()) / max(float(values.std()), 1e-6))
