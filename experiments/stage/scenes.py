"""Training data of the backbone: pictures of clips, and what each of their actors does, drawn again from the seeds."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import short_clips
from prefill import stage_data

from silentfoley.labels import LABELS
from silentfoley.stage.clip import Scene, draw_scene
from silentfoley.stage.registry import get_act
from silentfoley.stage.seeds import clip_seed
from silentfoley.timegrid import HOP_SAMPLES, SAMPLE_RATE_HZ

NOBODY = -1
#: Seconds from one column to the next.
COLUMN_S = HOP_SAMPLES / SAMPLE_RATE_HZ


@dataclass(frozen=True)
class Part:
    """One actor.

    Attributes:
        label: index of its class, or NOBODY.
        course: ``forward``, ``backward`` or ``still``.
        events_s: when it strikes, on its own clock; empty for textures' timing and for decoys.
    """

    label: int
    course: str
    events_s: np.ndarray


@dataclass(frozen=True)
class Pictures:
    """Grey pictures of one clip at columns with its two parts.

    Attributes:
        grey: (T, 64, 64) uint8.
        lead, foil: who acts.
        duration_s: of the clip.
        mirrors: whether its mirror image is another true clip.
    """

    grey: np.ndarray
    lead: Part
    foil: Part
    duration_s: float
    mirrors: bool


def with_truth(grey: np.ndarray, scene: Scene) -> Pictures:
    """Pictures with the parts of their scene."""
    actors = [scene.lead, scene.foil]
    parts = [
        Part(NOBODY, "still", np.zeros(0))
        if a is None
        else Part(
            LABELS.index(a.plan.label),
            a.course,
            np.array([e.time_s for e in a.plan.events if e.duration_s is None]),
        )
        for a in actors
    ]
    mirrors = all(get_act(a.plan.label).mirrors for a in actors if a is not None)
    return Pictures(grey, parts[0], parts[1], scene.duration_s, mirrors)


def short(paths: list[Path]) -> list[Pictures]:
    """Clips of ``short_clips.py``."""
    clips = []
    for path in paths:
        with np.load(path) as stored:
            pictures, first, root, fps = (stored[k] for k in ("pictures", "first", "root_seed", "fps"))
        spec = short_clips.spec_of(int(fps))
        for i, grey in enumerate(pictures):
            clips.append(with_truth(grey, draw_scene(spec, clip_seed(int(root), "train", int(first) + i))))
    return clips


def full(split: str, count: int) -> list[Pictures]:
    """Clips of the feature cache that are there already, among the first ``count`` of a split."""
    data = stage_data(f"++data.sizes={{{split}: {count}}}")
    source, settings = data.sources()[split], data.maker.settings()
    clips = []
    for i in range(count):
        entry = data.cache.get(source.content(i), settings)
        if entry is not None:
            # The middle channel of a space-time image is the picture of the column itself.
            scene = draw_scene(source._spec, clip_seed(source.seed, split, i))  # type: ignore[attr-defined]
            clips.append(with_truth(entry.arrays["features"][:, 1].copy(), scene))
    return clips


def onset_at(part: Part, moments_s: np.ndarray, width_s: float = 0.04) -> np.ndarray:
    """(N,) onset target of a forward actor at moments: a bell around each strike."""
    if part.label == NOBODY or part.events_s.size == 0:
        return np.zeros(len(moments_s))
    nearest = np.abs(moments_s[:, None] - part.events_s).min(axis=1)
    return np.exp(-0.5 * (nearest / width_s) ** 2)
