"""What a budget costs: rates of rendering, features and training steps, and what follows from them.

    python experiments/autofoley/rates.py OUT_FOLDER [clips=4] [steps=3]

Processor seconds of one core, measured; costs of the presets are computed from them: every clip once for each kind of
features, every training clip once an epoch. Judging, starting and validation are left out.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import lab
import torch
from hydra.utils import instantiate

from silentfoley.classifiers.module import ClassifierModule
from silentfoley.data.datamodule import ClipDataModule
from silentfoley.data.items import ClipItem, collate
from silentfoley.labels import LABELS

#: Experiments whose features are timed; ``both`` of question 4 joins the first two.
EXPERIMENTS = ("autofoley_space_time", "autofoley_colour_frames", "autofoley_moment")
#: Networks on the first of them; the first two on the last one too.
NETWORKS = ("frame_sequence_vectors", "frame_relation_vectors", "plain_lstm_vectors")
#: What the questions train: (kinds of features, a run for each network); three seeds. Each clip is rendered once, as
#: prefill.py does it; the shuffled pictures of question 4 and its controls are left out.
QUESTIONS = {
    "1": (("autofoley_space_time",), ("frame_sequence_vectors", "frame_relation_vectors")),
    "1, one seed": (("autofoley_space_time",), ("frame_sequence_vectors", "frame_relation_vectors")),
    "4": (("autofoley_space_time", "autofoley_colour_frames"), ("plain_lstm_vectors",) * 6),
}
BUDGETS = ("minutes", "quarter", "hour", "gpu")
BATCH = 16


def seconds(work: Callable[[], Any], repeats: int) -> float:
    """Least processor seconds of some runs: what others do to the machine only adds."""
    found = []
    for _ in range(repeats):
        start = time.process_time()
        work()
        found.append(time.process_time() - start)
    return round(min(found), 4)


def of_clip(experiment: str, clips: int) -> tuple[dict[str, float], ClipItem]:
    """Rendering, with its sound, and everything else an item takes, of one clip; and an item."""
    data: ClipDataModule = instantiate(lab.composed(f"experiment={experiment}").data, _convert_="all")
    source = data.sources()["train"]
    raw = [source.load(i) for i in range(clips)]
    render = [seconds(lambda i=i: source.load(i), 1) for i in range(clips)]
    make = [seconds(lambda c=c: data.maker(c), 1) for c in raw]
    return {"render_s": sum(render) / clips, "features_s": sum(make) / clips}, data.maker(raw[0])


def of_step(experiment: str, network: str, item: ClipItem, steps: int) -> float:
    """One training step of 16 clips, optimiser included."""
    config = lab.composed(f"experiment={experiment}", f"network={network}")
    module: ClassifierModule = instantiate(config.module, _convert_="all")
    batch = collate([item] * BATCH, LABELS)
    optimiser = module.configure_optimizers()

    def step() -> None:
        optimiser.zero_grad()
        loss, _ = module.loss(module(batch.features, batch.lengths), batch)
        loss.backward()
        optimiser.step()

    return seconds(step, steps)


def costs(rates: dict[str, Any]) -> dict[str, dict[str, float]]:
    """Minutes of one core by preset and question."""
    out: dict[str, dict[str, float]] = {}
    for budget in BUDGETS:
        config = lab.composed("experiment=autofoley_space_time", f"budget={budget}")
        clips, epochs = sum(config.budget.values()), config.trainer.max_epochs
        for question, (kinds, networks) in QUESTIONS.items():
            made = sum(rates["clip"][k]["features_s"] for k in kinds) + rates["clip"][kinds[0]]["render_s"]
            seeds = 1 if "one seed" in question else 3
            steps = -(-config.budget.train // BATCH) * epochs * seeds
            trained = sum(rates["step"][f"autofoley_space_time/{n}"] for n in networks) * steps
            parts = {"features": clips * made / 60, "training": trained / 60}
            out[f"{budget}/{question}"] = {k: round(v, 1) for k, v in parts.items()}
    return out


def main(arguments: Sequence[str]) -> Path:
    """Measure, compute, write."""
    torch.set_num_threads(1)
    options = dict(w.split("=", 1) for w in arguments if w.startswith(("clips=", "steps=")))
    (out,) = [w for w in arguments if "=" not in w]
    clip, step = {}, {}
    for experiment in EXPERIMENTS:
        clip[experiment], item = of_clip(experiment, int(options.get("clips", 4)))
        networks = {"autofoley_space_time": NETWORKS, "autofoley_moment": NETWORKS[:2]}.get(experiment, ())
        for network in networks:
            step[f"{experiment}/{network}"] = of_step(experiment, network, item, int(options.get("steps", 3)))
        print(experiment, clip[experiment], flush=True)
    rates = {"clip": clip, "step": step}
    return lab.save("rates", {**rates, "minutes_of_one_core": costs(rates)}, Path(out))


if __name__ == "__main__":
    main(sys.argv[1:])
