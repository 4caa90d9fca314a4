"""Question 1: Frame-Sequence against Frame-Relation Network.

    python experiments/autofoley/q1_networks.py OUT_FOLDER RUN_FOLDER [NAME=q1] [OVERRIDE of silentfoley train ...]

Trains the runs of ``sweep=autofoley_networks`` that RUN_FOLDER does not hold yet, judges them on the test clips and
writes ``NAME.json``.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import lab
from judging import Answer, cost, judge, of_split
from tabled import confusion, row

from silentfoley.training.checkpoints import load_config


def runs(sweep: str, folder: Path, words: Sequence[str]) -> dict[str, dict[int, Path]]:
    """Finished runs of a sweep by choice and seed."""
    found: dict[str, dict[int, Path]] = {}
    for job in lab.jobs(sweep, folder, words):
        found.setdefault(job.name, {})[job.seed] = lab.run(job)
    return found


def table(found: dict[str, dict[int, Path]], split: str = "") -> dict[str, Any]:
    """Rows by choice: figures, confusion, cost."""
    rows = {}
    for name, by_seed in found.items():
        answers: dict[int, list[Answer]] = {seed: of_split(judge(run), split) for seed, run in by_seed.items()}
        first = next(iter(by_seed.values()))
        config = load_config(first)
        size = config.data.get("sizes", {}).get("train")
        rows[name] = {
            **row(answers),
            "training_clips": size,
            "epochs": config.trainer.max_epochs,
            "cost": cost(first),
            "confusion": confusion(answers),
        }
    return rows


def main(question: str, sweep: str, arguments: Sequence[str]) -> Path:
    """Run, judge, write."""
    out, folder, *rest = arguments
    name = next((w[5:] for w in rest if w.startswith("NAME=")), question)
    words = [w for w in rest if not w.startswith("NAME=")]
    found = runs(sweep, Path(folder), words)
    config = lab.composed(f"sweep={sweep}", *words)
    split = "unseen_seeds" if "sizes" in config.data else "test"
    result = {
        "sweep": sweep,
        "features": str(config.features._target_),
        "split": split,
        "rows": table(found, split),
    }
    for label, line in result["rows"].items():
        print(label, {k: (v["mean"], v["low"], v["high"]) for k, v in line["figures"].items()}, flush=True)
    return lab.save(name, result, Path(out))


if __name__ == "__main__":
    main("q1", "autofoley_networks", sys.argv[1:])
