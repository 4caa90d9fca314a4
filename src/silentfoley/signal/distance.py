"""How much softer things are that are farther away."""

from __future__ import annotations


def distance_gain(distance_m: float) -> float:
    """``1 / distance``, not above 1: within a metre the level stays."""
    return 1.0 / max(1.0, distance_m)
