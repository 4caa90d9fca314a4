"""Simple probes on the real clips: what a metronome, frame differences and raw optical flow reach.

python experiments/real_clips/probes.py
"""

from __future__ import annotations

import itertools
from collections.abc import Callable

import cv2
import numpy as np
import pictures
from judge import CACHE, Clip, clips, duration_s, true_onsets
from scipy.signal import find_peaks

from silentfoley.metrics.events import ClipEvents, EventSummary, summarise_events

Curves = dict[str, np.ndarray]


def farneback(path) -> np.ndarray:
    """(F - 1, 90, 160, 2) flow in pixels between neighbouring frames."""
    kept = CACHE / f"{path.stem}_farneback.npy"
    if not kept.exists():
        grey = [cv2.cvtColor(f, cv2.COLOR_RGB2GRAY) for f in pictures.frames(path)[0]]
        flow = [cv2.calcOpticalFlowFarneback(a, b, None, 0.5, 3, 15, 3, 5, 1.2, 0) for a, b in itertools.pairwise(grey)]
        np.save(kept, np.array(flow, dtype=np.float16))
    return np.load(kept).astype(np.float32)


def directed(flow: np.ndarray) -> np.ndarray:
    """(F - 1, 8) flow summed by direction, in eight sectors."""
    angle, speed = np.arctan2(flow[..., 1], flow[..., 0]), np.hypot(flow[..., 0], flow[..., 1])
    sector = np.floor((angle + np.pi) / (np.pi / 4)).astype(int) % 8
    return np.stack([(speed * (sector == k)).mean((1, 2)) for k in range(8)], axis=1)


def rise(curve: np.ndarray) -> np.ndarray:
    """Half-wave rectified difference along time, summed over what is left."""
    step = np.diff(curve, axis=0, prepend=curve[:1])
    return np.maximum(step, 0).reshape(len(step), -1).sum(1)


def curves(clip: Clip) -> tuple[Curves, np.ndarray]:
    """Each probe's curve (F - 1,) and the times of the later frame of each pair."""
    frames, times = pictures.frames(clip.path)
    grey = np.stack([cv2.cvtColor(f, cv2.COLOR_RGB2GRAY) for f in frames]).astype(np.float32)
    flow = farneback(clip.path)
    sectors = directed(flow)
    return {
        "frame-difference rises": rise(np.abs(np.diff(grey, axis=0)).mean((1, 2))),
        "flow, 98th percentile speed, peaks": np.percentile(np.hypot(*np.moveaxis(flow, -1, 0)), 98, axis=(1, 2)),
        "flow, rises by direction": rise(sectors),
        "flow, drops by direction": rise(-sectors),
        "global brightness rises": np.maximum(np.diff(grey.mean((1, 2))), 0),
    }, times[1:]


def peaks(curve: np.ndarray, times: np.ndarray) -> np.ndarray:
    """Peaks that stand out by one standard deviation, no two within 100 ms."""
    apart = max(1, round(0.1 / float(np.median(np.diff(times)))))
    return times[find_peaks(curve, prominence=1.0 * curve.std() + 1e-9, distance=apart)[0]]


def table(cues: dict[str, Callable[[Clip], np.ndarray]], role: str | None) -> dict[str, dict[str, EventSummary]]:
    """Print and return each row's summaries at 50 and 100 ms."""
    chosen = clips(role)
    print(f"\n{role or 'all'} clips: {len(chosen)}, {sum(true_onsets(c.path).size for c in chosen)} true onsets")
    print(f"{'cues from':38s} F1@50  F1@100 chance skill50 skill100 cues  bias")
    rows = {}
    for name, make in cues.items():
        sets = [ClipEvents(true_onsets(c.path), make(c), duration_s(c.path)) for c in chosen]
        at50, at100 = (summarise_events(sets, t) for t in (0.05, 0.1))
        rows[name] = {"50": at50, "100": at100}
        print(
            f"{name:38s} {at50.f1:.3f}  {at100.f1:.3f}  {at100.chance:.3f}  {at50.skill:6.3f}  {at100.skill:6.3f}  "
            f"{at100.pooled.n_cues:4d}  {1000 * at100.timing.bias_s:+.0f} ms"
        )
    return rows


def main() -> None:
    computed = {c.name: curves(c) for c in clips()}
    cues: dict[str, Callable[[Clip], np.ndarray]] = {
        "truth": lambda c: true_onsets(c.path),
        "silence": lambda c: np.zeros(0),
        "blind metronome, 5 Hz": lambda c: np.arange(0.1, duration_s(c.path), 0.2),
    }
    for name in next(iter(computed.values()))[0]:
        cues[name] = lambda c, name=name: peaks(computed[c.name][0][name], computed[c.name][1])
    for role in (None, "tune", "report"):
        table(cues, role)


if __name__ == "__main__":
    main()
