"""Sounds made in memory under ``shape_v1``, ``sound_v1`` and ``events_v1``: one row of a table."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np
from lab import figure, ratio
from numpy.typing import NDArray

from silentfoley.data.items import ClipItem
from silentfoley.errors import SilentFoleyError
from silentfoley.evaluation.clip_features import ClipFeatures
from silentfoley.evaluation.cue_extractor import CueExtractor
from silentfoley.evaluation.events_v1 import EventsV1, skill_of
from silentfoley.evaluation.extractor import Extractor, OpenClip
from silentfoley.evaluation.onset_extractor import OnsetExtractor
from silentfoley.evaluation.shape_v1 import ShapeV1
from silentfoley.evaluation.sound_extractor import SoundExtractor
from silentfoley.evaluation.sound_v1 import SoundV1
from silentfoley.evaluation.yamnet_extractor import YamnetExtractor
from silentfoley.evaluation.yamnet_patches import RATE_HZ, n_patches
from silentfoley.metrics.paired_kad import paired_kad
from silentfoley.waveform import Waveform

#: Per-clip values of a row.
VALUES = (
    "log_spectral_distance_db",
    "envelope_error",
    "level_difference_db",
    "class_right",
    "cosine",
    "f1@50ms",
    "chance@50ms",
)


def hear(item: ClipItem, sound: Waveform, *, truth: bool = False) -> ClipFeatures:
    """Everything the protocols read of one sound; events are the cues of an annotated truth, else detected."""
    extractors: list[Extractor] = [SoundExtractor(), OnsetExtractor(), YamnetExtractor()]
    annotated = truth and item.annotated
    clip = OpenClip(item.id, float(item.grid.duration_s), cues=item.cues if annotated else None, memory=sound)
    groups = {e.name: e.extract(clip) for e in [*extractors, *([CueExtractor()] if annotated else [])]}
    arrays = {f"{g}.{name}": a for g, group in groups.items() for name, a in group.arrays.items()}
    source = groups["cues" if annotated else "onsets"]
    arrays |= {f"events.{name}": a for name, a in source.arrays.items()}
    notes = {name: group.notes for name, group in groups.items()}
    return ClipFeatures(item.id, item.id, item.label, float(item.grid.duration_s), arrays, notes)


def clip_values(reference: ClipFeatures, generated: ClipFeatures) -> dict[str, float]:
    """Per-clip values of all three protocols, those of :data:`VALUES`."""
    found: dict[str, float] = {}
    for protocol in (ShapeV1(), SoundV1(), EventsV1()):
        found |= protocol.per_clip(reference, generated, 0)
    return {name: found[name] for name in VALUES}


def embedding(clip: ClipFeatures) -> NDArray[np.float64]:
    """(1024,) mean of YAMNet's patches within the clip."""
    rows = np.asarray(clip["yamnet.embedding"])[: n_patches(round(clip.duration_s * RATE_HZ))]
    return np.asarray(rows.mean(axis=0, dtype=np.float64))


def kad(references: Sequence[ClipFeatures], generated: Sequence[ClipFeatures]) -> dict[str, Any]:
    """KAD-YAMNet with its interval; a shuffled truth never meets itself."""
    true, made = (np.stack([embedding(c) for c in side]) for side in (references, generated))
    sources = [c.source for c in generated] if generated[0].control == "shuffled" else None
    try:
        return paired_kad(true, made, [c.source for c in references], sources, n_draws=400).to_dict()
    except SilentFoleyError as error:
        return {"mean": None, "low": None, "high": None, "n": len(references), "note": error.cause}


def row(references: Sequence[ClipFeatures], by_seed: Mapping[int, Sequence[ClipFeatures]]) -> dict[str, Any]:
    """Figures of one way to make sound; a clip is drawn with the sounds of all seeds.

    KAD is that of the first seed; ``by_seed`` holds it for each.
    """
    values = [clip_values(r, g) for made in by_seed.values() for r, g in zip(references, made, strict=True)]
    clips = [r.id for _ in by_seed for r in references]
    figures = {name: figure([v[name] for v in values], clips) for name in VALUES}
    events = [[v["f1@50ms"], v["chance@50ms"]] for v in values]
    figures["event_skill"] = ratio(events, clips, skill_of)
    kads = {str(seed): kad(references, made) for seed, made in by_seed.items()}
    figures["KAD-YAMNet"] = next(iter(kads.values()))
    own = spread(references, values, by_seed)
    own = {seed: {**found, "KAD-YAMNet": kads[seed]["mean"]} for seed, found in own.items()}
    return {"seeds": sorted(by_seed), "by_seed": own, "figures": figures}


def spread(
    references: Sequence[ClipFeatures], values: Sequence[Mapping[str, float]], seeds: Iterable[int]
) -> dict[str, dict[str, Any]]:
    """Mean distance and event skill of each seed by itself; ``values`` hold the seeds one after the other."""
    names = ("log_spectral_distance_db", "f1@50ms", "chance@50ms")
    table = np.array([[v[n] for n in names] for v in values]).reshape(-1, len(references), len(names))
    means = np.nanmean(table, axis=1)
    return {
        str(seed): {names[0]: round(float(m[0]), 3), "event_skill": round(float(skill_of(m[1:])), 3)}
        for seed, m in zip(seeds, means, strict=True)
    }
