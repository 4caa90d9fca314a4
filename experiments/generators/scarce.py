"""What variations of textures bring where there are few recordings, tried where there are many.

    python experiments/generators/scarce.py BANK RECORDINGS [draws=6] [labels=rain,fire]

Each draw takes so many recordings of a class, sets up noise bands from them alone, codes in closed form, once as they
are and once with copies, and performs clips like 16 takes of the other recordings. KAD-YAMNet within the class; ± is
the standard error over draws. Held-out takes are not touched.
"""

from __future__ import annotations

import sys

import numpy as np
import torch
from class_kad import OfClass
from folds import set_up
from val_kad import embedded, performed, recorded

from silentfoley.bank.bank import Bank
from silentfoley.bank.take import SPLITS
from silentfoley.data.lessons import free_takes, lesson, spread
from silentfoley.evaluation.yamnet import load_yamnet
from silentfoley.generators.lesson_variation import Variation
from silentfoley.generators.mixdown import seed_of
from silentfoley.labels import LABELS
from silentfoley.metrics.kad import median_bandwidth

ASKED = 16


def main(words: list[str]) -> None:
    """Read the arguments and print."""
    torch.set_num_threads(1)
    options = dict(word.split("=", 1) for word in words[2:])
    bank, network, n_recordings = Bank.load(words[0]), load_yamnet(), int(words[1])
    takes = spread(free_takes(bank, SPLITS), 96)
    for label in options.get("labels", "rain,fire").split(","):
        own = [lesson(bank.samples(t), t) for t in takes if t.label == label]
        source = {id(x): x.take.recording for x in own if x.take is not None}
        true = {id(x): row for x, row in zip(own, embedded([recorded(x) for x in own], network), strict=True)}
        bandwidth = median_bandwidth(np.stack(list(true.values())))
        found: dict[str, list[float]] = {"plain": [], "varied": []}
        for draw in range(int(options.get("draws", 6))):
            rng = np.random.default_rng([draw, LABELS.index(label)])
            few = set(rng.choice(sorted(set(source.values())), n_recordings, replace=False))
            known, others = ([x for x in own if (source[id(x)] in few) == inside] for inside in (True, False))
            asked = [others[i] for i in rng.permutation(len(others))[:ASKED]]
            rows = {}
            for name, lessons in (("plain", known), ("varied", Variation(few=n_recordings + 1)(known, draw))):
                by = set_up(lessons)
                rows[name] = embedded(
                    [performed(by, x, seed_of(0, x.take.id if x.take else "")) for x in asked], network
                )
            reference = np.stack([true[id(x)] for x in asked])
            kads = OfClass(reference, rows, [source[id(x)] for x in asked], bandwidth).kad(np.ones(len(asked)))
            for name, kad in kads.items():
                found[name].append(kad)
        cells = (f"{name} {np.mean(v):.0f} ± {np.std(v) / len(v) ** 0.5:.0f}" for name, v in found.items())
        print(f"{label}, {n_recordings} recordings: {', '.join(cells)}", flush=True)


if __name__ == "__main__":
    main(sys.argv[1:])
