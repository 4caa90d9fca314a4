"""``sound_v1``: do the generated sounds sound like the true ones, as YAMNet hears them?

A clip is the mean of its patches over the reference's length, silence following its own end; the Frechet distances
pool the patches, as is their custom. Every figure is named by its embedding: another embedding gives another figure.
"""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from silentfoley.errors import SilentFoleyError
from silentfoley.evaluation.answers import Kept
from silentfoley.evaluation.class_judge import load_class_judge
from silentfoley.evaluation.clip_features import ClipFeatures, Pair
from silentfoley.evaluation.protocol import SOUND_ALONE, Context, Expectation, Figure, Measure, Protocol
from silentfoley.evaluation.sound_heard import Ear, HeardSet, centre, heard_s, patches
from silentfoley.evaluation.sound_mixtures import sound_mixtures
from silentfoley.metrics.bins import BinComparison, compare_bins, n_bins_for
from silentfoley.metrics.bootstrap import Interval, cluster_members, mean_interval
from silentfoley.metrics.frechet import frechet_distance, small_sample_note
from silentfoley.metrics.frechet_infinity import few_recordings_note, frechet_infinity
from silentfoley.metrics.inception_score import inception_score
from silentfoley.metrics.mixtures import Mixture
from silentfoley.metrics.paired_frechet_infinity import paired_frechet_infinity
from silentfoley.metrics.paired_kad import paired_kad
from silentfoley.metrics.subsampling import NO_INTERVAL_BELOW, subsampled_interval

#: Exchanges behind the interval of the extrapolated distance; each costs some thirty distances in 1024 dimensions.
_INFINITY_DRAWS = 12
_N_DIMENSIONS = 1024
NAN = float("nan")

Floats = NDArray[np.float64]


