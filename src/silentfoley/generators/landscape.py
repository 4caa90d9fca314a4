"""A clap of thunder as it is heard from afar: from a long crooked channel, through kilometres of air."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.signal import oaconvolve

from silentfoley.generators.acoustics import SPEED_M_S, air_response
from silentfoley.timegrid import SAMPLE_RATE_HZ

Floats = NDArray[np.float32]

#: Distance of the foot of the channel before it strays aside, its height, and the length of its straight pieces, m.
#: Thunder is seldom heard beyond 15 km; what is nearer than the first, the recordings themselves are.
DISTANCE_M, HEIGHT_M, PIECE_M = (400.0, 6000.0), (4000.0, 7000.0), 300.0
#: Deviation of a piece sideways, in its own lengths; and of the loudness of pieces, in nepers: those that lie across
#: the line of sight are heard, those that point along it hardly. Our choices.
CROOKED, UNEVEN = 0.6, 0.7


@dataclass(frozen=True)
class Landscape:
    """Arrivals from the pieces of one channel.

    After Ribner and Roy ("Acoustics of thunder: a quasilinear model for tortuous lightning", JASA 72, 1982): thunder is
    a string of pulses, one from each piece, as late and as weak as that piece is far.

    Attributes:
        delays_s: (K,) after the first, ascending from 0.
        amplitudes: (K,) beside the first, which is the nearest and so the loudest: 1.
        distance_m: of the first. All are sent through as much air, which spares a filter for each and leaves the
            later ones a little too bright: our simplification.
    """

    delays_s: tuple[float, ...]
    amplitudes: tuple[float, ...]
    distance_m: float

    @classmethod
    def draw(cls, rng: np.random.Generator) -> Landscape:
        """At random, distances evenly on a logarithmic axis."""
        distance = float(np.exp(rng.uniform(*np.log(DISTANCE_M))))
        n = round(rng.uniform(*HEIGHT_M) / PIECE_M)
        aside = PIECE_M * CROOKED * np.cumsum(rng.normal(size=(2, n)), axis=1)
        away = np.sqrt((distance + aside[0]) ** 2 + aside[1] ** 2 + (PIECE_M * np.arange(n)) ** 2)
        order = np.argsort(away)
        nearest = float(away[order[0]])
        loud = nearest / away[order] * np.exp(-UNEVEN * np.abs(rng.normal(size=n)))
        loud[0] = 1.0
        return cls(tuple(((away[order] - nearest) / SPEED_M_S).tolist()), tuple(loud.tolist()), nearest)

    def __call__(self, samples: Floats) -> Floats:
        """(N,) samples of a near clap to (N + M,) of a far one; nothing is earlier than it was."""
        pulses = np.zeros(round(self.delays_s[-1] * SAMPLE_RATE_HZ) + 1)
        for delay_s, amplitude in zip(self.delays_s, self.amplitudes, strict=True):
            pulses[round(delay_s * SAMPLE_RATE_HZ)] += amplitude
        heard = oaconvolve(samples, pulses)
        return np.asarray(oaconvolve(heard, air_response(round(self.distance_m, -1), SAMPLE_RATE_HZ)), dtype=np.float32)
