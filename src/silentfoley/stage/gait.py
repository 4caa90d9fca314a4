"""Legs that walk on a moving ground: feet planted exactly from their contacts until they lift."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from silentfoley.stage.motion import ease, last_before


@dataclass(frozen=True)
class Travel:
    """How far a walker has come: ``lengths`` per beat, at even speed between beats.

    Attributes:
        times: (K,) beat times in seconds.
        length: distance from one beat to the next.
    """

    times: NDArray[np.float64]
    length: float

    def at(self, time_s: float) -> float:
        """Distance at a time; constant outside the beats."""
        return self.length * float(np.interp(time_s, self.times, np.arange(len(self.times))))

    def time_of(self, distance: float) -> float:
        """Time at which a distance is reached."""
        return float(np.interp(distance / self.length, np.arange(len(self.times)), self.times))


@dataclass(frozen=True)
class Foot:
    """One foot on a treadmill, seen from the walker.

    Attributes:
        contacts: (K,) when it meets the ground.
        travel: of the walker.
        planted: distance for which it stays on the ground.
        ahead: where it lands in front of the hip.
        lift: greatest height of a swing.
    """

    contacts: NDArray[np.float64]
    travel: Travel
    planted: float
    ahead: float
    lift: float

    def at(self, time_s: float) -> tuple[float, float, float]:
        """Offset in front of the hip, height above the ground, and swing phase in [0, 1); phase is -1 on the ground.

        The height is 0 exactly from a contact until the foot lifts, and above 0 in between.
        """
        k = last_before(self.contacts, time_s)
        landed, lands = float(self.contacts[k]), float(self.contacts[k + 1])
        start = self.travel.at(landed)
        moved = self.travel.at(time_s) - start
        lifted = self.travel.time_of(start + self.planted)
        if time_s <= lifted or time_s >= lands:
            return self.ahead - min(moved, self.planted), 0.0, -1.0
        u = (time_s - lifted) / max(lands - lifted, 1e-6)
        # High early, behind the walker; then it comes down in front.
        height = self.lift * 1.75 * u**0.6 * (1.0 - u) ** 0.9
        return self.ahead - self.planted * (1.0 - ease(u)), height, u

    def age(self, time_s: float) -> float:
        """Seconds since its last contact."""
        return float(time_s - self.contacts[last_before(self.contacts, time_s)])
