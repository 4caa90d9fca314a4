"""A trained network on reversed clips: what is left when time runs the wrong way.

    SILENTFOLEY_CACHE=FOLDER python experiments/stage/judge.py RUN OUT.json

Pictures of the clips of unseen seeds are read from the cache of thumbnails, last first, through the run's own
backbone. A network that goes by appearance would name as many clips as before.
"""

from __future__ import annotations

import sys
from pathlib import Path

import torch
from prefill import stage_data

from silentfoley.data.items import ClipItem
from silentfoley.encoders.moment_cnn import MomentFeatures
from silentfoley.files import write_json
from silentfoley.labels import LABELS
from silentfoley.metrics.bootstrap import mean_interval
from silentfoley.stage.clip import draw_scene
from silentfoley.stage.seeds import clip_seed
from silentfoley.training.checkpoints import load_run


@torch.inference_mode()
def main(run: str, out: str) -> None:
    """Judge the run's best checkpoint on clips as they are and reversed."""
    torch.set_num_threads(1)
    module, data, _ = load_run(Path(run))
    extractor = data.maker.extractor
    assert isinstance(extractor, MomentFeatures)
    plain = stage_data()
    source, settings = plain.sources()["unseen_seeds"], plain.maker.settings()
    right: dict[str, list[float]] = {"as it is": [], "reversed": [], "reversed, names the foil": []}
    for i in range(len(source)):
        entry = plain.cache.get(source.content(i), settings)
        assert entry is not None, "run prefill.py first"
        item = ClipItem.from_entry(entry)
        scene = draw_scene(source._spec, clip_seed(source.seed, source.split, i))
        guess = {}
        for way, grey in (("as it is", item.features[:, 1]), ("reversed", item.features[::-1, 1].copy())):
            vectors = torch.from_numpy(extractor.of_pictures(grey))[None]
            logits = module(vectors, torch.tensor([vectors.shape[1]])).class_logits
            guess[way] = LABELS[int(logits.argmax())]
            right[way].append(float(guess[way] == item.label))
        if scene.foil is not None and scene.foil.course == "backward":
            right["reversed, names the foil"].append(float(guess["reversed"] == scene.foil.plan.label))
    figures = {way: mean_interval(values) for way, values in right.items()}
    for way, interval in figures.items():
        print(f"{way}: {interval}", flush=True)
    write_json(Path(out), {way: interval.to_dict() for way, interval in figures.items()})


if __name__ == "__main__":
    main(*sys.argv[1:])
