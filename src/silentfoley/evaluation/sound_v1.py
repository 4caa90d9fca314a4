"""``sound_v1``: do the generated sounds sound like the true ones, as YAMNet hears them?

A clip is the mean of its patches over the reference's length, silence following its own end; the Frechet distances
pool the patches, as is their custom. Every figure is named by its embedding: another embedding gives another figure.
"""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from silentfoley.errors import SilentFoleyError
from silentfoley.evaluation.answers import Kept
from silentfoley.evaluation.class_judge import load_class_judge
from silentfoley.evaluation.clip_features import ClipFeatures, Pair
from silentfoley.evaluation.protocol import Context, Expectation, Figure, Measure, Protocol
from silentfoley.evaluation.sound_mixtures import sound_mixtures
from silentfoley.evaluation.yamnet_extractor import silent_patch
from silentfoley.evaluation.yamnet_patches import RATE_HZ, n_patches
from silentfoley.metrics.bins import BinComparison, compare_bins, n_bins_for
from silentfoley.metrics.bootstrap import Interval, cluster_members, mean_interval
from silentfoley.metrics.frechet import frechet_distance, small_sample_note
from silentfoley.metrics.frechet_infinity import frechet_infinity, paired_frechet_infinity
from silentfoley.metrics.inception_score import inception_score
from silentfoley.metrics.mixtures import Mixture
from silentfoley.metrics.nearest import novelty, retrieval_hits
from silentfoley.metrics.paired_kad import paired_kad
from silentfoley.metrics.subsampling import NO_INTERVAL_BELOW, subsampled_interval

#: Exchanges and subsets behind the interval of the extrapolated distance; each costs nine distances in 1024 dimensions.
_INFINITY_DRAWS = 24
_N_DIMENSIONS = 1024
NAN = float("nan")

Floats = NDArray[np.float64]


