"""Gaits in cues: how many beats, how even, how fast."""

from __future__ import annotations

import numpy as np
import pytest

from silentfoley.bank.cutting import cut
from silentfoley.errors import CueError
from silentfoley.generators.procedural import ProceduralGenerator
from silentfoley.stage.acts.horse import GAITS
from silentfoley.stage.hoof_beats import hoof_beats

#: Beats per stride: a trot lands two hooves at a time, a canter two of its four.
BEATS = {"walk": 4, "trot": 2, "canter": 3, "gallop": 4}


@pytest.mark.parametrize("gait", GAITS)
def test_every_stride_has_the_gaits_beats(gait):
    sheet = hoof_beats(gait, 20.0)
    assert sheet.labels == ("horse",)
    assert sheet.cues[0].start_s == 0
    stride = np.mean(GAITS[gait][1])
    assert len(sheet) == pytest.approx(20.0 / stride * BEATS[gait], rel=0.06)
    starts = np.array(sheet.starts_s())
    strides = np.diff(starts[:: BEATS[gait]])
    assert np.abs(strides / stride - 1).max() < 0.1
    phases = np.sort(np.unique(GAITS[gait][0]))
    assert (starts[1 : BEATS[gait]] / strides[0]) == pytest.approx(phases[1:], abs=1e-4)


def test_a_gallop_has_a_flight_and_a_walk_has_none():
    gallop, walk = (np.diff(hoof_beats(g, 5.0).starts_s()) for g in ("gallop", "walk"))
    assert gallop.max() > 2 * gallop.min()
    assert walk.max() < 1.15 * walk.min()


def test_speed_ground_and_seed():
    slow, fast = (len(hoof_beats("gallop", 6.0, stride_s=s)) for s in (0.6, 0.4))
    assert fast == pytest.approx(1.5 * slow, rel=0.08)
    assert {c.variant for c in hoof_beats("trot", 2.0, variant="gravel")} == {"gravel"}
    assert hoof_beats("trot", 2.0, seed=3) == hoof_beats("trot", 2.0, seed=3) != hoof_beats("trot", 2.0, seed=4)
    assert len(hoof_beats("walk", 0.01)) == 1
    assert all(c.start_s < 2.0 for c in hoof_beats("walk", 2.0))


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("hop", 2.0, None), "gait 'hop': is unknown; use one of: walk, trot, canter, gallop"),
        (("galop", 2.0, None), "gait 'galop': is unknown; did you mean 'gallop'. use one of: walk"),
        (("trot", 0.0, None), "duration: 0 s is no length"),
        (("trot", float("inf"), None), "duration: inf s is no length"),
        (("trot", 2.0, 9.0), r"stride: 9 s is no horse's; use 0.2 to 4 seconds"),
    ],
)
def test_refusals(words, message):
    gait, duration_s, stride_s = words
    with pytest.raises(CueError, match=message):
        hoof_beats(gait, duration_s, stride_s=stride_s)


def test_a_recorded_walk_is_cut_into_single_beats():
    sheet = hoof_beats("walk", 4.0)
    recorded = ProceduralGenerator().render(sheet, seed=1).samples[0]
    noise = 1e-4 * np.random.default_rng(0).standard_normal(len(recorded)).astype(np.float32)
    cuts = [c for c in cut(recorded + noise, "horse", 44_100) if c.kind == "hit"]
    found = np.array([c.onset / 44_100 for c in cuts])
    # Nothing rings through two beats, and nearly every beat is one cut.
    hits = sum(bool(np.abs(found - c.start_s).min() < 0.01) for c in sheet)
    assert hits >= 0.9 * len(sheet)
    assert max((c.end - c.start) / 44_100 for c in cuts) < 0.4
