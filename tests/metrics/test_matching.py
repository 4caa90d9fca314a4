from itertools import permutations

import mir_eval
import numpy as np
import pytest

from silentfoley.errors import SilentFoleyError
from silentfoley.metrics.matching import count_matches, match_events


def brute_force(true, cues, tolerance):
    """Best (pairs, -total error) over every injection of the shorter list into the longer."""
    if len(true) > len(cues):
        true, cues = cues, true
    best = (0, 0.0)
    for chosen in permutations(range(len(cues)), len(true)):
        errors = [abs(cues[j] - t) for t, j in zip(true, chosen, strict=True)]
        kept = [e for e in errors if e <= tolerance]
        best = max(best, (len(kept), -sum(kept)))
    return best


@pytest.mark.parametrize("seed", range(60))
def test_largest_matching_of_least_error(seed):
    rng = np.random.default_rng(seed)
    true, cues = (rng.uniform(0, 1, size=rng.integers(1, 6)) for _ in range(2))
    tolerance = float(rng.uniform(0.02, 0.4))
    pairs, total = brute_force(list(true), list(cues), tolerance)
    found = match_events(true, cues, tolerance)
    assert len(found) == pairs == count_matches(true, cues, tolerance)
    assert np.abs(found.error_s).sum() == pytest.approx(-total, abs=1e-9)


@pytest.mark.parametrize("seed", range(30))
def test_count_agrees_with_mir_eval_and_assignment(seed):
    rng = np.random.default_rng(seed)
    true, cues = (np.sort(rng.uniform(0, 10, size=rng.integers(1, 80))) for _ in range(2))
    for tolerance in (0.025, 0.05, 0.1, 0.3):
        expected = len(mir_eval.util.match_events(true, cues, tolerance))
        assert count_matches(true, cues, tolerance) == len(match_events(true, cues, tolerance)) == expected


def test_nearest_pairing_would_lose_a_match():
    # The cue at 1.06 is nearest to both events; taking it for the second leaves the first alone.
    found = match_events([1.0, 1.08], [1.06, 1.12], 0.07)
    assert found.true_index.tolist() == [0, 1]
    assert found.cue_index.tolist() == [0, 1]
    assert found.error_s == pytest.approx([0.06, 0.04])


def test_the_tolerance_itself_counts_despite_rounding():
    for start in np.arange(0, 3, 0.01):
        assert count_matches([start], [start + 0.05], 0.05) == 1
        assert len(match_events([start], [start + 0.05], 0.05)) == 1
    assert count_matches([0.0], [0.0501], 0.05) == 0


def test_indices_refer_to_the_lists_as_given():
    found = match_events([3.0, 1.0], [1.01, 9.0, 3.02], 0.05)
    assert found.true_index.tolist() == [0, 1]
    assert found.cue_index.tolist() == [2, 0]


def test_nothing_to_match():
    for true, cues in (([], []), ([1.0], []), ([], [1.0])):
        assert len(match_events(true, cues, 0.1)) == count_matches(true, cues, 0.1) == 0


def test_bad_input_is_named():
    with pytest.raises(SilentFoleyError, match="true_s: shape"):
        match_events([[1.0]], [1.0], 0.1)
    with pytest.raises(SilentFoleyError, match=r"cues_s: .*finite"):
        count_matches([1.0], [np.nan], 0.1)
    with pytest.raises(SilentFoleyError, match="tolerance_s: -1"):
        match_events([1.0], [1.0], -1)
