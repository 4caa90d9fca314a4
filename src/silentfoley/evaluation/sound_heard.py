"""What YAMNet hears of a set of pairs, worked out once for all that ``sound_v1`` says of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from silentfoley.errors import SilentFoleyError
from silentfoley.evaluation.clip_features import ClipFeatures, Pair
from silentfoley.evaluation.protocol import Context
from silentfoley.evaluation.yamnet_extractor import silent_patch
from silentfoley.evaluation.yamnet_patches import RATE_HZ, n_patches
from silentfoley.metrics.nearest import novelty, retrieval_hits

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class HeardSet:
    """N pairs as the judge hears them.

    Attributes:
        true, made: (N, 1024) means of the patches of either side.
        probabilities: (N, 521) classes of the answers. Scores are sigmoids: each clip's mean is divided by its sum, so
            that it is a distribution.
        retrieved: (N,) whether the nearest true clip of another recording is of the clip's class, 1 or 0; NaN where
            the clip has no class, or no other recording is of it.
        novelties: (N,), NaN where unknown.
        no_novelty: why these are not known; empty where they are.
    """

    true: Floats
    made: Floats
    probabilities: Floats
    retrieved: Floats
    novelties: Floats
    no_novelty: str

    @classmethod
    def of(cls, pairs: Sequence[Pair], context: Context) -> HeardSet:
        """Of one pair or more. Nothing is drawn: every seed of the context hears the same."""
        true = np.stack([centre(p.reference, p.duration_s) for p in pairs])
        made = np.stack([centre(p.generated, heard_s(p)) for p in pairs])
        return cls(
            true, made, _probabilities(pairs), _retrieved(pairs, true, made, context), *_novelties(made, context)
        )


class Ear:
    """Remembers the last set it heard."""

    def __init__(self) -> None:
        self._last: tuple[Sequence[Pair], Context, HeardSet] | None = None

    def hear(self, pairs: Sequence[Pair], context: Context) -> HeardSet:
        """:meth:`HeardSet.of`, worked out again for other pairs, recordings or training clips alone."""
        if self._last is not None:
            known, at, heard = self._last
            if known is pairs and at.training is context.training and list(at.clusters) == list(context.clusters):
                return heard
        heard = HeardSet.of(pairs, context)
        self._last = pairs, context, heard
        return heard


def patches(clip: ClipFeatures, name: str, duration_s: float) -> NDArray[np.float32]:
    """(P, ...) patches over the reference's length: a longer answer is cut, a shorter one followed by silence."""
    wanted = n_patches(round(duration_s * RATE_HZ))
    rows = np.asarray(clip[f"yamnet.{name}"], dtype=np.float32)
    if len(rows) >= wanted:
        return rows[:wanted]
    begun = np.concatenate([rows, np.asarray(clip[f"yamnet.after_{name}"], dtype=np.float32)])[:wanted]
    return np.concatenate([begun, np.tile(silent_patch()[name], (wanted - len(begun), 1))])


def centre(clip: ClipFeatures, duration_s: float) -> Floats:
    """(1024,) mean of its patches over the reference's length."""
    return np.asarray(patches(clip, "embedding", duration_s).mean(axis=0, dtype=np.float64))


def heard_s(pair: Pair) -> float:
    """Seconds of the answer that are heard. A shuffled truth keeps its own length: cut, it would be another sound."""
    return pair.generated.duration_s if pair.generated.control == "shuffled" else pair.duration_s


def _probabilities(pairs: Sequence[Pair]) -> Floats:
    scores = np.stack([patches(p.generated, "scores", heard_s(p)).mean(axis=0, dtype=np.float64) for p in pairs])
    return np.asarray(scores / scores.sum(axis=1, keepdims=True), dtype=np.float64)


def _retrieved(pairs: Sequence[Pair], true: Floats, made: Floats, context: Context) -> Floats:
    labels = [p.reference.label for p in pairs]
    hits = retrieval_hits(true, made, labels, context.clusters)
    return np.where(np.array([bool(c) for c in labels]), hits, np.nan)


def _novelties(made: Floats, context: Context) -> tuple[Floats, str]:
    """(N,) and nothing; or NaN, and why."""
    unknown = np.full(len(made), np.nan)
    if len(context.training) < 2:
        return unknown, "name the takes or clips it was trained on with --training"
    takes = np.stack([centre(c, c.duration_s) for c in context.training])
    try:
        return novelty(made, takes, [c.source for c in context.training]), ""
    except SilentFoleyError as error:
        return unknown, error.cause
