"""Network or synthesiser, class by class, on recordings that the network was not shown.

    python experiments/generators/folds.py BANK RESULTS.json [most=16] [seeds=0,1,2]

Everything that may be learned from (free of share-alike, no recording held out) is dealt by recording into four parts.
Four times noise bands are set up from three parts, codes in closed form without a step of training, once from the
takes as they are and once with variations of them (``lesson_variation``), and perform the cues of the fourth part;
the synthesiser performs all. Within each class KAD-YAMNet tells how near they come, clips of one recording never
meeting each other. Held-out takes are not touched.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import torch
from class_kad import OfClass
from val_kad import embedded, performed, recorded

from silentfoley.bank.bank import Bank
from silentfoley.bank.take import SPLITS, Take
from silentfoley.data.lessons import Lesson, free_takes, lesson, lessons, spread
from silentfoley.evaluation.yamnet import load_yamnet
from silentfoley.files import write_json
from silentfoley.generators.base import CueGenerator
from silentfoley.generators.lesson_variation import Variation
from silentfoley.generators.mixdown import seed_of
from silentfoley.generators.noise_band import NoiseBand
from silentfoley.generators.noise_band_learner import NoiseBandLearner
from silentfoley.generators.procedural import ProceduralGenerator
from silentfoley.metrics.kad import median_bandwidth

FOLDS, ROOM = 4, 1024


def parts(takes: Sequence[Take]) -> list[list[Take]]:
    """Takes by fold: the recordings of each class dealt in turn."""
    out: list[list[Take]] = [[] for _ in range(FOLDS)]
    for label in sorted({t.label for t in takes}):
        own = [t for t in takes if t.label == label]
        names = sorted({t.recording for t in own})
        for take in own:
            out[names.index(take.recording) % FOLDS].append(take)
    return out


def set_up(known: list[Lesson]) -> CueGenerator:
    """Noise bands with codes in closed form."""
    torch.manual_seed(0)
    generator = NoiseBand(n_takes=ROOM)
    NoiseBandLearner(generator).prepare(known)
    return generator.eval()


def main(words: list[str]) -> None:
    """Read the arguments, measure, write, print."""
    torch.set_num_threads(1)
    options = dict(word.split("=", 1) for word in words[2:])
    most, seeds = int(options.get("most", 16)), [int(s) for s in options.get("seeds", "0,1,2").split(",")]
    bank, network = Bank.load(words[0]), load_yamnet()
    takes = free_takes(bank, SPLITS)
    rows: dict[str, dict[str, list[np.ndarray]]] = {}
    true: dict[str, list[np.ndarray]] = {}
    sources: dict[str, list[str]] = {}
    for fold, part in enumerate(parts(takes)):
        known = lessons(bank, [t for t in takes if t not in part], most=64)
        by: dict[str, CueGenerator] = {
            "noise_band": set_up(known),
            "varied": set_up(Variation()(known, 0)),
            "procedural": ProceduralGenerator(),
        }
        shown = {x.label for x in known if x.take is not None}
        asked = [lesson(bank.samples(t), t) for t in spread(part, most // FOLDS) if t.label in shown]
        for x, row in zip(asked, embedded([recorded(x) for x in asked], network), strict=True):
            assert x.take is not None
            true.setdefault(x.label, []).append(row)
            sources.setdefault(x.label, []).append(x.take.recording)
        for name, generator in by.items():
            for seed in seeds:
                made = [performed(generator, x, seed_of(seed, x.take.id if x.take else "")) for x in asked]
                for x, row in zip(asked, embedded(made, network), strict=True):
                    rows.setdefault(x.label, {}).setdefault(f"{name}-{seed}", []).append(row)
        print(f"part {fold + 1} of {FOLDS}: {len(known)} lessons, {len(asked)} asked", file=sys.stderr, flush=True)
    bandwidth = median_bandwidth(np.concatenate([np.stack(x) for x in true.values()]))
    found = {}
    for label in sorted(true):
        one = OfClass(
            np.stack(true[label]), {k: np.stack(v) for k, v in rows[label].items()}, sources[label], bandwidth
        )
        each = one.kad(np.ones(len(sources[label])))
        kad = {name: float(np.mean([each[f"{name}-{s}"] for s in seeds])) for name in by}
        found[label] = {"clips": len(sources[label]), "recordings": len(set(sources[label])), "kad": kad}
    write_json(Path(words[1]), {"classes": found, "seeds": seeds, "most": most})
    names = list(by)
    print("| class | clips | recordings | " + " | ".join(names) + " |\n|---|---|---|" + "---|" * len(names))
    for label, one_class in found.items():
        cells = " | ".join(f"{one_class['kad'][n]:.1f}" for n in names)
        print(f"| {label} | {one_class['clips']} | {one_class['recordings']} | {cells} |")


if __name__ == "__main__":
    main(sys.argv[1:])
