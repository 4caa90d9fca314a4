"""A trained network on more clips of unseen seeds than its evaluation had, with the settings of that evaluation.

    SILENTFOLEY_CACHE=FOLDER python experiments/stage/judge_more.py RUN EVALUATION.json COUNT OUT.json

Nothing is tuned. The first 240 of the clips are those of the evaluation. Told with the bound below which a clip stays
silent (``clip_threshold``) as it was tuned, and without it: how many decoys it silences, and what it costs.
"""

from __future__ import annotations

import json
import sys
from dataclasses import replace
from pathlib import Path

import torch
from hydra.utils import instantiate
from omegaconf import OmegaConf

from silentfoley.classifiers.module import ClassifierModule
from silentfoley.decode_settings import DecodeSettings
from silentfoley.files import write_json
from silentfoley.training.checkpoints import load_run
from silentfoley.training.evaluate import answer, decoys_silent, event_f1, perceive, summarise

SPLIT = "unseen_seeds"


@torch.inference_mode()
def main(run: str, evaluation: str, count: str, out: str) -> None:
    """Judge in both ways."""
    torch.set_num_threads(1)
    module, _, _ = load_run(Path(run))
    assert isinstance(module, ClassifierModule)
    config = OmegaConf.load(Path(run) / "config.yaml")
    config.data.sizes[SPLIT] = int(count)
    data = instantiate(config.data, _convert_="all")
    data.setup("test")
    settings = DecodeSettings.from_dict(json.loads(Path(evaluation).read_text(encoding="utf-8"))["settings"])
    seen = list(perceive(module, data.datasets[SPLIT], data.labels))
    result = {}
    for way, own in (("as tuned", settings), ("no bound", replace(settings, clip_threshold=0.0))):
        answers = [answer(item, perception, own) for item, perception in seen]
        result[way] = {"clip_threshold": own.clip_threshold, **summarise(answers)}
        print(f"{way} ({own.clip_threshold}): decoys silent {decoys_silent(answers)}", flush=True)
        for label in result[way]["acts"]:
            f1, ceiling = event_f1(answers, label)
            print(f"  {label:<10} {f1} of {ceiling.mean:.3f}", flush=True)
    write_json(Path(out), result)


if __name__ == "__main__":
    main(*sys.argv[1:])
