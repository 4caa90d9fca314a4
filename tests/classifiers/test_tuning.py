"""Thresholds are found again where the best are known."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from silentfoley.classifiers.tuning import (
    TimedClip,
    median_error_s,
    timing_f1,
    tune_decode,
    tune_labels,
    tune_strides,
    tune_textures,
)
from silentfoley.cues import Cue, CueSheet
from silentfoley.decode import decode
from silentfoley.decode_settings import DecodeSettings
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


def texture(level, *, sounds):
    seen = Perception(GRID, LABELS, np.zeros(2), np.zeros(GRID.n_columns), np.full(GRID.n_columns, level))
    return TimedClip(seen, CueSheet((Cue(0.0, "rain", duration_s=2.0),) if sounds else (), 2.0), "rain")


def test_the_level_of_textures_lies_between_rain_that_sounds_and_rain_that_does_not():
    rains = [texture(0.62, sounds=True), texture(0.7, sounds=True), texture(0.31, sounds=False)]
    tuned = tune_textures(rains, DecodeSettings())
    assert 0.31 < tuned.texture_threshold <= 0.62
    assert tune_decode([*clips(), *rains]).texture_threshold == tuned.texture_threshold
    assert tune_textures(rains[:2], DecodeSettings()) == DecodeSettings()
    # Nothing tells these two apart, so nothing changes.
    assert tune_textures([rains[0], texture(0.62, sounds=False)], DecodeSettings()) == DecodeSettings()


def test_a_clip_without_one_sure_hit_has_none():
    sure, unsure = clip([0.31, 1.12], ghosts_s=[0.7]), clip([], ghosts_s=[0.9])
    settings = DecodeSettings(threshold=0.2, relative_threshold=0.0, clip_threshold=0.5)
    assert len(decode(sure.seen, settings, "footsteps")) == 3
    assert len(decode(unsure.seen, settings, "footsteps")) == 0


def test_without_matches_there_is_no_bias():
    assert median_error_s([clip([0.5], 0.4)], DecodeSettings(), 0.05) == 0.0


def test_a_label_that_strikes_fast_gets_a_short_gap_and_one_that_is_late_its_own_bias():
    fast = [0.3, 0.4, 0.5, 0.6, 0.7, 1.2, 1.3, 1.4]
    horses = [clip(fast, label="horse"), clip([t + 0.05 for t in fast], label="horse"), clip(fast, label="horse")]
    walks = [clip([0.3 + 0.02 * i, 0.8, 1.5], 0.04, ghosts_s=[0.4]) for i in range(8)]
    tuned = tune_decode([*horses, *walks], DecodeSettings(relative_threshold=0.0))
    assert timing_f1(horses, tuned, 0.05) == timing_f1(walks, tuned, 0.05) == 1.0
    assert median_error_s(horses, tuned, 0.05) == pytest.approx(0.0, abs=0.003)
    assert median_error_s(walks, tuned, 0.05) == pytest.approx(0.0, abs=0.003)


def test_no_label_departs_for_nothing():
    start = DecodeSettings(threshold=0.5)
    fitting = [clip([0.3 + 0.01 * i, 0.8, 1.3]) for i in range(8)]
    assert tune_labels(fitting, start, 0.05) == {}


def test_a_label_with_few_hits_does_not_depart():
    start = DecodeSettings(threshold=0.5, min_gap_s=0.5)
    fast = clip([0.3, 0.4, 0.5], label="horse")
    assert tune_labels([fast], start, 0.05) == {}
    assert "min_gap_s" in tune_labels([fast] * 7, start, 0.05)["horse"]


def test_what_was_set_for_labels_before_is_forgotten():
    old = DecodeSettings(by_label={"footsteps": {"threshold": 1.0}})
    assert tune_decode(clips(), old) == tune_decode(clips())


def horse(stride_s, gaps=True, late_s=0.0):
    beats = np.arange(0.07, 2.0, stride_s / 2)
    seen = clip([t for i, t in enumerate(beats) if not gaps or i % 4 != 2], late_s, label="horse").seen
    return TimedClip(seen, CueSheet(tuple(Cue(float(t), "horse") for t in beats), 2.0), "horse")


def test_horses_are_timed_by_strides_where_that_is_better():
    gappy = [horse(s, late_s=0.02) for s in (0.6, 0.64, 0.7, 0.74)]
    found = tune_strides(gappy, DecodeSettings(), 0.05)
    assert found.strides is not None
    assert timing_f1(gappy, found, 0.05) > timing_f1(gappy, DecodeSettings(), 0.05) + 0.1
    assert abs(median_error_s(gappy, found, 0.05)) < 0.003
    assert abs(median_error_s(gappy, replace(found, by_label={}), 0.05)) > 0.003
    # The whole of tuning takes it over; footsteps are as they were.
    assert tune_decode([*clips(), *gappy]).strides is not None
    assert tune_decode(clips()).strides is None
    # Peaks that are right already stay peaks, and what was chosen on other clips is forgotten.
    right = [horse(s, gaps=False) for s in (0.6, 0.64, 0.7, 0.74)]
    assert timing_f1(right, DecodeSettings(), 0.05) == 1.0
    assert tune_decode(right, found).strides is None
    # Seven landings are too few to choose by.
    assert tune_strides(gappy[:1], DecodeSettings(), 0.05).strides is None
