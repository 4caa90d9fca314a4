"""Rooms by name. Sizes and times are of our choosing, of the kind the names say."""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil, floor, hypot, isfinite

from silentfoley.errors import SilentFoleyError
from silentfoley.spelling import did_you_mean

#: Image sources grow with the cube of this: here there are about two million, which takes seconds.
MOST_REFLECTIONS = 110
#: No wall takes more of what meets it.
MOST_ABSORPTION = 0.99


@dataclass(frozen=True)
class Room:
    """A box with walls that all absorb alike, at every frequency; the air in it takes more of the highs.

    Attributes:
        size_m: length, width and height, each from 1 to 100 m.
        rt60_s: time in which reverberation falls by 60 dB, by Sabine's formula; from 0.05 to 5 s.

    Raises:
        SilentFoleyError: for a room that is out of range, or that no walls could make: the larger it is, the longer
            it must ring, for nothing absorbs more than all.
    """

    size_m: tuple[float, float, float]
    rt60_s: float

    def __post_init__(self) -> None:
        object.__setattr__(self, "size_m", tuple(float(side) for side in self.size_m))
        if len(self.size_m) != 3 or not all(isfinite(s) and 1 <= s <= 100 for s in self.size_m):
            raise SilentFoleyError("Room size_m", f"{self.size_m} is no room", "give three sides from 1 to 100 m")
        if not 0.05 <= self.rt60_s <= 5:
            raise SilentFoleyError("Room rt60_s", f"{self.rt60_s:g} s is out of range", "use 0.05 to 5")
        wanted = f"Room rt60_s {self.rt60_s:g}"
        if self.absorption > MOST_ABSORPTION:
            # Hundredths, away from the limit, so that who follows the advice is not refused again.
            least_s = ceil(100 * self.rt60_s * self.absorption / MOST_ABSORPTION) / 100
            size = "x".join(f"{s:g}" for s in self.size_m)
            raise SilentFoleyError(wanted, f"is shorter than a room of {size} m can be", f"use {least_s:g} or more")
        if self.reflections > MOST_REFLECTIONS:
            most_s = floor(100 * self.rt60_s * MOST_REFLECTIONS / self.reflections) / 100
            cause = f"takes {self.reflections} reflections in a row in a room so small"
            raise SilentFoleyError(wanted, cause, f"use {most_s:g} or less")

    @property
    def absorption(self) -> float:
        """Share of the energy that its walls take, by Sabine's formula; a room needs one below 1."""
        x, y, z = self.size_m
        return 0.161 * x * y * z / (2 * (x * y + y * z + z * x) * self.rt60_s)

    @property
    def reflections(self) -> int:
        """Roughly how many reflections the sound has gone through that arrives last."""
        sides = sorted(self.size_m)
        nearest_m = sides[0] * sides[1] / hypot(sides[0], sides[1])
        return ceil(343 * self.rt60_s / nearest_m)


#: Rooms that have a name on the command line.
ROOMS: dict[str, Room] = {
    "booth": Room((2.1, 1.7, 2.2), 0.15),
    "bathroom": Room((2.9, 2.2, 2.5), 0.35),
    "living_room": Room((5.2, 4.1, 2.6), 0.40),
    "classroom": Room((9.1, 7.2, 3.3), 0.60),
    "garage": Room((7.3, 6.1, 2.9), 0.60),
    "hall": Room((28.0, 18.0, 10.0), 1.80),
    "church": Room((44.0, 21.0, 17.0), 2.60),
}


def room_named(name: str) -> Room:
    """The room of :data:`ROOMS` called ``name``.

    Raises:
        SilentFoleyError: if there is none.
    """
    if name not in tuple(ROOMS):  # of a tuple one may ask anything, a list too
        raise SilentFoleyError(
            f"room {name!r}", "is unknown", f"{did_you_mean(name, ROOMS)}use one of {', '.join(ROOMS)}"
        )
    return ROOMS[name]
