"""Frechet distances of what was performed to the held-out takes, extrapolated to endless samples.

    python experiments/generators/frechet.py REFERENCE PERFORMED RESULTS.json CACHE NAME[,NAME...] [SEED ...] [interval]

As ``sound_v1`` takes them: patches of YAMNet over the reference's length, a recording's takes left out together, folds
dealt in balance. RESULTS.json: for each row and seed the distance at infinity, that of all patches as they are, and how
straight the line between them is (r2). ``judge.py`` leaves this out for its cost. With ``interval`` seed 0 has its
95 % interval over recordings too, which costs twelve times as much. Prints a line of the table for each row: mean over
seeds ± their deviation. Rows that RESULTS.json has already are kept.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from silentfoley.evaluation.registry import make_protocol
from silentfoley.evaluation.sides import Needs, Side, load_side
from silentfoley.evaluation.sound_heard import patches
from silentfoley.files import write_json
from silentfoley.metrics.frechet_infinity import frechet_infinity
from silentfoley.metrics.paired_frechet_infinity import paired_frechet_infinity

#: The held-out takes themselves, judged once.
TRUTH = "truth"
#: Exchanges behind an interval, as in ``sound_v1``.
DRAWS = 12


def pooled(side: Side, reference: Side) -> tuple[NDArray[np.float64], list[str]]:
    """(N, 1024) patches of all clips over the reference's length, and the recording of the clip that each answers."""
    rows, names = [], []
    for clip_id, true in reference.clips.items():
        heard = patches(side.clips[clip_id], "embedding", true.duration_s)
        rows.append(heard.astype(np.float64))
        names += [true.source] * len(heard)
    return np.concatenate(rows), names


def distance(side: Side, reference: Side, interval: bool) -> dict[str, float]:
    """Both distances of a side, and the interval of the first."""
    (true, whose), (made, _) = pooled(reference, reference), pooled(side, reference)
    found = frechet_infinity(true, made, whose, whose)
    r2 = 1.0 if np.isnan(found.r2) else found.r2  # nothing varies: truth against itself
    out = {"infinity": round(found.value, 3), "all": round(found.at_all, 3), "r2": round(r2, 3), "patches": len(true)}
    if interval:
        span = paired_frechet_infinity(true, made, whose, whose, n_draws=DRAWS)
        out |= {"low": round(span.low, 3), "high": round(span.high, 3)}
    return out


def cell(seeds: dict[str, dict[str, float]], name: str) -> str:
    """Mean of a distance over seeds, with its deviation where there are several."""
    values = [found[name] for found in seeds.values()]
    return f"{np.mean(values):.1f}" + (f" ± {np.std(values):.1f}" if len(values) > 1 else "")


def main(words: list[str]) -> None:
    """Read the arguments, measure, write, print."""
    torch.set_num_threads(1)
    interval, words = "interval" in words, [word for word in words if word != "interval"]
    folder, performed, out, cache = (Path(word) for word in words[:4])
    needs = Needs.of([make_protocol("sound_v1")])
    reference = load_side(folder, "reference", needs, cache=cache)
    table: dict[str, Any] = json.loads(out.read_text(encoding="utf-8")) if out.exists() else {}
    for name in words[4].split(","):
        seeds = ["0"] if name == TRUTH else words[5:] or ["0", "1", "2"]
        places = {seed: folder if name == TRUTH else performed / f"{name}-{seed}" for seed in seeds}
        sides = {seed: load_side(place, "generated", needs, cache=cache) for seed, place in places.items()}
        found = {seed: distance(side, reference, interval and seed == "0") for seed, side in sides.items()}
        table[name] = table.get(name, {}) | found
        print(f"| {name} | {cell(table[name], 'infinity')} | {cell(table[name], 'all')} |", flush=True)
        write_json(out, table)


if __name__ == "__main__":
    main(sys.argv[1:])
