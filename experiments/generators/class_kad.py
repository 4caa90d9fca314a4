"""KAD-YAMNet within each class, its macro average, and paired differences of rows.

    python experiments/generators/class_kad.py REFERENCE PERFORMED RESULTS.json CACHE NAME[,NAME...] [SEED ...]

Pooled over classes, errors of opposite directions cancel: a generator that is off in half of its classes in one way and
in the others in another looks better than either way alone. Within a class they cannot. One bandwidth serves all, the
median distance of the whole reference. Intervals resample recordings within each class; a clip never meets another of
its recording (where a class has one recording alone, not itself).
"""

from __future__ import annotations

import sys
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray

from silentfoley.evaluation.registry import make_protocol
from silentfoley.evaluation.sides import Needs, Side, load_side
from silentfoley.files import write_json
from silentfoley.metrics.kad import SCALE, gaussian_kernel, median_bandwidth

Floats = NDArray[np.float64]
DRAWS, LEAST_CLIPS = 1000, 6


def centres(side: Side, reference: Side) -> dict[str, Floats]:
    """(1024,) mean over the patches of every clip, over the reference's length."""
    protocol = make_protocol("sound_v1")
    assert protocol.needs == ("yamnet",)
    out = {}
    for clip_id, true in reference.clips.items():
        rows = np.asarray(side.clips[clip_id]["yamnet.embedding"], dtype=np.float64)
        wanted = len(np.asarray(true["yamnet.embedding"]))
        out[clip_id] = rows[:wanted].mean(axis=0)
    return out


def kernel(one: Floats, two: Floats, bandwidth: float) -> Floats:
    """(N, M) Gaussian kernel."""
    return np.asarray(gaussian_kernel(torch.from_numpy(one), torch.from_numpy(two), bandwidth).numpy())


class OfClass:
    """Kernels of one class for all rows."""

    def __init__(self, true: Floats, made: Mapping[str, Floats], recordings: list[str], bandwidth: float) -> None:
        self.recordings = np.array(recordings)
        self.names = np.unique(self.recordings)
        self.apart = self.recordings[:, None] != self.recordings[None]
        if not self.apart.any():
            self.apart = ~np.eye(len(recordings), dtype=bool)
        self.true = kernel(true, true, bandwidth)
        self.made = {name: (kernel(x, x, bandwidth), kernel(true, x, bandwidth)) for name, x in made.items()}

    def weights(self, rng: np.random.Generator) -> Floats:
        """(N,) how often a resample of recordings holds each clip."""
        counts = rng.multinomial(len(self.names), np.full(len(self.names), 1 / len(self.names)))
        return np.asarray(counts[np.searchsorted(self.names, self.recordings)], dtype=np.float64)

    def kad(self, weights: Floats) -> dict[str, float]:
        """By row; NaN where a resample leaves no two recordings."""
        pairs = np.outer(weights, weights)
        apart = pairs * self.apart
        total = apart.sum()
        if total <= 0:
            return dict.fromkeys(self.made, float("nan"))
        within = (self.true * apart).sum() / total
        return {
            name: float(SCALE * (within + (own * apart).sum() / total - 2 * (cross * apart).sum() / total))
            for name, (own, cross) in self.made.items()
        }


def macro(tables: list[dict[str, float]]) -> dict[str, float]:
    """Mean over classes by row."""
    return {name: float(np.nanmean([t[name] for t in tables])) for name in tables[0]}


def ends(values: list[float]) -> list[float]:
    """95 % percentile interval."""
    low, high = np.nanpercentile(values, [2.5, 97.5])
    return [float(low), float(high)]


def main(words: list[str]) -> None:
    """Read the arguments, measure, write, print."""
    folder, performed, out, cache = (Path(word) for word in words[:4])
    seeds = [int(word) for word in words[5:]] or [0, 1, 2]
    needs = Needs.of([make_protocol("sound_v1")])
    reference = load_side(folder, "reference", needs, cache=cache)
    true = centres(reference, reference)
    rows = {
        f"{name}-{seed}": centres(load_side(performed / f"{name}-{seed}", "generated", needs, cache=cache), reference)
        for name in words[4].split(",")
        for seed in seeds
    }
    bandwidth = median_bandwidth(np.stack(list(true.values())))
    by_label: dict[str, list[str]] = {}
    for clip_id, clip in reference.clips.items():
        by_label.setdefault(clip.label, []).append(clip_id)
    classes = {
        label: OfClass(
            np.stack([true[i] for i in ids]),
            {row: np.stack([x[i] for i in ids]) for row, x in rows.items()},
            [reference.clips[i].source for i in ids],
            bandwidth,
        )
        for label, ids in sorted(by_label.items())
        if len(ids) >= LEAST_CLIPS
    }
    whole = {label: c.kad(np.ones(len(c.recordings))) for label, c in classes.items()}
    rng = np.random.default_rng(0)
    drawn = [macro([c.kad(c.weights(rng)) for c in classes.values()]) for _ in range(DRAWS)]
    value = macro(list(whole.values()))
    names = words[4].split(",")

    def over_seeds(table: Mapping[str, float], name: str) -> float:
        return float(np.mean([table[f"{name}-{seed}"] for seed in seeds]))

    found = {
        name: {
            "macro": over_seeds(value, name),
            "by_seed": [value[f"{name}-{seed}"] for seed in seeds],
            "interval": ends([over_seeds(d, name) for d in drawn]),
            "by_class": {label: over_seeds(table, name) for label, table in whole.items()},
            "minus": {
                other: np.nanpercentile(
                    [over_seeds(d, name) - over_seeds(d, other) for d in drawn], [2.5, 97.5]
                ).tolist()
                for other in names
                if other != name
            },
        }
        for name in names
    }
    sizes = {label: {"clips": len(c.recordings), "recordings": len(c.names)} for label, c in classes.items()}
    write_json(out, {"classes": sizes, "rows": found})
    print("| class | clips | recordings | " + " | ".join(names) + " |\n|---|---|---|" + "---|" * len(names))
    for label, c in classes.items():
        cells = " | ".join(f"{found[n]['by_class'][label]:.1f}" for n in names)
        print(f"| {label} | {len(c.recordings)} | {len(c.names)} | {cells} |")
    cells = (f"{found[n]['macro']:.1f} [{found[n]['interval'][0]:.1f}, {found[n]['interval'][1]:.1f}]" for n in names)
    print("| macro | | | " + " | ".join(cells) + " |")


if __name__ == "__main__":
    main(sys.argv[1:])
