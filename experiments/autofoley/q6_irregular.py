"""Question 6: are irregular events harder to hit?

    python experiments/autofoley/q6_irregular.py OUT_FOLDER RUN_FOLDER [NAME=q6] [OVERRIDE ...]

Trains the runs of ``sweep=autofoley_irregular`` that RUN_FOLDER does not hold yet; they are those of question 1 with
the same experiment and may lie in one folder with them. Irregularity of an act is the deviation of its times between
events over their mean, within performances of 20 s drawn from the stage; of a clip, the same of its own events where
there are four or more.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import lab
import numpy as np
from judging import Answer, judge, of_split
from numpy.typing import NDArray
from q1_networks import runs
from scipy.stats import spearmanr

from silentfoley.labels import LABELS, TEXTURES
from silentfoley.metrics.bootstrap import statistic_interval
from silentfoley.stage.clip import ClipSpec, draw_scene
from silentfoley.stage.seeds import clip_seed
from silentfoley.training.checkpoints import load_run

#: Performances per act, and the length of each.
PLANS, PLAN_S = 40, 20.0
Times = dict[str, tuple[float, ...]]
HITS = tuple(label for label in LABELS if label not in TEXTURES)


def irregularity(times_s: Sequence[float]) -> float:
    """Deviation of the times between events over their mean; NaN for fewer than four events."""
    gaps = np.diff(np.sort(np.asarray(times_s, dtype=np.float64)))
    return float(gaps.std() / gaps.mean()) if gaps.size >= 3 and gaps.mean() > 0 else float("nan")


def of_act(label: str, plans: int = PLANS) -> dict[str, Any]:
    """Irregularity and density of an act over drawn performances."""
    spec = ClipSpec(duration_s=PLAN_S, label=label, silent=False)
    times = [
        [e.time_s for e in draw_scene(spec, clip_seed(32, "train", i)).lead.plan.events if e.duration_s is None]
        for i in range(plans)
    ]
    names = [str(i) for i in range(plans)]
    return {
        "irregularity": lab.figure([irregularity(t) for t in times], names),
        "events_per_s": lab.figure([len(t) / PLAN_S for t in times], names),
    }


def rank_correlation(one: Sequence[float], other: Sequence[float]) -> dict[str, Any]:
    """Spearman's rho over clips with its interval."""
    a, b = np.asarray(one, dtype=np.float64), np.asarray(other, dtype=np.float64)
    known = ~(np.isnan(a) | np.isnan(b))
    a, b = a[known], b[known]

    def rho(index: NDArray[np.int64]) -> float:
        x, y = a[index], b[index]
        return float(spearmanr(x, y).statistic) if len(set(x)) > 1 and len(set(y)) > 1 else float("nan")

    return statistic_interval(rho, len(a), n_resamples=1000).to_dict()


def by_clip(answers: Sequence[Answer]) -> dict[str, list[Answer]]:
    """Sounding clips of hits with the answers of all seeds."""
    out: dict[str, list[Answer]] = {}
    for a in answers:
        if not a.silent and a.label in HITS and not np.isnan(a.values["f1@50ms"]):
            out.setdefault(a.clip, []).append(a)
    return out


def network(answers: Sequence[Answer], true_s: Times, clip_s: dict[str, float]) -> dict[str, Any]:
    """F1 by act, and what it goes with over clips."""
    clips = by_clip(answers)
    f1 = {c: float(np.mean([a.values["f1@50ms"] for a in group])) for c, group in clips.items()}
    of = {act: [c for c, group in clips.items() if group[0].label == act] for act in HITS}

    def over(measure: Callable[[str], float]) -> dict[str, Any]:
        return rank_correlation([measure(c) for c in f1], list(f1.values()))

    return {
        "event_f1": {act: lab.figure([f1[c] for c in names], names) for act, names in of.items()},
        "rank_correlation_with_f1": {
            "irregularity": over(lambda c: irregularity(true_s[c])),
            "events_per_s": over(lambda c: len(true_s[c]) / clip_s[c]),
            "shortest_gap_s": over(lambda c: float(np.diff(true_s[c]).min()) if len(true_s[c]) > 1 else float("nan")),
        },
    }


def main(arguments: Sequence[str]) -> Path:
    """Train, judge, relate, write."""
    out, folder, *rest = arguments
    name = next((w[5:] for w in rest if w.startswith("NAME=")), "q6")
    found = runs("autofoley_irregular", Path(folder), [w for w in rest if not w.startswith("NAME=")])
    _, data, _ = load_run(next(iter(next(iter(found.values())).values())))
    data.setup("test")
    split = data.test_names()[0]
    items = [data.datasets[split][i] for i in range(len(data.datasets[split]))]
    true_s = {i.id: tuple(sorted(i.cues.starts_s(i.label))) for i in items}
    clip_s = {i.id: float(i.grid.duration_s) for i in items}
    networks = {}
    for choice, by_seed in found.items():
        answers = [a for run in by_seed.values() for a in of_split(judge(run), split)]
        networks[choice] = network(answers, true_s, clip_s)
        print(choice, networks[choice]["rank_correlation_with_f1"], flush=True)
    return lab.save(name, {"split": split, "acts": {a: of_act(a) for a in HITS}, "networks": networks}, Path(out))


if __name__ == "__main__":
    main(sys.argv[1:])