class SoundV1(Protocol):
    """See the module."""

    name = "sound_v1"
    version = 2
    length_rule = (
        "judged over the patches of 0.96 s that it takes to reach the reference's end: what is shorter is followed by "
        "silence, what is longer is cut after the last patch, of which less than 0.5 s lie beyond; a shuffled truth is "
        "whole in measures of the set"
    )
    needs = ("yamnet",)
    controls = ("truth", "shuffled", "metronome", "silence")
    draws = True

    def settings(self) -> dict[str, Any]:
        """Embedding of a clip, judge, kernel, folds, bins."""
        judge = load_class_judge()
        return {
            "embedding": "YAMNet",
            "clip": "mean of its patches over the reference's length",
            "frechet": "patches pooled; units are recordings",
            "kernel": "Gaussian, median distance of the reference, times 1000, pairs of different recordings",
            "class_judge": judge.weights_sha256,
            "judgeable": sorted(judge.judgeable),
            "bins": "k-means of the reference, one per ten clips",
        }

    def measures(self) -> tuple[Measure, ...]:
        """KAD first."""
        return _MEASURES

    def per_clip(self, reference: ClipFeatures, generated: ClipFeatures, seed: int) -> dict[str, float]:
        """Class named rightly (NaN where the class cannot be judged); cosine of the two embeddings."""
        one, two = _mean(reference, reference.duration_s), _mean(generated, reference.duration_s)
        return {"class_right": _class_right(reference, generated), "cosine": _cosine(one, two)}

    def set_figures(self, pairs: Sequence[Pair], context: Context) -> dict[str, Figure]:
        """All distances of sets."""
        if len(pairs) < 2:
            return {m.name: Figure(NAN, n=len(pairs), note="two clips at least") for m in _MEASURES if not m.parts}
        true, made = _centres(pairs)
        return {
            "KAD-YAMNet": _kad(pairs, true, made, context),
            **_frechet(pairs, context),
            "retrieval_accuracy-YAMNet": _retrieval(pairs, true, made, context),
            "inception_score-YAMNet": _inception(pairs, context),
            **_bins(true, made, context),
            "novelty-YAMNet": _novelty(made, context),
        }

    def kept(self, pairs: Sequence[Pair], context: Context) -> Kept:
        """Patches of both sides in half precision, and what else the measures of the set rest on."""
        if len(pairs) < 2:
            return {}
        true, made = _centres(pairs)
        return {
            "true": [_rows(p.reference, "embedding", p.duration_s).astype(np.float16) for p in pairs],
            "made": [_rows(p.generated, "embedding", _heard_s(p)).astype(np.float16) for p in pairs],
            "classes": [row[None].astype(np.float32) for row in _probabilities(pairs)],
            "retrieved": [np.array([hit]) for hit in _retrieved(pairs, true, made, context)],
            "novelty": [np.array([value]) for value in _novelties(made, context)[0]],
        }

    def mixtures(self, first: Kept, second: Kept, clusters: Sequence[Hashable]) -> dict[str, Mixture]:
        """All but what the clips do not allow."""
        return sound_mixtures(first, second, clusters) if first and second else {}

    def detail(self, reference: ClipFeatures, generated: ClipFeatures) -> dict[str, Any]:
        """Classes, for the confusion table."""
        return {"class_true": reference.label, "class_heard": _heard(generated, reference.duration_s)}

    def remarks(self, pairs: Sequence[Pair]) -> list[str]:
        """Classes that cannot be judged, and the warning of small sets."""
        judge, labels = load_class_judge(), [p.reference.label for p in pairs]
        unjudged = sorted({c or "no class" for c in labels if c not in judge.judgeable})
        n_unjudged = sum(c not in judge.judgeable for c in labels)
        out = []
        if unjudged:
            out.append(
                f"class agreement: {n_unjudged} of {len(labels)} clips are of classes the judge does not know by ear "
                f"({', '.join(unjudged)}); it names real takes well enough of {', '.join(sorted(judge.judgeable))}"
            )
        n = sum(len(_rows(p.reference, "embedding", p.duration_s)) for p in pairs)
        if note := small_sample_note(n, _N_DIMENSIONS):
            out.append(f"FAD-YAMNet: {note}")
        if len({p.source for p in pairs}) < NO_INTERVAL_BELOW:
            out.append(f"KAD-YAMNet: fewer than {NO_INTERVAL_BELOW} recordings, no interval")
        return out


def _rows(clip: ClipFeatures, name: str, duration_s: float) -> NDArray[np.float32]:
    """(P, ...) patches over the reference's length: a longer answer is cut, a shorter one followed by silence."""
    wanted = n_patches(round(duration_s * RATE_HZ))
    rows = np.asarray(clip[f"yamnet.{name}"], dtype=np.float32)
    if len(rows) >= wanted:
        return rows[:wanted]
    begun = np.concatenate([rows, np.asarray(clip[f"yamnet.after_{name}"], dtype=np.float32)])[:wanted]
    return np.concatenate([begun, np.tile(silent_patch()[name], (wanted - len(begun), 1))])


def _mean(clip: ClipFeatures, duration_s: float) -> Floats:
    return np.asarray(_rows(clip, "embedding", duration_s).mean(axis=0, dtype=np.float64))


def _centres(pairs: Sequence[Pair]) -> tuple[Floats, Floats]:
    """(N, 1024) means of the patches of both sides."""
    true = np.stack([_mean(p.reference, p.duration_s) for p in pairs])
    return true, np.stack([_mean(p.generated, _heard_s(p)) for p in pairs])


def _heard_s(pair: Pair) -> float:
    """Seconds of the answer that are heard. A shuffled truth keeps its own length: cut, it would be another sound."""
    return pair.generated.duration_s if pair.generated.control == "shuffled" else pair.duration_s


def _cosine(one: Floats, two: Floats) -> float:
    length = float(np.linalg.norm(one) * np.linalg.norm(two))
    return float(one @ two) / length if length > 0 else NAN


