"""How hard the stage is: frozen factor levels, in a versioned file that training never changes."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from hashlib import sha256
from importlib.resources import files
from typing import Any

import numpy as np

from silentfoley.errors import DataError

#: The level of a factor: a number or a name.
Level = float | int | str


@dataclass(frozen=True)
class Factor:
    """Levels of one thing that varies from clip to clip.

    Attributes:
        seen: levels of training, validation and unseen seeds: single values, or ranges (low, high).
        held: levels held out for ``unseen_levels``, disjoint from ``seen``.
    """

    seen: tuple[Any, ...]
    held: tuple[Any, ...]

    def draw(self, rng: np.random.Generator, *, held: bool) -> Level:
        """One level: a value evenly among values, or evenly over the joint length of ranges."""
        levels = self.held if held else self.seen
        if not isinstance(levels[0], tuple):
            level: Level = levels[int(rng.integers(len(levels)))]
            return level
        widths = np.array([high - low for low, high in levels])
        low, high = levels[int(rng.choice(len(levels), p=widths / widths.sum()))]
        return float(rng.uniform(low, high))


@dataclass(frozen=True)
class Difficulty:
    """Shares and factor levels of the stage.

    Attributes:
        version: of the file; figures on different versions do not compare.
        foil_share: share of clips with a second act that runs backwards and makes no sound. With two acts that
            no single frame tells apart, appearance names the lead in at most ``1 - foil_share / 2`` of clips.
        still_share: share of the other clips with a second act that stands still.
        decoy_share: share of performances, of leads and of foils alike, that stop short and never sound.
        held_share: in ``unseen_levels``, share of factors at a held-out level; at least one is.
        factors: by name. Those called ``actor_...`` are drawn for each actor alone.
        sha256: of the file's bytes.
    """

    version: int
    foil_share: float
    still_share: float
    decoy_share: float
    held_share: float
    factors: Mapping[str, Factor]
    sha256: str


@cache
def load_difficulty(version: int = 1) -> Difficulty:
    """The frozen difficulty of a version.

    Raises:
        DataError: if this release has no such version.
    """
    file = files("silentfoley.stage").joinpath(f"difficulty_v{version}.json")
    if not file.is_file():
        raise DataError(f"stage difficulty {version}", "this release has no such version", "use version 1")
    data = file.read_bytes()
    stored = json.loads(data)
    factors = {name: Factor(_levels(f["seen"]), _levels(f["held"])) for name, f in stored.pop("factors").items()}
    return Difficulty(**stored, factors=factors, sha256=sha256(data).hexdigest())


def _levels(values: list[Any]) -> tuple[Any, ...]:
    return tuple(tuple(v) if isinstance(v, list) else v for v in values)
