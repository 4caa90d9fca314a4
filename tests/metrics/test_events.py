import mir_eval
import numpy as np
import pytest

from silentfoley.errors import SilentFoleyError
from silentfoley.metrics.events import (
    ClipEvents,
    chance_f1,
    score_events,
    skill,
    summarise_events,
    timing_error,
)


@pytest.mark.parametrize("seed", range(20))
def test_precision_recall_f1_agree_with_mir_eval(seed):
    rng = np.random.default_rng(seed)
    true, cues = (np.sort(rng.uniform(0, 8, size=rng.integers(1, 50))) for _ in range(2))
    f1, precision, recall = mir_eval.onset.f_measure(true, cues, window=0.1)
    score = score_events(true, cues, 0.1)
    assert (score.f1, score.precision, score.recall) == pytest.approx((f1, precision, recall))


def test_worked_by_hand():
    score = score_events([1.0, 2.0, 3.0], [1.04, 1.05, 2.5, 3.2], 0.05)
    assert (score.n_true, score.n_cues, score.n_matched, score.count_error) == (3, 4, 1, 1)
    assert score.precision == 1 / 4
    assert score.recall == 1 / 3
    assert score.f1 == pytest.approx(2 / 7)


def test_silence_is_right_only_where_nothing_sounds():
    assert score_events([], [], 0.1).f1 == 1.0
    assert score_events([1.0], [], 0.1).f1 == 0.0
    assert score_events([], [1.0], 0.1).f1 == 0.0
    assert chance_f1([], [], 0.1, 2.0) == 1.0
    assert chance_f1([1.0], [], 0.1, 2.0) == 0.0


def test_chance_of_one_cue_and_one_event_is_the_covered_share():
    # A single shifted cue is uniform over the clip: it hits with probability 2 * tolerance / duration.
    chance = chance_f1([5.0], [1.0], 0.5, 10.0, draws=5_000)
    assert chance == pytest.approx(0.1, abs=0.01)


def test_chance_is_seeded_and_ignores_where_the_cues_start():
    true, cues = [1.0, 4.0, 4.5], [0.3, 2.0, 3.9]
    assert chance_f1(true, cues, 0.1, 6.0, seed=3) == chance_f1(true, cues, 0.1, 6.0, seed=3)
    assert chance_f1(true, cues, 0.1, 6.0, seed=3) != chance_f1(true, cues, 0.1, 6.0, seed=4)
    moved = [(c + 1.7) % 6.0 for c in cues]
    many = [chance_f1(true, c, 0.1, 6.0, draws=5_000) for c in (cues, moved)]
    assert many[0] == pytest.approx(many[1], abs=0.01)


def test_metronome_has_no_skill_and_truth_has_all():
    rng = np.random.default_rng(0)
    truth = [np.sort(rng.uniform(0, 10, size=12)) for _ in range(100)]
    blind = summarise_events([ClipEvents(t, np.arange(0.1, 10, 0.2), 10.0) for t in truth], 0.05)
    assert blind.f1 > 0.15
    assert abs(blind.skill) < 0.02
    assert summarise_events([ClipEvents(t, t, 10.0) for t in truth], 0.05).skill == 1.0


def test_skill_is_of_the_means():
    assert skill(0.6, 0.2) == pytest.approx(0.5)
    assert skill(1.0, 1.0) == 0.0
    clips = [ClipEvents([1.0, 2.0], [1.0], 4.0), ClipEvents([1.0], [1.0, 2.0, 3.0], 4.0)]
    summary = summarise_events(clips, 0.1)
    assert summary.f1 == pytest.approx((2 / 3 + 1 / 2) / 2)
    assert summary.skill == pytest.approx(skill(summary.clip_f1.mean(), summary.clip_chance.mean()))
    assert (summary.pooled.n_true, summary.pooled.n_cues, summary.pooled.n_matched) == (3, 4, 2)
    assert summary.pooled.f1 == pytest.approx(4 / 7)


def test_a_rightly_silent_clip_leaves_the_skill_alone():
    clip, silent = ClipEvents([1.0], [1.0, 3.0], 5.0), ClipEvents([], [], 5.0)
    assert summarise_events([clip, silent], 0.1).skill == pytest.approx(summarise_events([clip], 0.1).skill)
    wrong = ClipEvents([], [2.0], 5.0)
    assert summarise_events([clip, wrong], 0.1).skill < summarise_events([clip], 0.1).skill


def test_bias_is_positive_where_cues_are_late():
    true = np.arange(1.0, 9.0)
    timing = summarise_events([ClipEvents(true, true + 0.03, 10.0)], 0.1).timing
    assert timing.bias_s == pytest.approx(0.03)
    assert (timing.median_abs_s, timing.p90_abs_s) == pytest.approx((0.03, 0.03))
    assert np.isnan(timing_error([]).bias_s)
    assert timing_error([-0.02, -0.02, 0.04]).bias_s == pytest.approx(-0.02)


def test_bad_input_is_named():
    with pytest.raises(SilentFoleyError, match="duration_s: 0"):
        ClipEvents([], [], 0.0)
    with pytest.raises(SilentFoleyError, match="draws: 0"):
        chance_f1([1.0], [1.0], 0.1, 2.0, draws=0)
    with pytest.raises(SilentFoleyError, match="no clips"):
        summarise_events([], 0.1)