def _heard(clip: ClipFeatures, duration_s: float) -> str:
    return load_class_judge().name(_rows(clip, "embedding", duration_s), _rows(clip, "scores", duration_s))


def _class_right(reference: ClipFeatures, generated: ClipFeatures) -> float:
    if reference.label not in load_class_judge().judgeable:
        return NAN
    return float(_heard(generated, reference.duration_s) == reference.label)


def _figure(interval: Interval, note: str = "", of: str = "clips") -> Figure:
    return Figure(interval.mean, interval.low, interval.high, interval.n, note=note, of=of)


def _kad(pairs: Sequence[Pair], true: Floats, made: Floats, context: Context) -> Figure:
    # A shuffled truth is made of the references' own recordings: none may meet itself.
    sources = [p.generated.source for p in pairs] if pairs[0].generated.control == "shuffled" else None
    try:
        found = paired_kad(
            true, made, context.clusters, sources, level=context.level, n_draws=context.n_resamples, seed=context.seed
        )
    except SilentFoleyError as error:
        return Figure(NAN, n=len(pairs), note=error.cause)
    return _figure(found)


def _frechet(pairs: Sequence[Pair], context: Context) -> dict[str, Figure]:
    """Both Frechet distances, over patches."""
    sides = [
        [_rows(p.reference, "embedding", p.duration_s) for p in pairs],
        [_rows(p.generated, "embedding", _heard_s(p)) for p in pairs],
    ]
    names = [[c for c, rows in zip(context.clusters, side, strict=True) for _ in rows] for side in sides]
    true, made = (np.concatenate(side).astype(np.float64) for side in sides)
    n = min(len(true), len(made))
    note = small_sample_note(n, _N_DIMENSIONS)
    plain = Figure(frechet_distance(true, made) if n > 1 else NAN, n=n, note=note, of="patches")
    return {"FAD-YAMNet": plain, "FAD_infinity-YAMNet": _infinity(true, made, names, context, n)}


def _infinity(true: Floats, made: Floats, names: list[list[Hashable]], context: Context, n: int) -> Figure:
    try:
        if context.row == "system":
            found = paired_frechet_infinity(
                true, made, *names, level=context.level, n_draws=_INFINITY_DRAWS, seed=context.seed
            )
            return Figure(found.mean, found.low, found.high, n, note=small_sample_note(n, _N_DIMENSIONS), of="patches")
        value = frechet_infinity(true, made, *names, seed=context.seed).value
    except SilentFoleyError as error:
        return Figure(NAN, n=n, note=error.cause, of="patches")
    return Figure(value, n=n, note="controls without interval", of="patches")


def _retrieval(pairs: Sequence[Pair], true: Floats, made: Floats, context: Context) -> Figure:
    hits = _retrieved(pairs, true, made, context)
    judged = np.isfinite(hits)
    if not judged.any():
        return Figure(NAN, note="no class with two recordings")
    clusters = [c for c, j in zip(context.clusters, judged, strict=True) if j]
    found = mean_interval(
        hits[judged], clusters=clusters, level=context.level, n_resamples=context.n_resamples, seed=context.seed
    )
    return _figure(found)


def _retrieved(pairs: Sequence[Pair], true: Floats, made: Floats, context: Context) -> Floats:
    """(N,) 1 or 0; NaN where the clip has no class, or no other recording is of it."""
    labels = [p.reference.label for p in pairs]
    hits = retrieval_hits(true, made, labels, context.clusters)
    return np.where(np.array([bool(c) for c in labels]), hits, np.nan)


def _probabilities(pairs: Sequence[Pair]) -> Floats:
    """(N, 521). Scores are sigmoids: each clip's mean is divided by its sum, so that it is a distribution."""
    scores = np.stack([_rows(p.generated, "scores", _heard_s(p)).mean(axis=0, dtype=np.float64) for p in pairs])
    return np.asarray(scores / scores.sum(axis=1, keepdims=True), dtype=np.float64)


