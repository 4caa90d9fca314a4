"""Cues as curves over time: what the residual networks of cue generators read."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch
from numpy.typing import ArrayLike, NDArray
from torch import Tensor

from silentfoley.cues import Cue, CueSheet
from silentfoley.timegrid import TimeGrid

#: Decay times of the bumps in seconds, from a click to a tail. Our choice.
DECAYS_S: tuple[float, ...] = (0.005, 0.02, 0.08, 0.3)
#: Rows of a raster: one bump per decay, strength of the last onset, level, and whether something is on.
CURVES: tuple[str, ...] = (*(f"bump {d:g} s" for d in DECAYS_S), "strength", "level", "on")


def rasterise(cues: Sequence[Cue], times_s: ArrayLike) -> Tensor:
    """Curves of the cues of one label, read at any times.

    The bumps are ``exp(-(t - onset) / decay)`` since the last onset at or before ``t``: exact for every time, so an
    onset between two columns shows where between them it lies. ``level`` is strength times envelope of the cues
    that span ``t`` (the loudest counts), ``on`` is 1 there. A cue without a duration spans the rest of the clip.

    Args:
        cues: in any order.
        times_s: (T,) seconds; need not be a grid's columns. A hit reads its curves at its own onset and steps after.

    Returns:
        (C, T) float32 in [0, 1], C = ``len(CURVES)``; zeros before the first cue.
    """
    times = np.asarray(times_s, dtype=np.float64)
    out = np.zeros((len(CURVES), times.size))
    if not cues:
        return torch.from_numpy(out).float()
    ordered = sorted(cues, key=lambda c: c.start_s)
    starts, strengths = (np.array([getattr(c, name) for c in ordered]) for name in ("start_s", "strength"))
    # A billionth of a second: a column on an onset is after it whatever the rounding.
    last = np.searchsorted(starts, times + 1e-9, side="right") - 1
    began = last >= 0
    age = np.where(began, times - starts[last], np.inf)
    for row, decay in enumerate(DECAYS_S):
        out[row] = np.exp(-np.maximum(age, 0) / decay)
    out[-3] = np.where(began, strengths[last], 0)
    # Cues that ring on need no look at each: the strongest so far counts. A clip may have thousands, for every one of
    # which this is called.
    rings = np.array([c.duration_s is None for c in ordered])
    strongest = np.maximum.accumulate(np.where(rings, strengths, 0))
    out[-2] = np.where(began, strongest[last], 0)
    out[-1] = np.where(began, np.maximum.accumulate(rings)[last], 0)
    for cue in (c for c, ringing in zip(ordered, rings, strict=True) if not ringing and _meets(c, times)):
        level, on = _course(cue, times)
        out[-2] = np.maximum(out[-2], level)
        out[-1] = np.maximum(out[-1], on)
    return torch.from_numpy(out).float()


def _meets(cue: Cue, times: NDArray[np.float64]) -> bool:
    """Whether a cue with a duration may span any of the times."""
    end_s = cue.start_s + (cue.duration_s or 0)
    return bool(times.size) and cue.start_s <= times.max() + 1e-9 and end_s >= times.min() - 1e-9


def _course(cue: Cue, times: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    end = np.inf if cue.duration_s is None else cue.start_s + cue.duration_s
    on = ((times >= cue.start_s - 1e-9) & (times < end - 1e-9)).astype(np.float64)
    return on * np.minimum(cue.strength * envelope_at(cue, times - cue.start_s), 1.0), on


def envelope_at(cue: Cue, since_s: ArrayLike) -> NDArray[np.float64]:
    """Relative level of a cue, ``since_s`` seconds after its start: its envelope joined by lines, 1 without one."""
    since = np.asarray(since_s, dtype=np.float64)
    if cue.envelope is None or cue.duration_s is None:
        return np.ones_like(since)
    points = np.linspace(0, cue.duration_s, len(cue.envelope)) if len(cue.envelope) > 1 else np.zeros(1)
    return np.asarray(np.interp(since, points, np.array(cue.envelope)))


def rasterise_sheet(sheet: CueSheet, grid: TimeGrid, labels: Sequence[str]) -> Tensor:
    """(K, C, T) curves of a whole sheet on a grid's columns, one raster per label; zeros for labels not in use."""
    times = grid.column_times_s()
    return torch.stack([rasterise([c for c in sheet if c.label == label], times) for label in labels])
