"""Horses of a trained network, timed by peaks of its onset curve and by strides of a gait.

    SILENTFOLEY_CACHE=FOLDER python experiments/stage/judge_strides.py RUN OUT.json

Peaks are decoded as ``judge.py`` does, with settings tuned on validation clips. A clip that they leave silent stays
silent; in others the landings are those of the likeliest strides (``strides.py``). What that expects of the curve is
chosen on the validation clips' horses too. The class is given, as ``silentfoley evaluate`` does; other acts stay.
"""

from __future__ import annotations

import itertools
import sys
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from strides import StrideModel, rides

from silentfoley.classifiers.module import ClassifierModule
from silentfoley.data.items import ClipItem
from silentfoley.decode import DecodeSettings, decode
from silentfoley.files import write_json
from silentfoley.metrics.bootstrap import mean_interval
from silentfoley.metrics.events import score_events
from silentfoley.perception import Perception
from silentfoley.stage.ceiling import event_ceiling
from silentfoley.stage.clip import draw_scene
from silentfoley.stage.seeds import clip_seed
from silentfoley.timegrid import HOP_SAMPLES, SAMPLE_RATE_HZ
from silentfoley.training.checkpoints import load_run
from silentfoley.training.evaluate import ClipAnswer, answer, perceive, tuned

TOLERANCE_S = 0.05
MODELS = tuple(
    StrideModel(floor=floor, top=top, margin=margin)
    for floor, top, margin in itertools.product((0.05, 0.1, 0.15, 0.2), (0.4, 0.6, 0.75), (0.0, 0.05))
)


@dataclass(frozen=True)
class Horse:
    """A sounding horse: its gait, what is seen, its truth, what peaks found, and what its frames allow."""

    gait: str
    onset: np.ndarray
    true_s: np.ndarray
    peaks_s: np.ndarray
    ceiling: float

    @property
    def by_peaks(self) -> float:
        """Event F1 of the peaks."""
        return score_events(self.true_s, self.peaks_s, TOLERANCE_S).f1

    def by_strides(self, model: StrideModel) -> float:
        """Event F1 of the likeliest strides; of nothing where peaks leave the clip silent."""
        if not self.peaks_s.size:
            return self.by_peaks
        ride = rides(self.onset, SAMPLE_RATE_HZ / HOP_SAMPLES, model)[0]
        return score_events(self.true_s, ride.landings_s, TOLERANCE_S).f1


def horses(seen: Sequence[tuple[ClipItem, Perception]], gaits: Sequence[str], settings: DecodeSettings) -> list[Horse]:
    """Sounding horses among clips."""
    found = []
    for (item, perception), gait in zip(seen, gaits, strict=True):
        if item.label == "horse" and not item.silent:
            true_s = np.asarray(item.cues.starts_s("horse"))
            peaks_s = np.asarray(decode(perception, settings, label="horse").starts_s())
            ceiling = event_ceiling(true_s.tolist(), item.times_s, tolerance_s=TOLERANCE_S).f1
            found.append(Horse(gait, perception.onset.astype(np.float64), true_s, peaks_s, ceiling))
    return found


def gaits_of(source: Any) -> list[str]:
    """Manner of every clip's lead."""
    plans = [draw_scene(source._spec, clip_seed(source.seed, source.split, i)).lead.plan for i in range(len(source))]
    return [str(plan.variant) for plan in plans]


def figures(clips: list[Horse], others: list[ClipAnswer], model: StrideModel) -> dict[str, Any]:
    """Event F1 of horses in both ways, all, by gait, and among all hits."""
    peaks, strides = [h.by_peaks for h in clips], [h.by_strides(model) for h in clips]
    ceiling = float(np.mean([h.ceiling for h in clips]))
    result: dict[str, Any] = {"ceiling": round(ceiling, 4)}
    for name, values in (("peaks", peaks), ("strides", strides)):
        horse = mean_interval(values)
        hits = mean_interval([*values, *(a.event_f1 for a in others)])
        most = float(np.mean([*(h.ceiling for h in clips), *(a.ceiling_f1 for a in others)]))
        by_gait = {g: [v for v, h in zip(values, clips, strict=True) if h.gait == g] for g in {h.gait for h in clips}}
        result[name] = {
            "horse": horse.to_dict(),
            "share": round(horse.mean / ceiling, 4),
            "by_gait": {g: {"mean": round(float(np.mean(v)), 4), "n": len(v)} for g, v in sorted(by_gait.items())},
            "all_hits": hits.to_dict(),
            "share_of_all_hits": round(hits.mean / most, 4),
        }
        print(f"  {name}: horse {horse}, share {horse.mean / ceiling:.3f}; all hits {hits}", flush=True)
        print(f"    {result[name]['by_gait']}", flush=True)
    return result


@torch.inference_mode()
def main(run: str, out: str) -> None:
    """Choose on validation clips, judge on the test splits."""
    torch.set_num_threads(1)
    module, data, _ = load_run(Path(run))
    assert isinstance(module, ClassifierModule)
    data.setup("test")
    settings = tuned(module, data.datasets["val"], data.labels)
    result: dict[str, Any] = {}
    model = MODELS[0]
    for split in ("val", *data.test_names()):
        seen = list(perceive(module, data.datasets[split], data.labels))
        clips = horses(seen, gaits_of(data.sources()[split]), settings)
        if split == "val":
            model = max(MODELS, key=lambda m: float(np.mean([h.by_strides(m) for h in clips])))
            result["model"] = asdict(model)
        answers = [answer(item, perception, settings) for item, perception in seen if item.label != "horse"]
        others = [a for a in answers if not a.silent and not np.isnan(a.event_f1)]
        print(split, flush=True)
        result[split] = figures(clips, others, model)
    write_json(Path(out), result)


if __name__ == "__main__":
    main(*sys.argv[1:])
