"""One small PNG per question from the committed results.

python experiments/autofoley/figures.py
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import lab
import matplotlib

matplotlib.use("Agg")
import matplotlib.pyplot as plt
import numpy as np
from tables import NAMES


def bars(axis: Any, names: Sequence[str], values: Sequence[Mapping[str, Any]], title: str) -> None:
    """Horizontal bars with intervals."""
    means = np.array([v["mean"] if v["mean"] is not None else np.nan for v in values], dtype=np.float64)
    low, high = (
        np.array([v[k] if v[k] is not None else np.nan for v in values], dtype=np.float64) for k in ("low", "high")
    )
    axis.barh(names, means, xerr=np.abs(np.stack([means - low, high - means])), color="0.6")
    axis.set_title(title)
    axis.invert_yaxis()


def classifiers(results: Mapping[str, Mapping[str, Any]], out: Path) -> None:
    """Class accuracy and event skill of every row, features side by side."""
    figure, axes = plt.subplots(len(results), 2, figsize=(10, 1.0 + 2.0 * len(results)), dpi=80, layout="constrained")
    for line, (name, result) in zip(np.atleast_2d(axes), results.items(), strict=True):
        rows = result["rows"]
        labels = [NAMES.get(r, r).replace("control: ", "") for r in rows]
        for axis, key in zip(line, ("class_accuracy", "event_skill"), strict=True):
            bars(axis, labels, [row["figures"][key] for row in rows.values()], f"{name}: {key.replace('_', ' ')}")
            axis.set_xlim(-0.1, 1.0)
        line[1].set_yticklabels([])
    figure.savefig(out)
    plt.close(figure)


def interpolation(result: Mapping[str, Any], out: Path) -> None:
    """Error over frame rates by way, slow beside fast."""
    figure, axes = plt.subplots(1, 4, figsize=(12, 3), dpi=80, layout="constrained")
    rates = (10, 15, 25, 50)
    for axis, (half, key) in zip(
        axes, [(h, k) for k in ("grey_levels", "features") for h in ("slow", "fast")], strict=True
    ):
        for way in ("none", "repeat", "blend", "flow"):
            found = [result["figures"][f"{half}/{fps}/{way}"][key] for fps in rates]
            means = np.array([f["mean"] for f in found], dtype=np.float64)
            ends = np.abs(np.array([[f["mean"] - f["low"], f["high"] - f["mean"]] for f in found], dtype=np.float64).T)
            axis.errorbar(rates, means, yerr=ends, label=way, capsize=2)
        axis.set(title=f"{half} motion: {key.replace('_', ' ')} off", xlabel="fps", xticks=rates, ylim=(0, None))
    axes[0].legend()
    figure.savefig(out)
    plt.close(figure)


def synthesis(result: Mapping[str, Any], out: Path) -> None:
    """Distance and timing of every way to make sound."""
    figure, axes = plt.subplots(1, 2, figsize=(10, 4), dpi=80, layout="constrained")
    rows = result["rows"]
    for axis, key in zip(axes, ("log_spectral_distance_db", "event_skill"), strict=True):
        bars(axis, list(rows), [row["figures"][key] for row in rows.values()], key.replace("_", " "))
    axes[1].set_yticklabels([])
    figure.savefig(out)
    plt.close(figure)


def irregular(result: Mapping[str, Any], out: Path) -> None:
    """Event F1 of every act against its irregularity and its density."""
    figure, axes = plt.subplots(1, 2, figsize=(9, 3.2), dpi=80, layout="constrained", sharey=True)
    for axis, key in zip(axes, ("irregularity", "events_per_s"), strict=True):
        for network, answers in result["networks"].items():
            acts = [a for a, f in answers["event_f1"].items() if f["mean"] is not None]
            x = [result["acts"][a][key]["mean"] for a in acts]
            y = [answers["event_f1"][a]["mean"] for a in acts]
            axis.scatter(x, y, label=NAMES[network].split(" ")[0])
            for act, a, b in zip(acts, x, y, strict=True):
                axis.annotate(act, (a, b), fontsize=7)
        axis.set(xlabel=key.replace("_", " "), ylabel="event F1 at 50 ms", ylim=(0, 1))
    axes[0].legend(fontsize=7)
    figure.savefig(out)
    plt.close(figure)


def main(folder: Path = lab.RESULTS) -> None:
    """Draw what there is a result of."""
    found = {p.stem: lab.load(p) for p in sorted(folder.glob("q*.json"))}
    for question in ("q1", "q3", "q4"):
        same = {name: result for name, result in found.items() if name.startswith(question)}
        if same:
            classifiers(same, folder / f"{question}.png")
    for question, draw in (("q2", interpolation), ("q5", synthesis), ("q6", irregular)):
        for name, result in found.items():
            # Runs of a sweep judged on timing are a table alone.
            if name.startswith(question) and "sweep" not in result:
                draw(result, folder / f"{name}.png")


if __name__ == "__main__":
    main()
