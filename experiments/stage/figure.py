"""Curves and bars of the experiment as one small PNG.

python experiments/stage/figure.py OUT.png CURVE.csv CONTROLS.json NAME=EVALUATION.json ...
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import matplotlib

matplotlib.use("Agg")
import matplotlib.pyplot as plt
import numpy as np


def main(out: str, curve: str, controls: str, *runs: str) -> None:
    """Draw and save."""
    table = np.genfromtxt(curve, delimiter=",", names=True)
    bars: dict[str, dict[str, Any]] = dict(json.loads(Path(controls).read_text(encoding="utf-8"))["figures"])
    for word in runs:
        name, path = word.split("=", 1)
        bars[name] = json.loads(Path(path).read_text(encoding="utf-8"))["splits"]["unseen_seeds"]["class_accuracy"]
    figure, (left, right) = plt.subplots(1, 2, figsize=(10, 3.2), dpi=80, layout="constrained")
    left.plot(table["step"], table["loss"], color="0.5", label="training loss")
    left.set(xlabel="step", ylabel="loss")
    twin = left.twinx()
    twin.plot(table["step"], table["val_class_accuracy"], color="C0", label="class accuracy, validation")
    twin.set(ylim=(0, 1), ylabel="class accuracy")
    left.set_title("the shared backbone")
    means = np.array([b["mean"] for b in bars.values()])
    ends = np.array([[b["mean"] - b["low"], b["high"] - b["mean"]] for b in bars.values()]).T
    colours = ["C0" if name not in list(bars)[: -len(runs)] else "0.6" for name in bars]
    right.barh(list(bars), means, xerr=ends, color=colours)
    right.axvline(0.6, color="C3", linewidth=1)
    right.set(xlim=(0, 1), xlabel="class accuracy, unseen seeds, 95 %")
    right.invert_yaxis()
    figure.savefig(out)


if __name__ == "__main__":
    main(*sys.argv[1:])
