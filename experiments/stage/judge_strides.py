"""Horses of a trained network by gait, timed by peaks of its onset curve and by strides.

    SILENTFOLEY_CACHE=FOLDER python experiments/stage/judge_strides.py RUN OUT.json

Both are decoded with the settings tuned on validation clips. The class is given, as ``silentfoley evaluate`` does.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import torch

from silentfoley.classifiers.module import ClassifierModule
from silentfoley.classifiers.tuning import STRIDE_MODELS
from silentfoley.data.items import ClipItem
from silentfoley.data.stage_source import StageSource
from silentfoley.decode import decode
from silentfoley.decode_settings import DecodeSettings
from silentfoley.files import write_json
from silentfoley.metrics.bootstrap import mean_interval
from silentfoley.metrics.events import score_events
from silentfoley.perception import Perception
from silentfoley.stage.clip import draw_scene
from silentfoley.stage.seeds import clip_seed
from silentfoley.training.checkpoints import load_run
from silentfoley.training.evaluate import perceive, tuned

TOLERANCE_S = 0.05
Seen = Sequence[tuple[ClipItem, Perception]]


def gaits_of(source: StageSource) -> list[str]:
    """Manner of every clip's lead."""
    spec = replace(source.spec, split=source.split)
    return [
        str(draw_scene(spec, clip_seed(source.seed, source.split, i)).lead.plan.variant) for i in range(len(source))
    ]


def figures(clips: Seen, gaits: Sequence[str], settings: DecodeSettings) -> dict[str, Any]:
    """Event F1 of sounding horses, all and by gait."""
    scores: dict[str, list[float]] = {}
    for (item, seen), gait in zip(clips, gaits, strict=True):
        if item.label == "horse" and not item.silent:
            found = decode(seen, settings, label="horse").starts_s()
            scores.setdefault(gait, []).append(score_events(item.cues.starts_s("horse"), found, TOLERANCE_S).f1)
    every = [f1 for values in scores.values() for f1 in values]
    by_gait = {gait: {"mean": round(float(np.mean(v)), 4), "n": len(v)} for gait, v in sorted(scores.items())}
    return {"horse": mean_interval(every).to_dict(), "by_gait": by_gait}


@torch.inference_mode()
def main(run: str, out: str) -> None:
    """Tune on validation clips, judge on these and on the test splits."""
    torch.set_num_threads(1)
    module, data, _ = load_run(Path(run))
    assert isinstance(module, ClassifierModule)
    data.setup("test")
    settings = tuned(module, data.datasets["val"], data.labels)
    ways = {
        "peaks": replace(settings, strides=None),
        # Where peaks were chosen, what strides would have done is of interest all the same.
        "strides": replace(settings, strides=settings.strides or STRIDE_MODELS[0]),
    }
    result: dict[str, Any] = {"settings": settings.to_dict()}
    for split in ("val", *data.test_names()):
        source = data.sources()[split]
        assert isinstance(source, StageSource)
        clips, gaits = list(perceive(module, data.datasets[split], data.labels)), gaits_of(source)
        result[split] = {way: figures(clips, gaits, own) for way, own in ways.items()}
        for way, found in result[split].items():
            print(split, way, found, flush=True)
    write_json(Path(out), result)


if __name__ == "__main__":
    main(*sys.argv[1:])
