"""A trained run clip by clip: class, events under ``events_v1``, predicted sound; and what the network costs."""

from __future__ import annotations

import csv
import io
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from silentfoley.classifiers.module import ClassifierModule
from silentfoley.cues import CueSheet
from silentfoley.data.dataset import ClipDataset
from silentfoley.data.items import ClipItem, collate
from silentfoley.decode import decode
from silentfoley.evaluation.clip_features import ClipFeatures
from silentfoley.evaluation.events_v1 import EventsV1
from silentfoley.files import write_text
from silentfoley.labels import TEXTURES
from silentfoley.perception import Perception
from silentfoley.training.checkpoints import load_run
from silentfoley.training.evaluate import perceive, tuned
from silentfoley.training.run_folder import best_checkpoint
from silentfoley.training.trained_on import check_tests

#: Values of ``events_v1`` that are kept.
EVENT_VALUES = ("f1@50ms", "chance@50ms", "n_true", "n_cues", "matched@50ms")
FIELDS = ("split", "clip", "label", "predicted", "silent", *EVENT_VALUES, "sound_r", "loudness_r", "class_sound_r")


@dataclass(frozen=True)
class Answer:
    """One clip judged; NaN where a value does not apply."""

    split: str
    clip: str
    label: str
    predicted: str
    silent: bool
    values: dict[str, float]

    @property
    def right(self) -> float:
        """1 where the class is named."""
        return float(self.predicted == self.label)


def features_of(item: ClipItem, sheet: CueSheet) -> ClipFeatures:
    """What ``events_v1`` reads of a clip and a sheet of its class."""
    hits = [c for c in sheet if c.label not in TEXTURES]
    events = {
        "events.start_s": np.array([c.start_s for c in hits], dtype=np.float64),
        "events.strength": np.array([c.strength for c in hits], dtype=np.float64),
    }
    # A decoy of a texture holds no cue, yet has no event to time either.
    notes = {"cues": {"n_textures": int(item.label in TEXTURES)}}
    return ClipFeatures(item.id, item.id, item.label, float(item.grid.duration_s), events, notes)


def correlation(one: NDArray[Any], other: NDArray[Any]) -> float:
    """Pearson's r over all values; NaN where one side stands still."""
    a, b = one.ravel() - one.mean(), other.ravel() - other.mean()
    length = float(np.sqrt((a @ a) * (b @ b)))
    return float(a @ b) / length if length > 1e-9 else float("nan")


def class_sounds(dataset: ClipDataset) -> dict[str, NDArray[np.float64]]:
    """(F,) mean sound feature of each class over its sounding training clips: a control that knows the class alone."""
    sums: dict[str, list[NDArray[np.float64]]] = {}
    for i in range(len(dataset)):
        item = dataset[i]
        if item.sound.shape[-1] and not item.silent:
            sums.setdefault(item.label, []).append(item.sound.mean(axis=0, dtype=np.float64))
    return {label: np.mean(rows, axis=0) for label, rows in sums.items()}


def judge(run: Path) -> list[Answer]:
    """Every test clip of a run's best checkpoint, kept beside it; cues decoded with settings tuned on validation.

    The decoder is told the class, so that timing and silence are judged apart from naming. Answers
    older than the checkpoint are made again.
    """
    path = run / "answers.csv"
    if path.is_file() and path.stat().st_mtime > best_checkpoint(run).stat().st_mtime:
        return read(path)
    module, data, _ = load_run(run)
    assert isinstance(module, ClassifierModule)
    check_tests(run, data)
    data.setup("test")
    settings = tuned(module, data.datasets["val"], data.labels)
    means = class_sounds(data.datasets["train"])
    answers = []
    for split in data.test_names():
        for item, seen in perceive(module, data.datasets[split], data.labels):
            cues = decode(seen, settings, label=item.label)
            values = {name: float("nan") for name in EVENT_VALUES}
            if item.annotated:
                found = EventsV1().per_clip(features_of(item, item.cues), features_of(item, cues), 0)
                values = {name: found[name] for name in EVENT_VALUES}
            values |= sound_values(item, seen, means)
            answers.append(Answer(split, item.id, item.label, seen.top(1)[0][0], item.silent, values))
    write(path, answers)
    return answers


def sound_values(item: ClipItem, seen: Perception, means: dict[str, NDArray[np.float64]]) -> dict[str, float]:
    """How the predicted log-mel agrees with the true one, over all of it and in its course; sounding clips alone."""
    nothing = dict.fromkeys(("sound_r", "loudness_r", "class_sound_r"), float("nan"))
    if item.silent or not item.sound.shape[-1] or not seen.sound.shape[-1]:
        return nothing
    flat = np.broadcast_to(means[item.label], item.sound.shape) if item.label in means else np.zeros_like(item.sound)
    return {
        "sound_r": correlation(seen.sound, item.sound),
        "loudness_r": correlation(seen.sound.mean(axis=1), item.sound.mean(axis=1)),
        "class_sound_r": correlation(np.asarray(flat), item.sound),
    }


def write(path: Path, answers: Iterable[Answer]) -> None:
    """One line per clip."""
    text = io.StringIO()
    rows = csv.writer(text, lineterminator="\n")
    rows.writerow(FIELDS)
    for a in answers:
        own = [a.split, a.clip, a.label, a.predicted, int(a.silent)]
        rows.writerow([*own, *(f"{a.values[n]:.6g}" for n in FIELDS[5:])])
    write_text(path, text.getvalue())


def read(path: Path) -> list[Answer]:
    """What :func:`write` wrote."""
    with path.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    return [
        Answer(
            r["split"], r["clip"], r["label"], r["predicted"], r["silent"] == "1", {n: float(r[n]) for n in FIELDS[5:]}
        )
        for r in rows
    ]


@torch.inference_mode()
def cost(run: Path, repeats: int = 5) -> dict[str, float]:
    """Trained parameters, and processor seconds per clip after the backbone: the best of some runs."""
    module, data, _ = load_run(run)
    data.setup("test")
    batch = collate([data.datasets[data.test_names()[0]][0]], data.labels)
    torch.set_num_threads(1)
    seconds = []
    for _ in range(repeats + 1):
        start = time.process_time()
        module(batch.features, batch.lengths)
        seconds.append(time.process_time() - start)
    clip_s = float(batch.lengths[0]) * batch.hop_samples / batch.sample_rate_hz
    return {
        "parameters": sum(p.numel() for p in module.network.parameters()),
        "seconds_per_clip": round(min(seconds[1:]), 5),
        "clip_s": round(clip_s, 2),
        "columns": int(batch.lengths[0]),
    }


def of_split(answers: Sequence[Answer], split: str) -> list[Answer]:
    """Those of one split; of all where it is empty."""
    return [a for a in answers if a.split == split] if split else list(answers)


def without_split(answer: Answer) -> Answer:
    """For sets of several splits."""
    return replace(answer, split="")
