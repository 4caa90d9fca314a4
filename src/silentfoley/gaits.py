"""How the hoofs of a horse follow each other in its four gaits."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Gait:
    """The beats of one gait.

    Attributes:
        phases: at which share of a stride left hind, left fore, right hind and right fore land, in [0, 1).
        stride_s: shortest and longest stride, s.
    """

    phases: tuple[float, float, float, float]
    stride_s: tuple[float, float]


#: Order of the beats after Muybridge's plates (1887); durations ours. The stage's horses go by it, and
#: :mod:`silentfoley.strides` looks for it.
GAIT_BEATS: dict[str, Gait] = {
    "walk": Gait((0.0, 0.25, 0.5, 0.75), (0.95, 1.25)),
    "trot": Gait((0.0, 0.5, 0.5, 0.0), (0.58, 0.74)),
    "canter": Gait((0.28, 0.55, 0.0, 0.28), (0.52, 0.66)),
    "gallop": Gait((0.14, 0.46, 0.0, 0.32), (0.44, 0.54)),
}
