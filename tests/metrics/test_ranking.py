import numpy as np
import pytest
from sklearn.metrics import average_precision_score

from silentfoley.errors import SilentFoleyError
from silentfoley.metrics.matching import count_matches
from silentfoley.metrics.ranking import (
    average_precision,
    average_precision_of_hits,
    clip_average_precision,
    ranked_hits,
)


def test_agrees_with_scikit_learn_when_each_cue_is_a_yes_or_no():
    rng = np.random.default_rng(1)
    true = np.arange(40.0)
    hit = rng.random(40) < 0.6
    cues = np.concatenate([np.where(hit, true, true + 0.5)])
    rank = rng.normal(size=40) + hit
    # scikit-learn divides by the hits alone; events that nobody cued lower ours in proportion.
    expected = average_precision_score(hit, rank) * hit.sum() / true.size
    assert average_precision([true], [cues], [rank], 0.1) == pytest.approx(expected)


def test_worked_by_hand_over_two_clips():
    # Ranked: 0.9 hit (P 1, R 1/3), 0.8 miss, 0.7 hit (P 2/3, R 2/3); the third event is never cued.
    ap = average_precision([[1.0, 2.0], [1.0]], [[1.0, 3.0], [1.02]], [[0.9, 0.8], [0.7]], 0.05)
    assert ap == pytest.approx(1 / 3 * 1 + 1 / 3 * 2 / 3)


def test_ties_enter_together_and_doubles_do_not_pay():
    assert average_precision([[1.0]], [[1.0, 1.01]], [[0.5, 0.5]], 0.05) == pytest.approx(0.5)
    assert average_precision([[1.0]], [[1.0, 1.01]], [[0.6, 0.5]], 0.05) == pytest.approx(1.0)


def test_silence():
    assert average_precision([[1.0]], [[]], [[]], 0.05) == 0.0
    assert average_precision([[]], [[]], [[]], 0.05) == 1.0
    assert average_precision([[]], [[1.0]], [[0.3]], 0.05) == 0.0


def test_lists_that_do_not_fit():
    with pytest.raises(SilentFoleyError, match="differ in clips"):
        average_precision([[1.0]], [], [], 0.05)
    with pytest.raises(SilentFoleyError, match="differ in number"):
        average_precision([[1.0]], [[1.0]], [[]], 0.05)


@pytest.mark.parametrize("seed", range(10))
def test_equals_matching_anew_at_every_threshold(seed):
    rng = np.random.default_rng(seed)
    true = [rng.uniform(0, 3, size=rng.integers(0, 9)) for _ in range(4)]
    cues = [rng.uniform(0, 3, size=rng.integers(1, 12)) for _ in range(4)]
    ranks = [rng.integers(0, 5, size=c.size) / 4 for c in cues]
    n_true, area, recall = sum(t.size for t in true), 0.0, 0.0
    for threshold in (1.0, 0.75, 0.5, 0.25, 0.0):
        kept = [c[r >= threshold] for c, r in zip(cues, ranks, strict=True)]
        matched = sum(count_matches(t, c, 0.1) for t, c in zip(true, kept, strict=True))
        area += (matched / n_true - recall) * matched / max(1, sum(c.size for c in kept))
        recall = matched / n_true
    assert average_precision(true, cues, ranks, 0.1) == pytest.approx(area)


def test_the_reference_s_four_cases_come_out_right():
    true = [1.0, 2.0, 3.0, 4.0]
    extras = [1.5, 2.5, 3.5, 4.5]
    cases = {
        "silence": ([1.0, 2.0, 3.0], [], [], 0.0),
        "one of four": (true, [1.0], [0.8], 0.25),
        "one of four and one extra": (true, [1.0, 2.5], [0.8, 0.4], 0.25),
        "four of four and four quieter extras": (true, true + extras, [0.9] * 4 + [0.3] * 4, 1.0),
    }
    for name, (truth, cues, ranks, wanted) in cases.items():
        assert average_precision([truth], [cues], [ranks], 0.1) == pytest.approx(wanted), name


def test_hits_are_those_that_make_the_matching_larger():
    # The surer of two cues at one event is the hit; the third serves the second event.
    assert ranked_hits([1.0, 2.0], [1.01, 1.0, 2.0], [0.5, 0.9, 0.7], 0.05).tolist() == [False, True, True]
    assert clip_average_precision([[1.0], []], [[1.0], [2.0]], [[1.0], [1.0]], 0.05).tolist() == [1.0, 0.0]


@pytest.mark.parametrize("seed", range(5))
def test_area_agrees_with_scikit_learn(seed):
    rng = np.random.default_rng(seed)
    hits, ranks = rng.random(30) < 0.4, rng.integers(0, 8, 30)
    wanted = average_precision_score(hits, ranks)
    assert average_precision_of_hits(hits, ranks, int(hits.sum())) == pytest.approx(wanted)
