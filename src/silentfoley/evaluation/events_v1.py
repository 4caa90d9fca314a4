"""``events_v1``: do cues stand where events are?

One-to-one maximum matching at 25, 50 and 100 ms. F1 alone rewards many cues on dense clips (a blind metronome may win
it), so beside every F1 stand its *chance* (the same cues shifted round the clip) and its *skill*
``(F1 - chance) / (1 - chance)``: 0 for timing that knows nothing, 1 for the truth.
"""

from __future__ import annotations

import zlib
from collections.abc import Hashable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from silentfoley.evaluation.answers import Kept
from silentfoley.evaluation.clip_features import ClipFeatures, Pair
from silentfoley.evaluation.protocol import Context, Expectation, Figure, Measure, Protocol
from silentfoley.metrics.bootstrap import Interval
from silentfoley.metrics.events import score_counts
from silentfoley.metrics.matching import match_events
from silentfoley.metrics.mixtures import Mixture, average_precision_mixture, quantile_mixture
from silentfoley.metrics.ranking import ranked_hits
from silentfoley.metrics.shifted import count_shifted_matches
from silentfoley.metrics.weighted import weighted_average_precision, weighted_interval, weighted_quantile

TOLERANCES_MS = (25, 50, 100)
#: Shifts per clip and seed.
CHANCE_DRAWS = 200
#: Tolerance at which matched times are looked at.
TIMING_MS = 100

Floats = NDArray[np.float64]


class EventsV1(Protocol):
    """See the module. Cues of textures (rain) are no events; a clip whose truth holds nothing else is not judged."""

    name = "events_v1"
    version = 1
    needs = ("events",)
    draws = True
    set_draws = False

    def settings(self) -> dict[str, Any]:
        """Tolerances, draws, rules."""
        return {
            "tolerances_ms": list(TOLERANCES_MS),
            "chance_draws_per_seed": CHANCE_DRAWS,
            "timing_tolerance_ms": TIMING_MS,
            "matching": "one-to-one, largest",
            "silent_clip": "rightly silent scores 1, and so does its chance",
            "classes": "not compared",
        }

    def measures(self) -> tuple[Measure, ...]:
        """Skill first."""
        return (
            *(m for ms in (50, 25, 100) for m in _at(ms)),
            *_COUNTS,
            *_RANKED,
            *_TIMING,
        )

    def per_clip(self, reference: ClipFeatures, generated: ClipFeatures, seed: int) -> dict[str, float]:
        """Counts, F1 and chance at each tolerance; NaN where the truth is a texture."""
        true, cues = _events(reference, generated)
        judged = not _texture_only(reference, true)
        duration_s = reference.duration_s
        rng = np.random.default_rng([seed, zlib.crc32(reference.id.encode())])
        shifts = rng.uniform(0.0, duration_s, CHANCE_DRAWS)
        blind = count_shifted_matches(true, cues, np.array(TOLERANCES_MS) / 1000, shifts, duration_s)
        out: dict[str, float] = {"n_true": true.size, "n_cues": cues.size, "extra_cues": cues.size - true.size}
        out["count_error"] = abs(cues.size - true.size)
        out["silent"] = float("nan") if true.size else float(cues.size == 0)
        for ms, by_chance in zip(TOLERANCES_MS, blind, strict=True):
            score = score_counts(true.size, cues.size, len(match_events(true, cues, ms / 1000)))
            out[f"matched@{ms}ms"] = score.n_matched
            out[f"precision@{ms}ms"] = score.precision
            out[f"recall@{ms}ms"] = score.recall
            out[f"f1@{ms}ms"] = score.f1
            out[f"chance@{ms}ms"] = float(_f1(by_chance, true.size, cues.size).mean())
            out[f"matched_by_chance@{ms}ms"] = float(by_chance.mean())
        return {name: float(value) if judged else float("nan") for name, value in out.items()}

    def set_figures(self, pairs: Sequence[Pair], context: Context) -> dict[str, Figure]:
        """Average precision and timing."""
        judged = [(p, c) for p, c in zip(pairs, context.clusters, strict=True) if not _texture_only(p.reference)]
        clusters = [c for _, c in judged]
        found = self.kept([p for p, _ in judged], context)
        n_true = np.array([n[0] for n in found["n_true"]], dtype=np.int64)
        figures = {
            f"ap@{ms}ms": _ap(found[f"hits@{ms}ms"], found["strengths"], n_true, clusters, context)
            for ms in TOLERANCES_MS
        }
        return figures | _timing(found["errors_ms"], clusters, context)

    def kept(self, pairs: Sequence[Pair], context: Context) -> Kept:
        """Hits and strengths of cues, errors of matched ones; nothing of clips that are not judged."""
        judged = [not _texture_only(p.reference) for p in pairs]
        events = [
            _events(p.reference, p.generated) if j else (_NONE, _NONE) for p, j in zip(pairs, judged, strict=True)
        ]
        strengths = [p.generated.strengths(p.duration_s) if j else _NONE for p, j in zip(pairs, judged, strict=True)]
        hits = {
            f"hits@{ms}ms": [ranked_hits(t, c, s, ms / 1000) for (t, c), s in zip(events, strengths, strict=True)]
            for ms in TOLERANCES_MS
        }
        errors = [match_events(t, c, TIMING_MS / 1000).error_s * 1000 for t, c in events]
        return {**hits, "strengths": strengths, "n_true": [np.array([t.size]) for t, _ in events], "errors_ms": errors}

    def mixtures(self, first: Kept, second: Kept, clusters: Sequence[Hashable]) -> dict[str, Mixture]:
        """Average precision and timing."""
        if not first or not second:
            return {}
        n_true = np.concatenate(first["n_true"])
        ranks = (first["strengths"], second["strengths"])
        ap = {
            f"ap@{ms}ms": average_precision_mixture((first[hits], second[hits]), ranks, n_true, clusters)
            for ms in TOLERANCES_MS
            for hits in (f"hits@{ms}ms",)
        }
        return ap | {
            name: quantile_mixture(
                _signed(first["errors_ms"], signed), _signed(second["errors_ms"], signed), q, clusters
            )
            for name, (signed, q) in _TIMES.items()
        }

    def detail(self, reference: ClipFeatures, generated: ClipFeatures) -> dict[str, Any]:
        """Times of both sides and the errors of matched pairs, in seconds."""
        true, cues = _events(reference, generated)
        errors = match_events(true, cues, TIMING_MS / 1000).error_s
        return {name: np.round(v, 4).tolist() for name, v in (("true_s", true), ("cues_s", cues), ("errors_s", errors))}

    def remarks(self, pairs: Sequence[Pair]) -> list[str]:
        """What is left out."""
        n_textures = sum(_texture_only(p.reference) for p in pairs)
        return [f"{n_textures} clips hold textures alone and are not judged"] if n_textures else []


