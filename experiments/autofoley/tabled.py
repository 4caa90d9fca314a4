"""Answers of several seeds to the figures of one row."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from judging import Answer
from lab import figure, ratio

from silentfoley.evaluation.events_v1 import skill_of

#: Figures of a classifier, in the order of the tables.
FIGURES = ("class_accuracy", "event_f1", "event_skill", "decoys_silent", "sound_r", "loudness_r")


def row(by_seed: Mapping[int, Sequence[Answer]]) -> dict[str, Any]:
    """Class, timing, silence and sound with intervals over clips; a clip is drawn with the answers of all seeds."""
    everything = [a for answers in by_seed.values() for a in answers]
    clips = [a.clip for a in everything]
    events = [[a.values["f1@50ms"], a.values["chance@50ms"]] for a in everything]
    decoys = [a for a in everything if a.silent and a.values["n_cues"] == a.values["n_cues"]]
    figures = {
        "class_accuracy": figure([a.right for a in everything], clips),
        "event_f1": figure([e[0] for e in events], clips),
        "event_skill": ratio(events, clips, skill_of),
        "decoys_silent": figure([float(a.values["n_cues"] == 0) for a in decoys], [a.clip for a in decoys]),
        **{name: figure([a.values[name] for a in everything], clips) for name in ("sound_r", "loudness_r")},
        "class_sound_r": figure([a.values["class_sound_r"] for a in everything], clips),
    }
    seeds = {
        str(seed): round(sum(a.right for a in answers) / max(len(answers), 1), 4) for seed, answers in by_seed.items()
    }
    return {"seeds": sorted(by_seed), "class_accuracy_by_seed": seeds, "figures": figures}


def confusion(by_seed: Mapping[int, Sequence[Answer]]) -> dict[str, dict[str, int]]:
    """Counts by true and named class, seeds added up."""
    everything = [a for answers in by_seed.values() for a in answers]
    labels = sorted({a.label for a in everything} | {a.predicted for a in everything})
    return {t: {p: sum(a.label == t and a.predicted == p for a in everything) for p in labels} for t in labels}