def _inception(pairs: Sequence[Pair], context: Context) -> Figure:
    probabilities = _probabilities(pairs)
    unit = cluster_members(context.clusters, len(pairs))

    def statistic(chosen: NDArray[np.bool_]) -> Floats:
        return np.array([inception_score(probabilities[row[unit]]) for row in chosen])

    value = inception_score(probabilities)
    draws = min(context.n_resamples, 400)
    return _figure(
        subsampled_interval(
            value, statistic, int(unit.max()) + 1, len(pairs), level=context.level, n_draws=draws, seed=context.seed
        )
    )


def _bins(true: Floats, made: Floats, context: Context) -> dict[str, Figure]:
    found: BinComparison = compare_bins(true, made, context.seed)
    note = f"{found.n_bins} bins" + ("" if n_bins_for(len(true)) > 4 else ": too few clips to tell much")
    return {
        "NDB-YAMNet": Figure(found.ndb, n=len(true), note=note),
        "JSD-YAMNet": Figure(found.jsd, n=len(true), note=note),
    }


def _novelty(made: Floats, context: Context) -> Figure:
    found, why_not = _novelties(made, context)
    if why_not:
        return Figure(NAN, note=why_not)
    interval = mean_interval(
        found, clusters=context.clusters, level=context.level, n_resamples=context.n_resamples, seed=context.seed
    )
    return _figure(interval, note=f"{len(context.training)} training takes")


def _novelties(made: Floats, context: Context) -> tuple[Floats, str]:
    """(N,) and nothing; or NaN, and why."""
    unknown = np.full(len(made), NAN)
    if len(context.training) < 2:
        return unknown, "name the takes or clips it was trained on with --training"
    takes = np.stack([_mean(c, c.duration_s) for c in context.training])
    try:
        return novelty(made, takes, [c.source for c in context.training]), ""
    except SilentFoleyError as error:
        return unknown, error.cause


_TRUE_BEATS_SILENCE = Expectation("truth", "silence", "the embedding does not tell these sounds from silence")
_MEASURES = (
    Measure(
        "KAD-YAMNet",
        "squared MMD of the clips' embeddings times 1000, without bias",
        "lower",
        expects=(
            _TRUE_BEATS_SILENCE,
            Expectation("truth", "metronome", "one grain repeated sounds as varied as the truth to this embedding"),
            Expectation("shuffled", "", "KAD compares sets and must not see which clip answers which", value=0.0),
        ),
    ),
    Measure("FAD-YAMNet", "Frechet distance of the patches, biased upwards", "lower", expects=(_TRUE_BEATS_SILENCE,)),
    Measure("FAD_infinity-YAMNet", "the same at endless samples, drawn without replacement by recording", "lower"),
    Measure(
        "class_agreement-YAMNet",
        "share of clips the judge names rightly, of the classes it can judge",
        "higher",
        parts=("class_right",),
        expects=(
            Expectation("truth", "shuffled", "the judge does not name the true sounds of these clips"),
            Expectation("truth", "silence", "the judge does not name the true sounds of these clips"),
        ),
    ),
    Measure(
        "retrieval_accuracy-YAMNet",
        "share of clips whose nearest true clip of another recording is of their class",
        "higher",
        expects=(Expectation("truth", "shuffled", "true clips of a class do not lie together in this embedding"),),
    ),
    Measure(
        "inception_score-YAMNet",
        "how surely each clip is something and how many things they are",
        "higher",
        expects=(Expectation("truth", "silence", "the true clips are all alike to this embedding"),),
    ),
    Measure("NDB-YAMNet", "share of bins filled otherwise than by the truth", "lower", expects=(_TRUE_BEATS_SILENCE,)),
    Measure("JSD-YAMNet", "divergence of the bins' shares in bits", "lower", expects=(_TRUE_BEATS_SILENCE,)),
    Measure(
        "novelty-YAMNet",
        "distance to the nearest training take over what is usual between recordings; near 0 it recites",
        "higher",
    ),
)