def _events(reference: ClipFeatures, generated: ClipFeatures) -> tuple[Floats, Floats]:
    return reference.events_s(reference.duration_s), generated.events_s(reference.duration_s)


def _texture_only(reference: ClipFeatures, true: Floats | None = None) -> bool:
    n_true = reference.events_s(reference.duration_s).size if true is None else true.size
    return n_true == 0 and reference.notes.get("cues", {}).get("n_textures", 0) > 0


def _f1(matched: Floats | NDArray[np.int64], n_true: int, n_cues: int) -> Floats:
    if n_true == 0 and n_cues == 0:
        return np.ones(np.shape(matched))
    return np.asarray(2 * matched / (n_true + n_cues), dtype=np.float64)


def skill_of(means: Floats) -> Floats:
    """(..., 2) mean F1 and mean chance to skill; 0 where chance leaves no room."""
    f1, chance = means[..., 0], means[..., 1]
    room = 1.0 - chance
    out = np.zeros(np.shape(f1))
    np.divide(f1 - chance, room, out=out, where=room > 1e-12)
    return np.where(np.isnan(f1), np.nan, out)


def pooled_f1(means: Floats) -> Floats:
    """(..., 3) mean matches, true events and cues to F1 over all events together; 1 if there are none at all."""
    matched, n_true, n_cues = np.moveaxis(means, -1, 0)
    total = n_true + n_cues
    out = np.where(np.isnan(total), np.nan, 1.0)
    np.divide(2 * matched, total, out=out, where=total > 0)
    return out


def pooled_skill(means: Floats) -> Floats:
    """(..., 4) mean matches, matches by chance, true events, cues to skill over all events together."""
    f1, chance = (pooled_f1(means[..., [k, 2, 3]]) for k in (0, 1))
    return skill_of(np.stack([f1, chance], axis=-1))


def _share(means: Floats) -> Floats:
    """(..., 2) part and whole to their ratio; 0 of nothing is 0."""
    part, whole = means[..., 0], means[..., 1]
    out = np.where(np.isnan(whole), np.nan, 0.0)
    np.divide(part, whole, out=out, where=whole > 0)
    return out


def _ap(
    hits: Sequence[NDArray[np.bool_]],
    strengths: Sequence[Floats],
    n_true: NDArray[np.int64],
    clusters: Sequence[Hashable],
    context: Context,
) -> Figure:
    if not hits:
        return Figure(float("nan"), note="no clips")
    hit, rank, clip = np.concatenate(hits), np.concatenate(strengths), _clip_of(hits)
    interval = weighted_interval(
        lambda weights: weighted_average_precision(hit, rank, clip, n_true, weights),
        len(hits),
        clusters=clusters,
        n_resamples=context.n_resamples,
        size=3 * hit.size,
    )
    return _figure(interval, len(hits))


def _timing(errors_ms: Sequence[Floats], clusters: Sequence[Hashable], context: Context) -> dict[str, Figure]:
    n_matched = sum(e.size for e in errors_ms)
    if not n_matched:
        return {n: Figure(float("nan"), note="nothing matched", of="matched events") for n in _TIMES}
    error, clip = np.concatenate(errors_ms), _clip_of(errors_ms)

    def figure(values: Floats, q: float) -> Figure:
        interval = weighted_interval(
            lambda weights: weighted_quantile(values, clip, weights, q),
            len(errors_ms),
            clusters=clusters,
            n_resamples=context.n_resamples,
            size=2 * error.size,
        )
        return _figure(interval, n_matched, "matched events")

    return {n: figure(error if signed else np.abs(error), q) for n, (signed, q) in _TIMES.items()}


