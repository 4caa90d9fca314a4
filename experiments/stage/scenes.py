"""Training data of the backbone: pictures of clips, and what each of their actors does, drawn again from the seeds."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import short_clips
from prefill import stage_data

from silentfoley.labels import LABELS
from silentfoley.stage.clip import ClipSpec, Scene, draw_scene
from silentfoley.stage.registry import get_act
from silentfoley.stage.scene import Actor
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
        silent: whether it is a decoy.
        strikes_s: when it strikes, on its own clock, or, of a decoy, when it stops short; empty for textures.
    """

    label: int
    silent: bool
    strikes_s: np.ndarray


ABSENT = Part(NOBODY, False, np.zeros(0))


@dataclass(frozen=True)
class Pictures:
    """Grey pictures of one clip at columns with its two moving parts.

    Attributes:
        grey: (T, 64, 64) uint8.
        forward, backward: who acts, in either direction of time.
        duration_s: of the clip.
        mirrors: whether its mirror image is another true clip.
    """

    grey: np.ndarray
    forward: Part
    backward: Part
    duration_s: float
    mirrors: bool


def part_of(actor: Actor | None, spec: ClipSpec, seed: int, *, lead: bool) -> Part:
    """What an actor does. A decoy is drawn from the numbers of its sounding twin, which tells when it stops short."""
    if actor is None or actor.course == "still":
        return ABSENT
    plan = actor.plan
    if plan.silent and lead:
        plan = draw_scene(replace(spec, silent=False), seed).lead.plan
    strikes = np.array([event.time_s for event in plan.events if event.duration_s is None])
    return Part(LABELS.index(plan.label), actor.plan.silent, strikes)


def with_truth(grey: np.ndarray, spec: ClipSpec, seed: int) -> Pictures:
    """Pictures with the parts of their scene."""
    scene: Scene = draw_scene(spec, seed)
    forward = part_of(scene.lead, spec, seed, lead=True)
    backward = part_of(scene.foil, spec, seed, lead=False)
    mirrors = all(get_act(a.plan.label).mirrors for a in (scene.lead, scene.foil) if a is not None)
    return Pictures(grey, forward, backward, scene.duration_s, mirrors)


def short(paths: list[Path]) -> list[Pictures]:
    """Clips of ``short_clips.py``."""
    clips = []
    for path in paths:
        with np.load(path) as stored:
            pictures, first, root, fps = (stored[k] for k in ("pictures", "first", "root_seed", "fps"))
        spec = short_clips.spec_of(int(fps))
        for i, grey in enumerate(pictures):
            clips.append(with_truth(grey, spec, clip_seed(int(root), "train", int(first) + i)))
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
            spec = source._spec  # type: ignore[attr-defined]
            clips.append(with_truth(entry.arrays["features"][:, 1].copy(), spec, clip_seed(source.seed, split, i)))
    return clips


def bell(part: Part, moments_s: np.ndarray, width_s: float = 0.03) -> np.ndarray:
    """(N,) 1 where a part strikes (or stops short) at a moment, falling off beside it."""
    if part.label == NOBODY or part.strikes_s.size == 0:
        return np.zeros(len(moments_s))
    nearest = np.abs(moments_s[:, None] - part.strikes_s).min(axis=1)
    return np.exp(-0.5 * (nearest / width_s) ** 2)
