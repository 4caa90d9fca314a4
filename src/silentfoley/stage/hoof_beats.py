"""A gait as cues: one for every hoof beat, in the pattern by which the stage's horse walks."""

from __future__ import annotations

import numpy as np

from silentfoley.cues import Cue, CueSheet
from silentfoley.errors import CueError
from silentfoley.spelling import did_you_mean
from silentfoley.stage.acts.horse import GAITS, WEIGHTS, beats_of, landings
from silentfoley.stage.seeds import stream

#: How far strides stray from the even, as a share, and strengths of beats. Our choices: no horse is a clock.
STRAY, UNEVEN = 0.015, 0.07
#: No stride is shorter or longer than this, s.
STRIDES_S = (0.2, 4.0)


def hoof_beats(
    gait: str, duration_s: float, *, stride_s: float | None = None, variant: str | None = None, seed: int = 0
) -> CueSheet:
    """Cues of class ``horse``, one for every beat; hooves that land together are one cue. The first lands at once.

    Args:
        gait: ``walk``, ``trot``, ``canter`` or ``gallop``.
        duration_s: length of the sheet in seconds, > 0.
        stride_s: seconds from a hoof's landing to its next, within :data:`STRIDES_S`; None for the gait's usual one.
        variant: the ground, for all cues; None lets the generator choose.
        seed: draws the unevenness.

    Raises:
        CueError: for an unknown gait, or a length or stride out of bounds.
    """
    if gait not in tuple(GAITS):  # of a tuple one may ask anything, a list too
        raise CueError(f"gait {gait!r}", "is unknown", f"{did_you_mean(gait, GAITS)}use one of: {', '.join(GAITS)}")
    low, high = STRIDES_S
    stride = float(np.mean(GAITS[gait][1])) if stride_s is None else stride_s
    if not low <= stride <= high:
        raise CueError("stride", f"{stride:g} s is no horse's", f"use {low:g} to {high:g} seconds")
    if not 0 < duration_s < float("inf"):
        raise CueError("duration", f"{duration_s:g} s is no length", "use a positive number of seconds")
    rng = stream(seed, f"hoof beats {gait}")
    n = int(duration_s / (0.8 * stride)) + 3
    lengths = stride * np.clip(1 + STRAY * rng.standard_normal(n), 0.9, 1.1)
    # The phase 0 of the pattern is a landing in every gait.
    beats = beats_of(landings(gait, np.concatenate([[0.0], np.cumsum(lengths)])))
    strengths = np.clip(WEIGHTS[gait] + UNEVEN * rng.standard_normal(len(beats)), 0.15, 1.0)
    cues = (
        Cue(round(float(time), 6), "horse", round(float(strength), 3), variant=variant)
        for time, strength in zip(beats, strengths, strict=True)
        if round(float(time), 6) < duration_s
    )
    return CueSheet(tuple(cues), duration_s)
