"""A network that knows drawings has its say on drawings alone."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from silentfoley.encoders.drawn_acts import HITS, N_ANSWERS, N_LABELS, STEP_COLUMNS, ActsSeen
from silentfoley.inference.joined import joined, recognised
from silentfoley.labels import LABELS
from silentfoley.perception import Perception
from silentfoley.timegrid import TimeGrid

GRID = TimeGrid.of_duration(4)
CLOCK, RAIN = LABELS.index("clock"), LABELS.index("rain")


def seen(labels=LABELS) -> Perception:
    onset = np.zeros(GRID.n_columns)
    onset[10] = 0.5
    return Perception(GRID, tuple(labels), np.zeros(len(labels)), onset, np.full(GRID.n_columns, 0.6))


def answers(label: int, part: str, sure: float, strike_at: int | None = None) -> ActsSeen:
    """A clip in which one act is there with so much certainty, and strikes at a moment."""
    said = np.full((-(-GRID.n_columns // STEP_COLUMNS), N_ANSWERS), -9.0, dtype=np.float32)
    said[:, label] = 9
    at = ("forward sounding", "forward decoy", "backward sounding", "backward decoy").index(part)
    said[:, N_LABELS + at * N_LABELS + label] = np.log(sure / (1 - sure))
    if strike_at is not None:
        said[strike_at, 5 * N_LABELS + label] = 9
    return ActsSeen(said, GRID.n_columns)


@pytest.mark.parametrize("sure", [0.05, 0.22, 0.39])
def test_on_pictures_it_does_not_know_it_has_no_say(sure):
    real = seen()
    assert joined(real, answers(CLOCK, "forward sounding", sure, 30)) is real


def test_of_an_act_it_knows_it_says_class_and_moments():
    both = joined(seen(), answers(CLOCK, "forward sounding", 0.9, 30))
    assert both.top(1)[0][0] == "clock"
    assert both.top(1)[0][1] > 0.99
    # It is known to be late by most of a column: the curve is moved, and falls off to both sides.
    assert both.onset.argmax() == 30 * STEP_COLUMNS - 1
    assert both.onset.max() > 0.9
    assert both.onset[10] == 0
    assert np.allclose(both.strength, 0.6)


@pytest.mark.parametrize("part", ["forward decoy", "backward sounding"])
def test_what_it_takes_for_a_decoy_is_silent(part):
    both = joined(seen(), answers(RAIN, part, 0.9))
    assert both.top(1)[0][0] == "rain"
    assert not both.onset.any()
    assert not both.strength.any()


@pytest.mark.parametrize(("likely", "heard"), [(0.42, 0.0), (0.46, 0.325)])
def test_a_drawing_in_which_nothing_strikes_for_sure_is_silent(likely, heard):
    acts = answers(CLOCK, "forward sounding", 0.9)
    # From 0.2 on a strike counts, and at 1 in full.
    acts.answers[:, 5 * N_LABELS + CLOCK] = np.log(likely / (1 - likely))
    assert joined(seen(), acts).onset.max() == pytest.approx(heard, abs=2e-3)


def test_half_sure_it_has_half_a_say():
    acts = answers(CLOCK, "forward decoy", 0.475)
    assert recognised(acts) == pytest.approx(0.5, abs=1e-3)
    both = joined(seen(), acts)
    assert both.onset[10] == pytest.approx(0.25, abs=1e-3)
    assert both.class_probabilities[CLOCK] == pytest.approx(0.5 + 0.5 / len(LABELS), abs=2e-3)
    assert both.class_probabilities.sum() == pytest.approx(1, abs=1e-5)


def test_labels_of_others_are_joined_by_name():
    both = joined(seen(("dog", "clock")), answers(CLOCK, "forward sounding", 0.9, 30))
    assert both.labels == ("dog", "clock")
    assert both.top(1)[0] == ("clock", pytest.approx(1, abs=1e-3))


def test_of_classes_that_nobody_asked_for_the_rest_is_not_blown_up():
    acts = answers(CLOCK, "forward sounding", 0.9, 30)
    acts.answers[:, RAIN] = 1  # a three-thousandth, and yet much more than of a typist
    both = joined(seen(("rain", "typing")), acts)
    assert both.class_probabilities == pytest.approx([0.5, 0.5], abs=1e-3)


def test_a_clip_without_frames_says_nothing():
    empty = ActsSeen(np.zeros((0, N_ANSWERS), dtype=np.float32), GRID.n_columns)
    assert recognised(empty) == 0
    assert empty.strikes().shape == (GRID.n_columns,)
    assert empty.class_probabilities.sum() == pytest.approx(1)


def test_strikes_are_of_hits_alone():
    assert {LABELS[i - 5 * N_LABELS] for i in HITS}.isdisjoint({"rain", "fire", "car", "waterfall"})
    rain = answers(RAIN, "forward sounding", 0.9, 30)
    assert rain.strikes().max() < 0.01


def test_materials_seen_in_pictures_are_not_those_of_drawings():
    real = replace(seen(), variants=tuple("drum" if label == "impact" else "" for label in LABELS))
    assert joined(real, answers(CLOCK, "forward sounding", 0.9, 30)).variants == ()
    assert joined(real, answers(CLOCK, "forward sounding", 0.45, 30)).variants == real.variants


@pytest.mark.parametrize(("seconds", "share"), [(1, 0.0), (2, 1 / 3), (3, 1.0), (8, 1.0)])
def test_what_is_short_counts_for_less(seconds, share):
    said = answers(CLOCK, "forward sounding", 0.9).answers
    acts = ActsSeen(np.resize(said, (25 * seconds, N_ANSWERS)), 50 * seconds)
    assert recognised(acts) == pytest.approx(share, abs=0.01)


def test_the_clips_ends_strike_at_nothing():
    last = len(answers(CLOCK, "forward sounding", 0.9).answers) - 1
    for moment in (0, last):
        assert joined(seen(), answers(CLOCK, "forward sounding", 0.9, moment)).onset.max() < 0.6
    assert joined(seen(), answers(CLOCK, "forward sounding", 0.9, last - 3)).onset.max() > 0.9


def test_a_texture_sounds_from_when_to_when_the_network_says():
    acts = answers(RAIN, "forward sounding", 0.95)
    half = len(acts.answers) // 2
    acts.answers[:half, N_LABELS + RAIN] = -9
    # Something else is there all the time: the picture is a drawing throughout.
    acts.answers[:, 3 * N_LABELS + CLOCK] = 9
    both = joined(seen(), acts)
    assert not both.strength[: half * STEP_COLUMNS - 20].any()
    assert np.allclose(both.strength[half * STEP_COLUMNS + 20 :], 0.6, atol=0.15)
    hits = answers(CLOCK, "forward sounding", 0.95)
    hits.answers[:half, N_LABELS + CLOCK] = -9
    assert joined(seen(), hits).strength.min() > 0.3
