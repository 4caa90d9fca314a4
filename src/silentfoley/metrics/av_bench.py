"""The pooled maths of av-benchmark, the field's usual judge, on embeddings that were computed elsewhere.

Same numbers, sounder means: the Frechet distance is :func:`~silentfoley.metrics.frechet.frechet_distance`
(eigenvalues, no ``sqrtm``), every mean is kept per clip so that it can have an interval, and DeSync stands beside the
score of guessing.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import log_softmax, softmax

from silentfoley.errors import SilentFoleyError
from silentfoley.metrics.inception_score import inception_score

Floats = NDArray[np.float64]
#: Added to the generated clip's probabilities before their logarithm.
_EPSILON = 1e-6
#: Splits and shuffling of the inception score.
IS_SPLITS, IS_SEED = 10, 2020
#: Seconds of Synchformer's 21 answers.
OFFSETS_S: Floats = np.linspace(-2.0, 2.0, 21)


@dataclass(frozen=True)
class SplitScore:
    """Inception score over splits.

    Attributes:
        mean: over the splits, >= 1.
        std: over the splits.
    """

    mean: float
    std: float


def kl_per_clip(reference_logits: ArrayLike, generated_logits: ArrayLike) -> Floats:
    """Divergence of class probabilities, reference from generated, in nats.

    A softmax over logits that were trained for several labels at once: the field's custom, not a good idea.

    Args:
        reference_logits: (N, C).
        generated_logits: (N, C), row i of the same clip as row i of the reference.

    Returns:
        (N,) values; a little below 0 where both agree, from the term that keeps the logarithm finite.
    """
    one, other = _pair(reference_logits, generated_logits, "logits")
    generated = np.log(softmax(other, axis=1) + _EPSILON)
    return np.asarray((softmax(one, axis=1) * (log_softmax(one, axis=1) - generated)).sum(axis=1))


def split_inception_score(logits: ArrayLike, splits: int = IS_SPLITS, seed: int = IS_SEED) -> SplitScore:
    """:func:`~silentfoley.metrics.inception_score.inception_score` of each of several parts, as published.

    Each part is scored against its own average, so small sets score lower still than without splits.

    Args:
        logits: (N, C), N >= ``splits``.
        splits: parts.
        seed: of the shuffling before (NumPy's legacy generator, as in torch-fidelity).

    Raises:
        SilentFoleyError: with fewer clips than splits.
    """
    values = np.asarray(logits, dtype=np.float64)
    if values.ndim != 2 or len(values) < splits:
        cause = f"shape {values.shape} does not make {splits} parts"
        raise SilentFoleyError("inception score", cause, "score at least as many clips as splits")
    shares = softmax(values[np.random.RandomState(seed).permutation(len(values))], axis=1)
    ends = [i * len(values) // splits for i in range(splits + 1)]
    scores = [inception_score(shares[a:b]) for a, b in pairwise(ends)]
    return SplitScore(float(np.mean(scores)), float(np.std(scores)))


def cosine_per_clip(one: ArrayLike, other: ArrayLike) -> Floats:
    """(N,) cosines of paired (N, D) embeddings: the IB-score's and the CLAP score's; 0 for a vector of length 0."""
    a, b = _pair(one, other, "embeddings")
    lengths = np.linalg.norm(a, axis=1) * np.linalg.norm(b, axis=1)
    return np.asarray((a * b).sum(axis=1) / np.maximum(lengths, 1e-8))


def desync_per_clip(offset_logits: ArrayLike) -> Floats:
    """Seconds out of step by a classifier of offsets.

    Args:
        offset_logits: (N, S, 21): per clip and stretch (the first and the last 4.8 s) one logit for each of
            ``OFFSETS_S``.

    Returns:
        (N,) mean of the absolute likeliest offset over the stretches. DeSync is the mean of these.
    """
    logits = np.asarray(offset_logits, dtype=np.float64)
    if logits.ndim != 3 or logits.shape[2] != OFFSETS_S.size:
        raise SilentFoleyError("offset logits", f"shape {logits.shape}", f"pass (clips, stretches, {OFFSETS_S.size})")
    return np.asarray(np.abs(OFFSETS_S[logits.argmax(axis=2)]).mean(axis=1))


def desync_chance_s() -> float:
    """DeSync of guessing all offsets alike: 22 / 21 s. A published 1.2 is worse."""
    return float(np.abs(OFFSETS_S).mean())


def _pair(one: ArrayLike, other: ArrayLike, name: str) -> tuple[Floats, Floats]:
    a, b = np.asarray(one, dtype=np.float64), np.asarray(other, dtype=np.float64)
    if a.ndim != 2 or a.shape != b.shape:
        raise SilentFoleyError(name, f"shapes {a.shape} and {b.shape}", "pass one row per clip, in the same order")
    return a, b
