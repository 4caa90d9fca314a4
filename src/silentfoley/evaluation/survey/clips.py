"""Which clips a listening test may use: in the truth and in every system, each with sound."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from silentfoley.errors import DataError
from silentfoley.evaluation.media_folder import MediaClip, MediaFolder
from silentfoley.evaluation.pairing import match_rule
from silentfoley.evaluation.survey.design import TRUTH


@dataclass(frozen=True)
class Sides:
    """One clip, true and as every system has it.

    Attributes:
        truth: gives id, class, recording, length and, if it has one, the picture.
        systems: by name.
    """

    truth: MediaClip
    systems: Mapping[str, MediaClip]


@dataclass(frozen=True)
class Matched:
    """Clips that all sides have, in order of the true id; the others with the reason."""

    clips: tuple[Sides, ...]
    missing: Mapping[str, str]


def match_folders(truth: MediaFolder, systems: Mapping[str, MediaFolder]) -> Matched:
    """Match by stem where stems are unique on every side, else by path, as scoring does.

    Raises:
        DataError: if a system's name cannot be used, or no clip is on every side.
    """
    for system in systems:
        if not system.strip() or system == TRUTH:
            raise DataError("systems", f"{system!r} is no name for a system", "name it otherwise: NAME=DIR")
    if not systems:
        raise DataError("systems", "none is given", "name at least one: NAME=DIR")
    rule = match_rule(_ids(truth), *(_ids(f) for f in systems.values()))
    answers = {name: _by_rule(folder, rule) for name, folder in systems.items()}
    missing = {b.path: f"{TRUTH}: {b.reason}" for b in truth.bad}
    clips: list[Sides] = []
    for clip in truth.clips:
        found = {name: given.get(rule(clip.id), "no such clip") for name, given in answers.items()}
        reasons = [f"{name}: {why}" for name, why in found.items() if isinstance(why, str)]
        if clip.sound_path is None:
            reasons.insert(0, f"{TRUTH}: has no sound")
        if reasons:
            missing[clip.id] = "; ".join(reasons)
        else:
            clips.append(Sides(clip, {n: a for n, a in found.items() if isinstance(a, MediaClip)}))
    if not clips:
        first = next(iter(missing.items()), ("", ""))
        cause = f"no clip is on every side ({first[0]}: {first[1]})"
        raise DataError(
            ", ".join(map(str, [truth.root, *(f.root for f in systems.values())])), cause, "name files alike"
        )
    return Matched(tuple(clips), dict(sorted(missing.items())))


def in_turns(clips: Sequence[Sides], seed: int) -> tuple[Sides, ...]:
    """All clips in an order drawn by ``seed``, classes taking turns: its first are a fair choice, however many."""
    rng = np.random.default_rng(seed)
    by_label: dict[str, list[Sides]] = {}
    for i in rng.permutation(len(clips)):
        by_label.setdefault(clips[i].truth.label, []).append(clips[i])
    # The k-th of every class before the (k + 1)-th of any.
    turns = sorted(((k, n, c) for n, group in enumerate(by_label.values()) for k, c in enumerate(group)), key=_turn)
    return tuple(c for _, _, c in turns)


def _turn(item: tuple[int, int, Sides]) -> tuple[int, int]:
    return item[:2]


def _ids(folder: MediaFolder) -> list[str]:
    return [*(c.id for c in folder.clips), *(b.path for b in folder.bad)]


def _by_rule(folder: MediaFolder, rule: Callable[[str], str]) -> dict[str, MediaClip | str]:
    found: dict[str, MediaClip | str] = {rule(b.path): b.reason for b in folder.bad}
    for clip in folder.clips:
        found[rule(clip.id)] = clip if clip.sound_path is not None else "has no sound"
    return found
