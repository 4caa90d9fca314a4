"""Two opinions of one clip, what works on any picture and what a network trained on the stage knows, in one. Ours.

On real clips the network is sure of nothing and has no say; on drawings it is, and takes over. All of it follows from
one number, how sure it is that some act it knows is in the picture at all, on average over the clip. In a short piece
it may well be sure by mistake (``experiments/default/drawn.py``), so what is shorter than four seconds counts for less.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import ArrayLike

from silentfoley.encoders.drawn_acts import ActsSeen
from silentfoley.labels import LABELS, TEXTURES
from silentfoley.perception import Floats, Perception
from silentfoley.timegrid import TimeGrid

#: The network's say rises from nothing to all between these (``experiments/default/drawn.py``: 0.06 to 0.34 on eighteen
#: real clips, more than 0.41 on 319 of 320 of the stage).
RECOGNISED = (0.4, 0.55)
#: Moments, 40 ms each, from which on a clip's average counts in full.
ENOUGH_MOMENTS = 100
#: A drawn act sounds from here on, and is a silent decoy below.
SOUNDS = (0.35, 0.5)
#: From this share on what the pictures' names say of materials is not heard: a drawing is not made of them.
MOSTLY = 0.5
#: Strikes less likely than this are none.
LEAST_STRIKE = 0.2
#: A drawn clip in which nothing strikes more surely than this, as it is told in the end, is a decoy too.
LEAST_SUREST_STRIKE = 0.3
#: The network is late by so much: the median on clips of the stage that chose this. A strike shows in the next frame.
LATE_S = 0.017
#: Columns at either end in which it strikes at nothing: half of what it looks at is not there.
EDGE_COLUMNS = 2
#: A texture sounds where the network is so sure of it, on average over so many seconds.
TEXTURE_SOUNDS, TEXTURE_OVER_S = (0.2, 0.4), 0.6


def recognised(acts: ActsSeen) -> float:
    """The network's share, in [0, 1]."""
    return float(_ramp(acts.surest_part * min(1.0, len(acts.answers) / ENOUGH_MOMENTS), RECOGNISED))


def joined(seen: Perception, acts: ActsSeen) -> Perception:
    """Class, onsets and strength of both, each by its share.

    Classes are mixed as probabilities, onsets as they are. What the network takes for a decoy is silent for its share.
    Onsets are told whatever the class, as the rule's are.

    Args:
        seen: what works on any picture; its classes are those that can be named.
        acts: what the network says.
    """
    share, sounds = recognised(acts), float(_ramp(acts.sounding, SOUNDS))
    if share == 0:
        return seen
    known = dict(zip(LABELS, acts.class_probabilities, strict=True))
    named = np.array([known.get(label, 0.0) for label in seen.labels])
    # What is likely of classes that cannot be named is spread over all: else the rest would be blown up to certainty.
    named += max(0.0, 1 - named.sum()) / len(named)
    classes = (1 - share) * seen.class_probabilities + share * named
    return replace(
        seen,
        class_logits=np.log(np.maximum(classes, 1e-6)).astype(np.float32),
        onset=((1 - share) * seen.onset + share * _heard(sounds * _strikes(acts, seen.grid))).astype(np.float32),
        strength=(seen.strength * (1 - share * (1 - sounds * _on(acts, seen.grid)))).astype(np.float32),
        variants=() if share > MOSTLY else seen.variants,
    )


def _strikes(acts: ActsSeen, grid: TimeGrid) -> Floats:
    """(T,) onset curve of the network, in [0, 1], on time."""
    curve = _ramp(acts.strikes(), (LEAST_STRIKE, 1.0))
    curve[:EDGE_COLUMNS] = curve[-EDGE_COLUMNS:] = 0
    times_s = grid.column_times_s()
    return np.asarray(np.interp(times_s + LATE_S, times_s, curve), dtype=np.float32)


def _heard(onset: Floats) -> Floats:
    """(T,) the curve, or nothing at all where it is sure of no strike."""
    return onset if onset.max(initial=0) >= LEAST_SUREST_STRIKE else np.zeros_like(onset)


def _on(acts: ActsSeen, grid: TimeGrid) -> Floats:
    """(T,) from when to when a texture sounds, in [0, 1]; 1 throughout if it is hits that are seen."""
    label = LABELS[int(acts.class_probabilities.argmax())]
    if label not in TEXTURES:
        return np.ones(grid.n_columns, dtype=np.float32)
    around = round(TEXTURE_OVER_S / 2 * float(grid.column_rate_hz))
    curve = np.pad(acts.sounding_at(label), around, mode="edge")
    sure = np.convolve(curve, np.full(2 * around + 1, 1 / (2 * around + 1)), mode="valid")
    return _ramp(sure, TEXTURE_SOUNDS)


def _ramp(values: ArrayLike, ends: tuple[float, float]) -> Floats:
    """0 up to the first end, 1 from the second on, and straight between them."""
    low, high = ends
    return np.asarray(np.clip((np.asarray(values) - low) / (high - low), 0, 1), dtype=np.float32)
