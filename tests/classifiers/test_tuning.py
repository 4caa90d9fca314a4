"""Thresholds are found again where the best are known."""

from __future__ import annotations

import numpy as np
import pytest

from silentfoley.classifiers.tuning import TimedClip, median_error_s, timing_f1, tune_decode
from silentfoley.cues import Cue, CueSheet
from silentfoley.decode import DecodeSettings
from silentfoley.errors import SilentFoleyError
from silentfoley.perception import Perception
from silentfoley.timegrid import TimeGrid

LABELS = ("footsteps", "rain")
GRID = TimeGrid.of_duration(2)


def clip(true_s, late_s=0.0, ghosts_s=(), label="footsteps"):
    columns = GRID.column_times_s()
    onset = np.zeros(GRID.n_columns)
    for times, height in ((true_s, 0.6), (ghosts_s, 0.4)):
        for t in times:
            onset = np.maximum(onset, height * np.exp(-0.5 * ((columns - t - late_s) / 0.02) ** 2))
    seen = Perception(GRID, LABELS, np.zeros(2), onset, np.zeros(GRID.n_columns))
    return TimedClip(seen, CueSheet(tuple(Cue(t, label) for t in true_s), 2.0), label)


def clips():
    return [clip([0.31, 1.12], 0.03, [0.7]), clip([0.52, 1.5], 0.03, [1.0]), clip([], 0.03, [0.9])]


def test_ghosts_are_thresholded_away_and_lateness_is_taken_back():
    start = DecodeSettings(threshold=0.3, relative_threshold=0.0)
    assert timing_f1(clips(), start, 0.05) == pytest.approx((0.8 + 0.8 + 0) / 3)
    tuned = tune_decode(clips(), start)
    assert timing_f1(clips(), tuned, 0.05) == 1.0
    assert tuned.threshold == 0.5
    assert tuned.bias_s == pytest.approx(-0.03, abs=0.003)
    assert median_error_s(clips(), tuned, 0.05) == pytest.approx(0.0, abs=0.003)


def test_tuning_never_makes_it_worse_and_keeps_the_rest():
    start = DecodeSettings(threshold=0.5, min_class_confidence=0.4)
    tuned = tune_decode(clips(), start)
    assert timing_f1(clips(), tuned, 0.05) >= timing_f1(clips(), start, 0.05)
    assert tuned.min_class_confidence == 0.4


def test_textures_do_not_count_and_nothing_else_is_an_error():
    rain = clip([0.5], label="rain")
    assert tune_decode([*clips(), rain]) == tune_decode(clips())
    with pytest.raises(SilentFoleyError, match="no clip of a class with hits"):
        tune_decode([rain])


def test_without_matches_there_is_no_bias():
    assert median_error_s([clip([0.5], 0.4)], DecodeSettings(), 0.05) == 0.0
