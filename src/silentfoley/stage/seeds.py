"""Random streams that depend on names and numbers alone, never on order, process or platform."""

from __future__ import annotations

from hashlib import blake2b

import numpy as np

from silentfoley.errors import DataError

#: Test sets of the stage beside ``train`` and ``val``.
SPLITS: tuple[str, ...] = ("train", "val", "unseen_seeds", "unseen_levels", "unseen_recordings")
#: Splits that share the pictures of another; what differs is elsewhere (the takes that sound).
_SAME_PICTURES = {"unseen_recordings": "unseen_seeds"}


def stable_hash(*parts: str | int) -> int:
    """63 bits of BLAKE2b over the parts; the same on every machine and in every process."""
    text = "\x1f".join(f"{type(part).__name__}:{part}" for part in parts)
    return int.from_bytes(blake2b(text.encode(), digest_size=8).digest(), "big") >> 1


def check_split(split: str) -> str:
    """``split`` if it is one of :data:`SPLITS`.

    Raises:
        DataError: otherwise.
    """
    if split not in SPLITS:
        raise DataError(f"split {split!r}", "the stage has no such split", f"use one of: {', '.join(SPLITS)}")
    return split


def clip_seed(root_seed: int, split: str, index: int) -> int:
    """Seed of clip ``index`` of a split. Splits share no seed, but ``unseen_recordings`` shows the pictures of
    ``unseen_seeds``: only its sound differs.

    Raises:
        DataError: for an unknown split.
    """
    return stable_hash("clip", root_seed, _SAME_PICTURES.get(check_split(split), split), index)


def stream(seed: int, name: str) -> np.random.Generator:
    """The generator called ``name`` of a seed; streams of different names are independent."""
    return np.random.Generator(np.random.PCG64(np.random.SeedSequence([seed, stable_hash(name)])))
