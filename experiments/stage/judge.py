"""A trained network beyond ``silentfoley evaluate``: tuned cues, and reversed clips.

    SILENTFOLEY_CACHE=FOLDER python experiments/stage/judge.py RUN OUT.json

Cues are decoded with settings tuned on the validation clips, as ``silentfoley export`` stores them. Reversed clips are
the pictures of the cache of thumbnails, last first, through the run's own backbone: a network that goes by appearance
would name as many as before.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch
from prefill import stage_data

from silentfoley.classifiers.module import ClassifierModule
from silentfoley.data.items import ClipItem
from silentfoley.encoders.moment_cnn import MomentFeatures
from silentfoley.encoders.moment_pair import MomentPair
from silentfoley.files import write_json
from silentfoley.labels import LABELS
from silentfoley.metrics.bootstrap import mean_interval
from silentfoley.stage.clip import draw_scene
from silentfoley.stage.seeds import clip_seed
from silentfoley.training.checkpoints import load_run
from silentfoley.training.evaluate import ClipAnswer, answer, perceive, summarise, tuned


def timing(answers: Sequence[ClipAnswer]) -> dict[str, Any]:
    """Event F1 at 50 ms of all sounding clips with strikes, and as a share of what their frame rates allow."""
    rows = [a for a in answers if not a.silent and not np.isnan(a.event_f1)]
    f1, ceiling = mean_interval([a.event_f1 for a in rows]), mean_interval([a.ceiling_f1 for a in rows])
    print(f"event F1 at 50 ms {f1}, ceiling {ceiling.mean:.3f}, share {f1.mean / ceiling.mean:.3f}", flush=True)
    return {"event_f1": f1.to_dict(), "ceiling_f1": ceiling.to_dict(), "share": round(f1.mean / ceiling.mean, 4)}


def tuned_figures(module: ClassifierModule, data: Any) -> dict[str, Any]:
    """The splits' figures with decode settings tuned on validation clips."""
    labels = data.labels
    settings = tuned(module, data.datasets["val"], labels)
    result: dict[str, Any] = {"settings": settings.to_dict()}
    for name in data.test_names():
        answers = [answer(item, seen, settings) for item, seen in perceive(module, data.datasets[name], labels)]
        print(name, flush=True)
        result[name] = {**summarise(answers), "all_hits": timing(answers)}
        print(f"decoys silent {result[name]['decoys_silent']}", flush=True)
    return result


@torch.inference_mode()
def reversal(module: ClassifierModule, extractor: MomentFeatures | MomentPair) -> dict[str, Any]:
    """Class accuracy on reversed clips of unseen seeds, and how often the foil, which then runs forward, is named."""
    plain = stage_data()
    source, settings = plain.sources()["unseen_seeds"], plain.maker.settings()
    lead, foil = [], []
    for i in range(len(source)):
        entry = plain.cache.get(source.content(i), settings)
        assert entry is not None, "run prefill.py first"
        item = ClipItem.from_entry(entry)
        scene = draw_scene(source._spec, clip_seed(source.seed, source.split, i))  # type: ignore[attr-defined]
        vectors = torch.from_numpy(extractor.of_pictures(item.features[::-1, 1].copy()))[None]
        guess = LABELS[int(module(vectors, torch.tensor([vectors.shape[1]])).class_logits.argmax())]
        lead.append(float(guess == item.label))
        if scene.foil is not None and scene.foil.course == "backward":
            foil.append(float(guess == scene.foil.plan.label))
    figures = {"names the lead": mean_interval(lead), "names the foil": mean_interval(foil)}
    for name, interval in figures.items():
        print(f"reversed, {name}: {interval}", flush=True)
    return {name: interval.to_dict() for name, interval in figures.items()}


def main(run: str, out: str) -> None:
    """Judge the run's best checkpoint."""
    torch.set_num_threads(1)
    module, data, _ = load_run(Path(run))
    assert isinstance(module, ClassifierModule)
    assert isinstance(data.maker.extractor, MomentFeatures | MomentPair)
    data.setup("test")
    write_json(Path(out), {"tuned": tuned_figures(module, data), "reversed": reversal(module, data.maker.extractor)})


if __name__ == "__main__":
    main(*sys.argv[1:])
