"""The onset curves on the real clips, with intervals over clips: the rule, or with --curves its mean with the network.

python experiments/real_clips/final.py [--curves DIR] [tune|report]    (DIR as train_curves.py wrote it)
"""

from __future__ import annotations

import argparse
from pathlib import Path

import learned
import numpy as np
import pictures
from judge import Clip, clips, duration_s, true_onsets
from scipy.signal import find_peaks

from silentfoley.encoders.motion import motion_onsets
from silentfoley.metrics.events import ClipEvents, EventSummary, skill, summarise_events
from silentfoley.timegrid import TimeGrid

#: Peaks that stand out by half the curve's unit, no two within 0.2 s; a third on the squashed scale.
PROMINENCE, APART_S = 0.5, 0.2
#: Share of the network in the mean, and the prominence of its peaks; README.md says why.
SHARE, MEAN_PROMINENCE = 0.5, 0.6
RESAMPLES, SEED = 2000, 0


def motion_cues(clip: Clip) -> np.ndarray:
    """(N,) cues in seconds."""
    grid = TimeGrid.of_duration(duration_s(clip.path))
    squashed = motion_onsets(pictures.motion(clip.path, grid), grid).astype(np.float64)
    curve = squashed / (1 - squashed)
    apart = round(APART_S * float(grid.column_rate_hz))
    return grid.column_times_s()[find_peaks(curve, prominence=PROMINENCE, distance=apart)[0]]


def mean_cues(clip: Clip, curves: learned.LearnedCurves) -> np.ndarray:
    """(N,) cues in seconds of the mean of rule and network."""
    rule, network, grid = learned.both_curves(clip, curves)
    return learned.pick(SHARE * network + (1 - SHARE) * rule, grid, MEAN_PROMINENCE)


def skill_interval(summary: EventSummary) -> tuple[float, float]:
    """95 % percentile bootstrap over clips of the skill of the means."""
    rng = np.random.default_rng(SEED)
    draws = rng.integers(0, summary.clip_f1.size, size=(RESAMPLES, summary.clip_f1.size))
    skills = [skill(float(summary.clip_f1[d].mean()), float(summary.clip_chance[d].mean())) for d in draws]
    return float(np.percentile(skills, 2.5)), float(np.percentile(skills, 97.5))


def report(role: str, sets: list[ClipEvents]) -> EventSummary:
    """Print the figures of a set of clips at 50 and 100 ms; returns those at 100 ms."""
    for tolerance in (0.05, 0.1):
        s = summarise_events(sets, tolerance, seed=SEED)
        low, high = skill_interval(s)
        print(
            f"{role} ({len(sets)}) @{1000 * tolerance:.0f} ms: F1 {s.f1:.3f} chance {s.chance:.3f} skill {s.skill:.3f} "
            f"[{low:.2f}, {high:.2f}] "
            f"cues {s.pooled.n_cues} for {s.pooled.n_true} bias {1000 * s.timing.bias_s:+.0f} ms"
        )
    return s


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--curves", type=Path)
    parser.add_argument("roles", nargs="*", default=["tune"])
    options = parser.parse_args()
    curves = learned.load(options.curves) if options.curves else None
    for role in options.roles:
        chosen = clips(role)
        cues = [motion_cues(c) if curves is None else mean_cues(c, curves) for c in chosen]
        sets = [ClipEvents(true_onsets(c.path), q, duration_s(c.path)) for c, q in zip(chosen, cues, strict=True)]
        s = report(role, sets)
        for c, one, f1, chance in zip(chosen, sets, s.clip_f1, s.clip_chance, strict=True):
            print(f"  {c.name:14s} true {one.true_s.size:3d} cues {one.cues_s.size:3d} F1 {f1:.2f} chance {chance:.2f}")


if __name__ == "__main__":
    main()
