"""Averages over choices and cues, and units of what is near, against the rule on the tune clips.

    python experiments/real_clips/averages.py

Tune clips alone. Skill at 100 ms, mean over prominences and with the prominence the other clips choose; at 50 ms;
and at 100 ms with all eight clips laid end to end as one film, in three orders.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

import numpy as np
import pictures
from judge import Clip, clips, duration_s, true_onsets
from learned import PROMINENCES, leave_one_out, pick, skills
from near_units import local_onsets, near_onsets

from silentfoley.encoders.motion import FLASH_WEIGHT, feature, in_units
from silentfoley.encoders.motion_flow import FlowMeter, PairMotion
from silentfoley.inference.motion_perceiver import rule_curve
from silentfoley.metrics.events import ClipEvents, summarise_events
from silentfoley.signal.smoothing import gaussian
from silentfoley.timegrid import TimeGrid

#: Prominences as shares of the highest peak, of the clip or near.
SHARES = (0.2, 0.25, 0.3, 0.35, 0.4, 0.45, 0.5, 0.6)
CUES = ("strike", "landing", "launch", "burst", "flash")
#: The features in units of the clip's own speed, and the one that tells how fast that is, as a power of ten.
IN_SPEED, LOG_SPEED = 24, -2
ORDERS = ([0, 1, 2, 3, 4, 5, 6, 7], [3, 0, 7, 4, 1, 6, 2, 5], [5, 2, 6, 1, 4, 7, 0, 3])


@dataclass(frozen=True)
class Seen:
    """A clip's features, motion and clock."""

    clip: Clip
    features: np.ndarray
    motion: PairMotion
    grid: TimeGrid

    @classmethod
    def of(cls, clip: Clip) -> Seen:
        grid = TimeGrid.of_duration(duration_s(clip.path))
        return cls(clip, pictures.motion(clip.path, grid), FlowMeter().add(*pictures.frames(clip.path)), grid)


def smooth(curve: np.ndarray, grid: TimeGrid, width_s: float = 0.02) -> np.ndarray:
    return gaussian(curve, width_s * float(grid.column_rate_hz))


def rule(seen: Seen) -> np.ndarray:
    return rule_curve(seen.features, seen.grid)


def choices(seen: Seen, widths_s: tuple[float, ...] = (0.01, 0.02, 0.04)) -> np.ndarray:
    """Mean over shares of cells, sideways weights and widths."""
    motion, total = seen.motion, np.zeros(seen.grid.n_columns)
    uncut = ~(motion.is_cut[1:] | motion.is_cut[:-1])
    jump = np.diff(motion.velocity, axis=0) * uncut[:, None, None, None]
    light = FLASH_WEIGHT * in_units(feature(seen.features, "flash"))
    for sideways in (0.0, 0.5):
        cells = np.sort(np.maximum(-jump[..., 1] - sideways * np.abs(jump[..., 0]), 0).reshape(len(jump), -1), axis=1)
        for share in (0.02, 0.05, 0.1, 0.2):
            strike = cells[:, -max(1, round(share * cells.shape[1])) :].mean(axis=1)
            on_grid = np.interp(seen.grid.column_times_s(), motion.end_s[:-1], strike, left=0.0, right=0.0)
            for width_s in widths_s:
                total += in_units(smooth(in_units(on_grid) + light, seen.grid, width_s))
    return in_units(total)


def cues(seen: Seen) -> np.ndarray:
    """Five kinds of physics with equal say."""
    return in_units(sum(in_units(smooth(feature(seen.features, n), seen.grid)) for n in CUES))


def ranks(seen: Seen) -> np.ndarray:
    """The same by rank."""
    curves = (smooth(feature(seen.features, n), seen.grid) for n in CUES)
    return in_units(sum(-np.log1p(-np.argsort(np.argsort(c, kind="stable"), kind="stable") / c.size) for c in curves))


def both(seen: Seen) -> np.ndarray:
    return in_units(rule(seen) + cues(seen))


def of_highest(make: Callable[[Seen], np.ndarray], seen: Seen) -> np.ndarray:
    curve = make(seen)
    return curve / curve.max()


def local(seen: Seen) -> np.ndarray:
    return local_onsets(seen.features, seen.grid)


def near(seen: Seen) -> np.ndarray:
    return near_onsets(seen.features, seen.grid)


def table(chosen: list[Seen], curves: list[np.ndarray], levels: tuple[float, ...], tolerance_s: float) -> np.ndarray:
    """(1, levels, clips, 2) F1 and chance, as ``learned.leave_one_out`` takes them."""
    rows = []
    for level in levels:
        found = [pick(c, s.grid, level) for s, c in zip(chosen, curves, strict=True)]
        events = [
            ClipEvents(true_onsets(s.clip.path), q, duration_s(s.clip.path)) for s, q in zip(chosen, found, strict=True)
        ]
        summary = summarise_events(events, tolerance_s)
        rows.append(np.stack([summary.clip_f1, summary.clip_chance], axis=1))
    return np.array([rows])


def end_to_end(chosen: list[Seen], order: list[int], make: Callable[[Seen], np.ndarray]) -> list[np.ndarray]:
    """Curves of the clips, each cut from that of all of them as one film in physical units."""
    parts = [chosen[i].features.copy() for i in order]
    for part in parts:
        part[:, :IN_SPEED] *= 10 ** part[0, LOG_SPEED]
    film = np.concatenate(parts)
    # Columns are what counts here; the film's clock is as long as they are.
    seen = Seen(chosen[0].clip, film, chosen[0].motion, TimeGrid.of_duration((len(film) - 1) / 50))
    ends = np.cumsum([len(p) for p in parts])[:-1]
    cut = dict(zip(order, np.split(make(seen), ends), strict=True))
    return [cut[i] for i in range(len(chosen))]


CANDIDATES: dict[str, tuple[Callable[[Seen], np.ndarray], tuple[float, ...]]] = {
    "rule": (rule, PROMINENCES),
    "choices": (choices, PROMINENCES),
    "wide": (partial(choices, widths_s=(0.01, 0.02, 0.04, 0.08)), PROMINENCES),
    "cues": (cues, PROMINENCES),
    "ranks": (ranks, PROMINENCES),
    "rule and cues": (both, PROMINENCES),
    "rule, of highest": (partial(of_highest, rule), SHARES),
    "cues, of highest": (partial(of_highest, cues), SHARES),
    "rule and cues, of highest": (partial(of_highest, both), SHARES),
    "local": (local, SHARES),
    "near": (near, PROMINENCES),
}


def main() -> None:
    chosen = [Seen.of(c) for c in clips("tune")]
    for name, (make, levels) in CANDIDATES.items():
        curves = [make(s) for s in chosen]
        coarse, fine = (table(chosen, curves, levels, tolerance_s) for tolerance_s in (0.1, 0.05))
        row = f"{name:<26} {skills(coarse).mean():.3f} {leave_one_out(coarse)[0]:.3f} {skills(fine).mean():.3f}"
        if name not in ("choices", "wide"):
            films = [table(chosen, end_to_end(chosen, order, make), levels, 0.1) for order in ORDERS]
            row += f" {np.mean([skills(f).mean() for f in films]):.3f}"
        print(row, skills(coarse)[0].round(2), flush=True)


if __name__ == "__main__":
    main()
