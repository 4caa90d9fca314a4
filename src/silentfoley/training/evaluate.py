"""A trained classifier on its test splits: class, timing, silence, each with N and interval."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import torch

from silentfoley.classifiers.module import ClassifierModule
from silentfoley.classifiers.perceptions import perceptions
from silentfoley.classifiers.tuning import TimedClip, tune_decode
from silentfoley.data.dataset import ClipDataset
from silentfoley.data.items import ClipItem, collate
from silentfoley.decode import decode
from silentfoley.decode_settings import DecodeSettings
from silentfoley.errors import CheckpointError
from silentfoley.files import write_json
from silentfoley.labels import TEXTURES
from silentfoley.metrics.bootstrap import Interval, mean_interval
from silentfoley.metrics.events import score_events
from silentfoley.perception import Perception
from silentfoley.stage.ceiling import event_ceiling
from silentfoley.training.checkpoints import load_run
from silentfoley.training.trained_on import check_tests

#: Tolerance of every event figure here.
TOLERANCE_S = 0.05


@dataclass(frozen=True)
class ClipAnswer:
    """One clip judged.

    Attributes:
        clip_id, label, silent: truth.
        predicted: likeliest class.
        event_f1: at 50 ms with the class given, NaN for textures and unannotated clips.
        ceiling_f1: what the clip's frame rate allows.
        n_cues: cues decoded with the class the network chose.
    """

    clip_id: str
    label: str
    silent: bool
    predicted: str
    event_f1: float
    ceiling_f1: float
    n_cues: int


@dataclass(frozen=True)
class Evaluation:
    """Answers by split, what could not be judged, and the decode settings chosen on validation clips."""

    answers: dict[str, list[ClipAnswer]]
    bad: list[dict[str, str]]
    checkpoint: str
    settings: DecodeSettings

    def to_dict(self) -> dict[str, Any]:
        """JSON values, figures with N and 95 % interval."""
        return {
            "checkpoint": self.checkpoint,
            "tolerance_s": TOLERANCE_S,
            "settings": self.settings.to_dict(),
            "n_bad": len(self.bad),
            "bad": self.bad,
            "splits": {name: summarise(answers) for name, answers in self.answers.items()},
        }

    def table(self) -> str:
        """One line per split and figure."""
        lines = []
        for name, answers in self.answers.items():
            lines.append(f"{name}: class accuracy {class_accuracy(answers)}; decoys silent {decoys_silent(answers)}")
            for label in sorted({a.label for a in answers}):
                f1, ceiling = event_f1(answers, label)
                if f1.n:
                    share = share_of(f1, ceiling)
                    of = "" if share is None else f", ceiling {ceiling.mean:.3f}, share {share:.2f}"
                    lines.append(f"  {label:<10} event F1@50ms {f1}{of}")
        lines.append(f"clips that could not be judged: {len(self.bad)}")
        lines += [f"  {b['path']}: {b['reason']}" for b in self.bad]
        return "\n".join(lines)


def class_accuracy(answers: Sequence[ClipAnswer]) -> Interval:
    """Share of clips whose likeliest class is the true one."""
    return mean_interval([float(a.predicted == a.label) for a in answers])


def decoys_silent(answers: Sequence[ClipAnswer]) -> Interval:
    """Share of silent clips for which no cue is written."""
    return mean_interval([float(a.n_cues == 0) for a in answers if a.silent])


def event_f1(answers: Sequence[ClipAnswer], label: str) -> tuple[Interval, Interval]:
    """Mean event F1 of an act's sounding clips, and of the frame rates' ceiling on the same clips."""
    rows = [a for a in answers if a.label == label and not a.silent and not np.isnan(a.event_f1)]
    return mean_interval([a.event_f1 for a in rows]), mean_interval([a.ceiling_f1 for a in rows])


def share_of(f1: Interval, ceiling: Interval) -> float | None:
    """F1 as a share of what the frame rates allow; None where they allow nothing."""
    return round(f1.mean / ceiling.mean, 4) if ceiling.mean > 0 else None


def summarise(answers: Sequence[ClipAnswer]) -> dict[str, Any]:
    """Figures of one split as JSON values."""
    labels = sorted({a.label for a in answers} | {a.predicted for a in answers})
    confusion = {a: {b: sum(x.label == a and x.predicted == b for x in answers) for b in labels} for a in labels}
    acts = {}
    for label in labels:
        f1, ceiling = event_f1(answers, label)
        if f1.n:
            acts[label] = {
                "event_f1": f1.to_dict(),
                "ceiling_f1": ceiling.to_dict(),
                "share": share_of(f1, ceiling),
            }
    return {
        "n": len(answers),
        "class_accuracy": class_accuracy(answers).to_dict(),
        "decoys_silent": decoys_silent(answers).to_dict(),
        "acts": acts,
        "confusion": confusion,
    }


def evaluate_run(folder: Path, out: Path | None = None) -> Evaluation:
    """Judge a run's best checkpoint and write ``evaluation.json``.

    Cues are decoded with settings tuned on the validation clips, as :func:`export_run` stores them.

    Raises:
        CheckpointError: if the folder is no run of a classifier, or holds no checkpoint.
        DataError: if what is to be tested on was trained on.
    """
    module, data, checkpoint = load_run(folder)
    if not isinstance(module, ClassifierModule):
        raise CheckpointError(
            folder, f"holds a {type(module).__name__}, not a classifier", "evaluate a classifier's run"
        )
    check_tests(folder, data)
    data.setup("test")
    settings = tuned(module, data.datasets["val"], data.labels)
    answers = {name: judge(module, data.datasets[name], data.labels, settings) for name in data.test_names()}
    bad = [{"path": b.path, "reason": b.reason} for b in data.bad]
    result = Evaluation(answers, bad, checkpoint.name, settings)
    write_json(out if out is not None else Path(folder) / "evaluation.json", result.to_dict())
    return result


@torch.inference_mode()
def perceive(
    module: ClassifierModule, dataset: ClipDataset, labels: Sequence[str], batch_size: int = 16
) -> Iterator[tuple[ClipItem, Perception]]:
    """Every clip of a data set, in order, with what the network says of it."""
    for start in range(0, len(dataset), batch_size):
        items = [dataset[i] for i in range(start, min(start + batch_size, len(dataset)))]
        batch = collate(items, labels)
        yield from zip(
            items, perceptions(module(batch.features, batch.lengths), [i.grid for i in items], labels), strict=True
        )


def tuned(module: ClassifierModule, dataset: ClipDataset, labels: Sequence[str]) -> DecodeSettings:
    """Decode settings chosen on a data set; the module's own where no clip's hits are known."""
    clips = [
        TimedClip(seen, item.cues, item.label) for item, seen in perceive(module, dataset, labels) if item.annotated
    ]
    hits = any(clip.label not in module.settings.textures for clip in clips)
    return tune_decode(clips, module.settings) if hits else module.settings


def judge(
    module: ClassifierModule, dataset: ClipDataset, labels: Sequence[str], settings: DecodeSettings
) -> list[ClipAnswer]:
    """Answers for every clip of a data set, in order."""
    return [answer(item, seen, settings) for item, seen in perceive(module, dataset, labels)]


def answer(item: ClipItem, seen: Perception, settings: DecodeSettings) -> ClipAnswer:
    """Judge one clip. Events are scored with the class given, so that timing is judged apart from naming."""
    truth = item.cues.starts_s(item.label)
    timed = item.annotated and item.label not in TEXTURES
    found = decode(seen, settings, label=item.label).starts_s() if timed else ()
    f1 = score_events(truth, found, TOLERANCE_S).f1 if timed else float("nan")
    ceiling = event_ceiling(truth, item.times_s, tolerance_s=TOLERANCE_S).f1 if timed else float("nan")
    own = decode(seen, replace(settings, min_class_confidence=0.0))
    return ClipAnswer(item.id, item.label, item.silent, seen.top(1)[0][0], f1, ceiling, len(own))