def _signed(errors_ms: Sequence[NDArray[Any]], signed: bool) -> Sequence[NDArray[Any]]:
    return errors_ms if signed else [np.abs(e) for e in errors_ms]


_NONE = np.zeros(0)
#: Of matched times: whether the sign counts, and which quantile.
_TIMES = {"timing_median": (False, 0.5), "timing_p90": (False, 0.9), "timing_bias": (True, 0.5)}


def _clip_of(values: Sequence[NDArray[Any]]) -> NDArray[np.int64]:
    """Number of the clip of every value, clips put end to end."""
    return np.repeat(np.arange(len(values)), [v.size for v in values])


def _figure(interval: Interval, n: int, of: str = "clips") -> Figure:
    return Figure(interval.mean, interval.low, interval.high, n, of=of)


_IS_CHANCE = "what blind timing gets: how many cues there are decides"


def _at(ms: int) -> tuple[Measure, ...]:
    f1, chance = f"f1@{ms}ms", f"chance@{ms}ms"
    pooled = (f"matched@{ms}ms", f"matched_by_chance@{ms}ms", "n_true", "n_cues")
    order = Expectation("truth", "shuffled", "Another clip's events match as well as the true ones: times are alike.")
    blind = "Blind timing scores above or below chance: chance is misjudged here, read no skill from this table."
    zero = tuple(Expectation(c, "", blind, 0.0, within=0.02) for c in ("metronome", "random", "silence"))
    ceiling = Expectation("truth_redetected", "random", "The detector hears nothing of the true events: do not use it.")
    last = Expectation("random", "silence", "Blind cues gain nothing over silence: there are hardly any events.")
    return (
        Measure(f"skill@{ms}ms", "skill of the mean F1 of clips", "higher", parts=(f1, chance), combine=skill_of,
                expects=(order, ceiling, *zero)),
        Measure(f1, "F1, mean of clips", "higher", parts=(f1,), expects=(order, last)),
        Measure(chance, "F1 of the same cues shifted round the clip", "higher", parts=(chance,), no_order=_IS_CHANCE),
        Measure(f"precision@{ms}ms", "share of cues that match, all clips pooled", "higher",
                parts=(pooled[0], "n_cues"), combine=_share, expects=(order,)),
        Measure(f"recall@{ms}ms", "share of events that are matched, all clips pooled", "higher",
                parts=(pooled[0], "n_true"), combine=_share, expects=(order,)),
        Measure(f"f1_pooled@{ms}ms", "F1 over all events together", "higher",
                parts=(pooled[0], "n_true", "n_cues"), combine=pooled_f1, expects=(order,)),
        Measure(f"chance_pooled@{ms}ms", "chance of the pooled F1", "higher",
                parts=pooled[1:], combine=pooled_f1, no_order=_IS_CHANCE),
        Measure(f"skill_pooled@{ms}ms", "skill of the pooled F1", "higher", parts=pooled, combine=pooled_skill,
                expects=(order, *zero)),
    )  # fmt: skip


_COUNTS = (
    Measure("count_error", "distance of the numbers of cues and events, mean of clips", "lower", "events",
            parts=("count_error",), expects=(Expectation("truth", "silence", "Nothing happens in these clips."),)),
    Measure("extra_cues", "cues beyond events (negative: too few), mean of clips", "zero", "events",
            parts=("extra_cues",),
            expects=(Expectation("truth", "", "The truth has not as many events as itself.", 0.0),)),
    Measure("silent_right", "share of clips without events left silent", "higher", parts=("silent",),
            expects=(Expectation("silence", "metronome", "Silence is not recognised as right."),)),
)  # fmt: skip
_RANKED = tuple(
    Measure(f"ap@{ms}ms", "average precision, cues ranked by strength, every event in the denominator", "higher",
            expects=(Expectation("truth", "random", "Blind cues rank as well as the truth: times are alike."),
                     Expectation("random", "silence", "Blind cues gain nothing over silence: hardly any events.")))
    for ms in TOLERANCES_MS
)  # fmt: skip
_TIMING = (
    Measure("timing_median", f"median distance of matched times ({TIMING_MS} ms); read it with recall", "lower", "ms",
            expects=(Expectation("truth", "random", "Blind cues are as near as the truth."),)),
    Measure("timing_p90", f"90th percentile of it ({TIMING_MS} ms)", "lower", "ms",
            expects=(Expectation("truth", "random", "Blind cues are as near as the truth."),)),
    Measure("timing_bias", f"median of cue minus event ({TIMING_MS} ms); positive is late", "zero", "ms",
            expects=(Expectation("truth", "", "The truth is early or late against itself.", 0.0),)),
)  # fmt: skip
