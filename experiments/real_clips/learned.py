"""The onset network on the real clips: how much of it to mix with the rule, and from which peaks on.

    python experiments/real_clips/learned.py --curves DIR        (made by experiments/default/train_curves.py)

Tune clips alone. Share of the network and prominence are chosen on all clips but one and measured on that one, in turn.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path

import numpy as np
import pictures
from judge import Clip, clips, duration_s, true_onsets
from safetensors.torch import load_file
from scipy.signal import find_peaks

from silentfoley.inference.motion_perceiver import LearnedCurves, rule_curve
from silentfoley.metrics.events import ClipEvents, skill, summarise_events
from silentfoley.registry import build
from silentfoley.timegrid import TimeGrid

SHARES = (0.0, 0.25, 0.5, 0.75, 1.0)
PROMINENCES = (0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 1.0, 1.2)
APART_S = 0.2
#: (T,) the rule's curve, (T,) another's, each in its units, and their clock.
Curves = tuple[np.ndarray, np.ndarray, TimeGrid]


def load(folder: Path) -> LearnedCurves:
    """The trained network."""
    network = build(json.loads((folder / "curves.json").read_text(encoding="utf-8"))["node"])
    network.load_state_dict(load_file(folder / "curves.safetensors"), strict=True)
    return LearnedCurves(network)


def both_curves(clip: Clip, learned: LearnedCurves) -> Curves:
    """(T,) the rule's curve, (T,) the network's, each in its units, and their clock."""
    grid = TimeGrid.of_duration(duration_s(clip.path))
    features = pictures.motion(clip.path, grid)
    return rule_curve(features, grid), learned.learned_curve(features).astype(np.float64), grid


def pick(curve: np.ndarray, grid: TimeGrid, prominence: float) -> np.ndarray:
    """(N,) cues in seconds."""
    apart = round(APART_S * float(grid.column_rate_hz))
    return grid.column_times_s()[find_peaks(curve, prominence=prominence, distance=apart)[0]]


def table(chosen: list[Clip], curves: list[Curves]) -> np.ndarray:
    """(shares, prominences, clips, 2) F1 and chance at 100 ms of each clip's two curves mixed."""
    values = np.zeros((len(SHARES), len(PROMINENCES), len(chosen), 2))
    for i, j in np.ndindex(values.shape[:2]):
        sets = [
            ClipEvents(
                true_onsets(c.path),
                pick(SHARES[i] * network + (1 - SHARES[i]) * rule, grid, PROMINENCES[j]),
                duration_s(c.path),
            )
            for c, (rule, network, grid) in zip(chosen, curves, strict=True)
        ]
        summary = summarise_events(sets, 0.1)
        values[i, j] = np.stack([summary.clip_f1, summary.clip_chance], axis=1)
    return values


def skills(values: np.ndarray) -> np.ndarray:
    """(..., clips, 2) to (...) skill of the means."""
    means = values.mean(axis=-2)
    return np.vectorize(skill)(means[..., 0], means[..., 1])


def leave_one_out(values: np.ndarray) -> tuple[float, list[tuple[int, int]]]:
    """Skill of clips measured with what the others chose, and the choices as indices."""
    choices, measured = [], []
    for left in range(values.shape[2]):
        others = skills(np.delete(values, left, axis=2))
        best = np.unravel_index(int(others.argmax()), others.shape)
        choices.append((int(best[0]), int(best[1])))
        measured.append(values[best][left])
    return float(skills(np.array(measured))), choices


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--curves", type=Path, required=True)
    chosen = clips("tune")
    learned = load(parser.parse_args().curves)
    values = table(chosen, [both_curves(c, learned) for c in chosen])
    print("share of the network | prominence", *PROMINENCES, "| mean | prominence chosen by the other clips")
    for i, (share, row) in enumerate(zip(SHARES, skills(values), strict=True)):
        print(f"{share:4.2f}", row.round(3), f"{row.mean():.3f} {leave_one_out(values[i : i + 1])[0]:.3f}")
    found, choices = leave_one_out(values)
    print(f"both chosen by the other clips: {found:.3f}", [(SHARES[i], PROMINENCES[j]) for i, j in choices])


if __name__ == "__main__":
    main()
