"""Does the sound follow the class that is given, or the states of the clip? Every test clip made as every class.

    python experiments/generators/foley_gan_swap.py OUT.json [clips=39] NAME=RUN [NAME=RUN ...]

The bands that the generator makes are named by the probe of ``foley_gan_judge.py``, without going through sound. Per
run: how often the name is the true class when that is given; how often it is the class given, and how often that of the
clip, when another is given; the names given to every true class; and how strongly class and action move the norms: the
deviation over classes, and over columns, of their gains and shifts, at each map. And how strange the states of these
clips are to the generator, as ``foley_gan_real.py`` has it, which is what states of real clips are to be held against.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import foley_gan_judge as judge
import foley_gan_probe as probes
import numpy as np
import torch
from foley_gan_real import strangeness
from torch import Tensor

from silentfoley.files import write_json
from silentfoley.generators.class_mean import perception_inputs
from silentfoley.generators.foley_gan import FoleyGan
from silentfoley.training.checkpoints import load_run


def states(s: judge.Shown, teacher: bool) -> Tensor:
    """(T, D) what the generator reads."""
    if teacher:
        return torch.from_numpy(np.stack([s.item.onset, s.item.strength], axis=1))
    return perception_inputs(s.seen)


@torch.inference_mode()
def names(generator: FoleyGan, inputs: Tensor, probe: probes.Probe) -> list[str]:
    """What the clip is taken for, made as each class in turn."""
    n = len(generator.labels)
    made = generator(inputs.expand(n, -1, -1), torch.arange(n), torch.Generator().manual_seed(0)).clamp_min(0)
    return [probe.name(bands) for bands in made.numpy()]


def followed(found: Sequence[tuple[str, list[str]]], labels: Sequence[str]) -> dict[str, Any]:
    """Shares of names that follow class or clip; ``found`` holds (true class, name as each class)."""
    own, given, clip = [], [], []
    confusion: dict[str, dict[str, int]] = {}
    for true, as_each in found:
        for label, name in zip(labels, as_each, strict=True):
            if label == true:
                own.append(name == true)
                row = confusion.setdefault(true, {})
                row[name] = row.get(name, 0) + 1
            else:
                given.append(name == label)
                clip.append(name == true)
    shares = {"own": float(np.mean(own)), "given": float(np.mean(given)), "clip": float(np.mean(clip))}
    return {**shares, "confusion": dict(sorted(confusion.items()))}


@torch.inference_mode()
def moved(generator: FoleyGan, inputs: Sequence[Tensor]) -> list[dict[str, float]]:
    """Of each block's first norm: deviation of gains and shifts over classes and over columns of clips."""
    n_class, n_latent = generator.embedding.embedding_dim, generator.n_latent
    out = []
    for i, block in enumerate(generator.blocks):
        weight = block.before.modulate.weight[:, :, 0]
        by_class = generator.embedding.weight @ weight[:, :n_class].T
        clips = [
            generator._conditions(x[None], torch.zeros(1, n_class + n_latent))[i][0, n_class + n_latent :]
            for x in inputs
        ]
        by_action = torch.cat(clips, dim=1).T @ weight[:, n_class + n_latent :].T
        out.append({"class": float(by_class.std(dim=0).mean()), "action": float(by_action.std(dim=0).mean())})
    return out


def main(words: Sequence[str]) -> None:
    """Make, name, write."""
    torch.set_num_threads(1)
    out, *rest = words
    chosen = dict(w.split("=", 1) for w in rest)
    n = int(chosen.pop("clips", 39))
    runs = {name: Path(folder) for name, folder in chosen.items()}
    first = next(iter(runs.values()))
    data = load_run(first)[1]
    data.setup("test")
    clips = judge.shown([data.datasets["unseen_seeds"][i] for i in range(n)], first)
    train = [data.datasets["train"][i] for i in range(len(data.datasets["train"]))]
    probe = probes.fit([i.sound for i in train], [i.label for i in train])
    figures = {}
    for name, run in runs.items():
        generator: FoleyGan = load_run(run)[0].task.generator
        inputs = [states(s, name.startswith("teacher")) for s in clips]
        found = [(s.item.label, names(generator, x, probe)) for s, x in zip(clips, inputs, strict=True)]
        figures[name] = {**followed(found, generator.labels), "norms": moved(generator, inputs)}
        if not name.startswith("teacher"):
            each = [strangeness(generator, s.seen) for s in clips]
            figures[name]["states"] = {k: float(np.mean([e[k] for e in each])) for k in each[0]}
        print(name, {k: v for k, v in figures[name].items() if k != "confusion"}, flush=True)
    write_json(Path(out), figures)


if __name__ == "__main__":
    main(sys.argv[1:])
