import numpy as np
import pytest
from sklearn.metrics import average_precision_score

from silentfoley.errors import SilentFoleyError
from silentfoley.metrics.ranking import average_precision


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
