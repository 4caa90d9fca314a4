"""av_bench_v1: av-benchmark's table, with N, missing clips, controls and intervals that the original leaves out."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping, Sequence
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from silentfoley.evaluation.answers import Kept
from silentfoley.evaluation.av_bench_models import load_models
from silentfoley.evaluation.clip_features import ClipFeatures, Pair
from silentfoley.evaluation.protocol import SOUND_ALONE, Context, Expectation, Figure, Measure, Protocol
from silentfoley.metrics.av_bench import (
    IS_SEED,
    IS_SPLITS,
    cosine_per_clip,
    desync_chance_s,
    desync_per_clip,
    kl_per_clip,
    split_inception_score,
)
from silentfoley.metrics.frechet import frechet_distance, small_sample_note
from silentfoley.metrics.mixtures import Mixture, frechet_mixture, split_inception_mixture

#: Measure to the array whose vectors are pooled over all clips.
_FRECHET = {"FD-VGGish": "vggish_embedding", "FD-PANNs": "panns_embedding", "FD-PaSST": "passt_embedding"}
_KL = {"KL-PANNs": "panns_logits", "KL-PaSST": "passt_logits"}
_IS = {"IS-PANNs": "panns_logits", "IS-PaSST": "passt_logits"}
_NO_INTERVAL = "no interval: a resampled Frechet distance measures its own bias; see sound_v1"
_BLIND = "the sound of another clip is judged as near to this one as its own"


class AvBenchV1(Protocol):
    """FD, KL, IS, IB-score and DeSync, from embeddings by networks that another package brings."""

    name: ClassVar[str] = "av_bench_v1"
    version: ClassVar[int] = 1
    needs = ("av_bench_sound", "av_bench_picture")
    controls: ClassVar[tuple[str, ...]] = ("truth", "shuffled", "random", "metronome", "silence")
    not_made: ClassVar[Mapping[str, str]] = {"truth_redetected": SOUND_ALONE}
    warning: ClassVar[str] = (
        "av_bench_v1 is for standing beside published tables: FD is mostly bias at small N, and guessing scores a "
        f"DeSync of {desync_chance_s():.3f} s"
    )

    def settings(self) -> dict[str, Any]:
        """Splits and rules; what the networks are stands with the features."""
        return {
            "inception_splits": IS_SPLITS,
            "inception_seed": IS_SEED,
            "kl": "softmax, reference from generated, nats, 1e-6 added within the logarithm",
            "frechet": "symmetric eigenvalues, covariance by N - 1",
            "desync_chance_s": desync_chance_s(),
        }

    def measures(self) -> tuple[Measure, ...]:
        """As in the published tables."""
        paired = (Expectation("truth", "shuffled", _BLIND),)
        silent = (Expectation("truth", "silence", "the embedding does not tell these sounds from silence"),)
        frechet = [Measure(n, f"Frechet distance of {n[3:]} embeddings", "lower", expects=silent) for n in _FRECHET]
        kl = [Measure(n, f"divergence of {n[3:]} classes", "lower", "nats", (n,), expects=paired) for n in _KL]
        scores = [
            Measure(n, f"inception score of {n[3:]} classes, no reference", "higher", expects=silent) for n in _IS
        ]
        return (
            *frechet,
            *kl,
            *scores,
            Measure("IB-score", "ImageBind cosine of picture and sound", "higher", "", ("IB-score",), expects=paired),
            Measure("DeSync", "likeliest offset by Synchformer", "lower", "s", ("DeSync",), expects=paired),
        )

    def per_clip(self, reference: ClipFeatures, generated: ClipFeatures, seed: int) -> dict[str, float]:
        """What av-benchmark averages over clips."""
        values = {
            name: float(kl_per_clip(_sound(reference, array)[None], _sound(generated, array)[None])[0])
            for name, array in _KL.items()
        }
        picture = {n: reference[f"av_bench_picture.{n}"] for n in ("imagebind", "synchformer")}
        values["IB-score"] = float(cosine_per_clip(picture["imagebind"][None], _sound(generated, "imagebind")[None])[0])
        logits = load_models().offset_logits(picture["synchformer"], _sound(generated, "synchformer"))
        return {**values, "DeSync": float(desync_per_clip(logits[None])[0])}

    def set_figures(self, pairs: Sequence[Pair], context: Context) -> dict[str, Figure]:
        """What it pools: Frechet distances and inception scores."""
        figures = {name: _guarded(_frechet, pairs, array) for name, array in _FRECHET.items()}
        return figures | {name: _guarded(_inception, pairs, array) for name, array in _IS.items()}

    def kept(self, pairs: Sequence[Pair], context: Context) -> Kept:
        """Embeddings of both sides and the answers' logits, in single precision."""
        if len(pairs) < 2:
            return {}
        kept = {f"made {a}": [_rows(p.generated, a) for p in pairs] for a in (*_FRECHET.values(), *_IS.values())}
        return kept | {f"true {a}": [_rows(p.reference, a) for p in pairs] for a in _FRECHET.values()}

    def mixtures(self, first: Kept, second: Kept, clusters: Sequence[Hashable]) -> dict[str, Mixture]:
        """Frechet distances and, of enough clips for the splits, inception scores."""
        if not first or not second:
            return {}
        found: dict[str, Mixture] = {}
        for name, array in _FRECHET.items():
            true, one, two = first[f"true {array}"], first[f"made {array}"], second[f"made {array}"]
            found[name] = frechet_mixture(_doubles(true), _doubles(one), _doubles(two), clusters)
        if len(clusters) < IS_SPLITS:
            return found
        for name, array in _IS.items():
            logits = [np.concatenate(_doubles(k[f"made {array}"])) for k in (first, second)]
            found[name] = split_inception_mixture(logits[0], logits[1], clusters)
        return found


def _sound(clip: ClipFeatures, array: str) -> NDArray[Any]:
    return clip[f"av_bench_sound.{array}"]


def _rows(clip: ClipFeatures, array: str) -> NDArray[np.float32]:
    """(windows, D) of a clip; one row where it has one vector."""
    return np.atleast_2d(_sound(clip, array)).astype(np.float32)


def _doubles(rows: Sequence[NDArray[Any]]) -> list[NDArray[np.float64]]:
    return [np.asarray(r, dtype=np.float64) for r in rows]


def _guarded(make: Callable[[Sequence[Pair], str], Figure], pairs: Sequence[Pair], array: str) -> Figure:
    """A figure, or why there is none: two clips are needed for a covariance, ten for ten splits."""
    fewest = 2 if make is _frechet else IS_SPLITS
    if len(pairs) < fewest:
        return Figure(float("nan"), n=len(pairs), note=f"{fewest} clips are needed")
    return make(pairs, array)


def _frechet(pairs: Sequence[Pair], array: str) -> Figure:
    sides = [[p.reference for p in pairs], [p.generated for p in pairs]]
    one, other = (np.concatenate([np.atleast_2d(_sound(c, array)) for c in clips]) for clips in sides)
    note = small_sample_note(min(len(one), len(other)), one.shape[1]) or _NO_INTERVAL
    of = "clips" if len(one) == len(pairs) else "windows"
    return Figure(frechet_distance(one, other), n=len(other), note=note, of=of)


def _inception(pairs: Sequence[Pair], array: str) -> Figure:
    score = split_inception_score(np.stack([_sound(p.generated, array) for p in pairs]))
    note = f"standard deviation over {IS_SPLITS} splits {score.std:.3g}"
    return Figure(score.mean, n=len(pairs), note=note)