class SoundV1(Protocol):
    """See the module."""

    name = "sound_v1"
    version = 3
    length_rule = (
        "judged over the patches of 0.96 s that it takes to reach the reference's end: what is shorter is followed by "
        "silence, what is longer is cut after the last patch, of which less than 0.5 s lie beyond; a shuffled truth is "
        "whole in measures of the set"
    )
    needs = ("yamnet",)
    level_rule = "each sound at full scale before YAMNet hears it; below -60 dB as found"
    controls = ("truth", "shuffled", "random", "metronome", "silence")
    not_made: ClassVar[Mapping[str, str]] = {"truth_redetected": SOUND_ALONE}
    draws = True

    def __init__(self) -> None:
        self._ear = Ear()

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
        one, two = centre(reference, reference.duration_s), centre(generated, reference.duration_s)
        return {"class_right": _class_right(reference, generated), "cosine": _cosine(one, two)}

    def set_figures(self, pairs: Sequence[Pair], context: Context) -> dict[str, Figure]:
        """All distances of sets."""
        if len(pairs) < 2:
            return {m.name: Figure(NAN, n=len(pairs), note="two clips at least") for m in _MEASURES if not m.parts}
        heard = self._ear.hear(pairs, context)
        return {
            "KAD-YAMNet": _kad(pairs, heard, context),
            **_frechet(pairs, context),
            "retrieval_accuracy-YAMNet": _retrieval(heard, context),
            "inception_score-YAMNet": _inception(heard, context),
            **_bins(heard, context),
            "novelty-YAMNet": _novelty(heard, context),
        }

    def kept(self, pairs: Sequence[Pair], context: Context) -> Kept:
        """Patches of both sides in half precision, and what else the measures of the set rest on."""
        if len(pairs) < 2:
            return {}
        heard = self._ear.hear(pairs, context)
        return {
            "true": [patches(p.reference, "embedding", p.duration_s).astype(np.float16) for p in pairs],
            "made": [patches(p.generated, "embedding", heard_s(p)).astype(np.float16) for p in pairs],
            "classes": [row[None].astype(np.float32) for row in heard.probabilities],
            "retrieved": [np.array([hit]) for hit in heard.retrieved],
            "novelty": [np.array([value]) for value in heard.novelties],
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
        n = sum(len(patches(p.reference, "embedding", p.duration_s)) for p in pairs)
        if note := small_sample_note(n, _N_DIMENSIONS):
            out.append(f"FAD-YAMNet: {note}")
        if note := few_recordings_note(len({p.source for p in pairs}), n, _N_DIMENSIONS):
            out.append(f"FAD_infinity-YAMNet: {note}")
        if len({p.source for p in pairs}) < NO_INTERVAL_BELOW:
            out.append(f"KAD-YAMNet: fewer than {NO_INTERVAL_BELOW} recordings, no interval")
        return out


def _cosine(one: Floats, two: Floats) -> float:
    length = float(np.linalg.norm(one) * np.linalg.norm(two))
    return float(one @ two) / length if length > 0 else NAN


def _heard(clip: ClipFeatures, duration_s: float) -> str:
    return load_class_judge().name(patches(clip, "embedding", duration_s), patches(clip, "scores", duration_s))


def _class_right(reference: ClipFeatures, generated: ClipFeatures) -> float:
    if reference.label not in load_class_judge().judgeable:
        return NAN
    return float(_heard(generated, reference.duration_s) == reference.label)


def _figure(interval: Interval, note: str = "", of: str = "clips") -> Figure:
    return Figure(interval.mean, interval.low, interval.high, interval.n, note=note, of=of)


def _kad(pairs: Sequence[Pair], heard: HeardSet, context: Context) -> Figure:
    # A shuffled truth is made of the references' own recordings: none may meet itself.
    sources = [p.generated.source for p in pairs] if pairs[0].generated.control == "shuffled" else None
    try:
        found = paired_kad(
            heard.true,
            heard.made,
            context.clusters,
            sources,
            level=context.level,
            n_draws=context.n_resamples,
            seed=context.seed,
        )
    except SilentFoleyError as error:
        return Figure(NAN, n=len(pairs), note=error.cause)
    return _figure(found)


def _frechet(pairs: Sequence[Pair], context: Context) -> dict[str, Figure]:
    """Both Frechet distances, over patches."""
    sides = [
        [patches(p.reference, "embedding", p.duration_s) for p in pairs],
        [patches(p.generated, "embedding", heard_s(p)) for p in pairs],
    ]
    # A shuffled truth is made of the references' own recordings, which leave both sides at once.
    moved = bool(pairs) and pairs[0].generated.control == "shuffled"
    whose = [context.clusters, [p.generated.source for p in pairs] if moved else context.clusters]
    names = [[c for c, n in zip(w, side, strict=True) for _ in n] for w, side in zip(whose, sides, strict=True)]
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
            return Figure(found.mean, found.low, found.high, n, note=_infinity_note(n, names), of="patches")
        value = frechet_infinity(true, made, *names, seed=context.seed).value
    except SilentFoleyError as error:
        return Figure(NAN, n=n, note=error.cause, of="patches")
    return Figure(value, n=n, note="controls without interval", of="patches")


def _infinity_note(n: int, names: Sequence[Sequence[Hashable]]) -> str:
    n_recordings = min(len(set(side)) for side in names)
    notes = (small_sample_note(n, _N_DIMENSIONS), few_recordings_note(n_recordings, n, _N_DIMENSIONS))
    return "; ".join(note for note in notes if note)


def _retrieval(heard: HeardSet, context: Context) -> Figure:
    hits = heard.retrieved
    judged = np.isfinite(hits)
    if not judged.any():
        return Figure(NAN, note="no class with two recordings")
    clusters = [c for c, j in zip(context.clusters, judged, strict=True) if j]
    found = mean_interval(
        hits[judged], clusters=clusters, level=context.level, n_resamples=context.n_resamples, seed=context.seed
    )
    return _figure(found)


def _inception(heard: HeardSet, context: Context) -> Figure:
    probabilities = heard.probabilities
    unit = cluster_members(context.clusters, len(probabilities))

    def statistic(chosen: NDArray[np.bool_]) -> Floats:
        return np.array([inception_score(probabilities[row[unit]]) for row in chosen])

    value = inception_score(probabilities)
    draws = min(context.n_resamples, 400)
    return _figure(
        subsampled_interval(
            value, statistic, int(unit.max()) + 1, len(unit), level=context.level, n_draws=draws, seed=context.seed
        )
    )


def _bins(heard: HeardSet, context: Context) -> dict[str, Figure]:
    true = heard.true
    found: BinComparison = compare_bins(true, heard.made, context.seed)
    note = f"{found.n_bins} bins" + ("" if n_bins_for(len(true)) > 4 else ": too few clips to tell much")
    return {
        "NDB-YAMNet": Figure(found.ndb, n=len(true), note=note),
        "JSD-YAMNet": Figure(found.jsd, n=len(true), note=note),
    }


def _novelty(heard: HeardSet, context: Context) -> Figure:
    if heard.no_novelty:
        return Figure(NAN, note=heard.no_novelty)
    interval = mean_interval(
        heard.novelties,
        clusters=context.clusters,
        level=context.level,
        n_resamples=context.n_resamples,
        seed=context.seed,
    )
    return _figure(interval, note=f"{len(context.training)} training takes")


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
    Measure(
        "FAD_infinity-YAMNet",
        "the same at endless samples, drawn without replacement by recording",
        "lower",
        expects=(_TRUE_BEATS_SILENCE,),
    ),
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
        no_order="how near the true sounds lie to what a system was trained on is no property of the controls",
    ),
)
