"""The training-free onset curve on the real clips, with intervals over clips.

python experiments/real_clips/final.py [tune|report]
"""

from __future__ import annotations

import sys

import numpy as np
import pictures
from judge import Clip, clips, duration_s, true_onsets
from scipy.signal import find_peaks

from silentfoley.encoders.motion import MotionFeatures, motion_onsets
from silentfoley.metrics.events import ClipEvents, EventSummary, skill, summarise_events
from silentfoley.timegrid import TimeGrid

#: Peaks that stand out by half the curve's unit, no two within 0.2 s; a third on the squashed scale.
PROMINENCE, APART_S = 0.5, 0.2
RESAMPLES, SEED = 2000, 0


def motion_cues(clip: Clip) -> np.ndarray:
    """(N,) cues in seconds."""
    grid = TimeGrid.of_duration(duration_s(clip.path))
    squashed = motion_onsets(MotionFeatures()(*pictures.frames(clip.path), grid), grid).astype(np.float64)
    curve = squashed / (1 - squashed)
    apart = round(APART_S * float(grid.column_rate_hz))
    return grid.column_times_s()[find_peaks(curve, prominence=PROMINENCE, distance=apart)[0]]


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
    for role in sys.argv[1:] or ("tune",):
        chosen = clips(role)
        sets = [ClipEvents(true_onsets(c.path), motion_cues(c), duration_s(c.path)) for c in chosen]
        s = report(role, sets)
        for c, one, f1, chance in zip(chosen, sets, s.clip_f1, s.clip_chance, strict=True):
            print(f"  {c.name:14s} true {one.true_s.size:3d} cues {one.cues_s.size:3d} F1 {f1:.2f} chance {chance:.2f}")


if __name__ == "__main__":
    main()
