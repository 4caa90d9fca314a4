"""The published script's values, right or wrong, come out; what they should be stands in test_ranking.py."""

import copy

import numpy as np
import pytest
from sklearn.metrics import average_precision_score
from support.processes import in_processes

from silentfoley.metrics.condfoley import RATE_HZ, WARNING, legacy_score, merged_onsets, normalised_level
from silentfoley.metrics.condfoley_metric import CondFoleyMetric
from silentfoley.metrics.events import score_events
from silentfoley.metrics.ranking import average_precision


def clicks(levels):
    """Sound with a click of given height at each time in seconds, and the clicks' samples."""
    sound = np.zeros(5 * RATE_HZ)
    at = [round(t * RATE_HZ) for t in levels]
    sound[at] = list(levels.values())
    return sound, at


TRUE = [1.0, 2.0, 3.0, 4.0]
#: The reference's four worked cases: generated clicks, true times, published AP, what AP should be.
CASES = {
    "silence": ({}, [1.0, 2.0, 3.0], 1.0, 0.0),
    "one of four found, nothing extra": ({1.0: 0.9}, TRUE, 1.0, 0.25),
    "one of four found and one extra": ({1.0: 0.9, 2.5: 0.5}, TRUE, 0.85, 0.25),
    "four of four and four quieter extras": (
        dict.fromkeys(TRUE, 0.9) | {t + 0.5: 0.4 for t in TRUE},
        TRUE,
        1.0,
        1.0,
    ),
}


@pytest.mark.parametrize("case", CASES)
def test_the_reference_s_worked_cases(case):
    levels, true, published, right = CASES[case]
    levels = dict(sorted(levels.items()))
    sound, onsets = clicks(levels)
    score = legacy_score([round(t * RATE_HZ) for t in true], onsets, sound)
    assert score.average_precision == pytest.approx(published)
    assert not score.stops
    ours = average_precision([true], [list(levels)], [list(levels.values())], 0.1)
    assert ours == pytest.approx(right)


def test_the_f1_beside_the_fourth_case():
    assert score_events(TRUE, [*TRUE, *(t + 0.5 for t in TRUE)], 0.1).f1 == pytest.approx(2 / 3)


def test_accuracy_and_count():
    sound, onsets = clicks({1.0: 0.9, 2.5: 0.5, 3.02: 0.4})
    score = legacy_score([round(t * RATE_HZ) for t in TRUE[:3]], onsets, sound)
    assert score.accuracy == pytest.approx(2 / 3)
    assert score.count_right
    assert not legacy_score([RATE_HZ], onsets, sound).count_right


def test_misses_after_the_last_onset_are_not_entered():
    sound, onsets = clicks({1.0: 0.9, 2.5: 0.95})
    early = legacy_score([round(t * RATE_HZ) for t in (1.0, 2.5, 4.0, 4.5)], onsets, sound)
    assert early.average_precision == 1.0
    # The same two misses before a hit are entered, and found at score 0.
    sound, onsets = clicks({4.0: 0.9, 4.5: 0.95, 1.5: 0.99})
    late = legacy_score([round(t * RATE_HZ) for t in (1.0, 2.5, 4.0, 4.5)], sorted(onsets), sound)
    assert late.average_precision < 1.0


def test_suppression_passes_over_the_neighbour_of_a_deleted_onset():
    level = np.zeros(RATE_HZ)
    level[[5000, 5400, 5800]] = [1.0, 0.5, 0.6]
    # Within 50 ms of one another all three are as loud as the loudest; the last leads and deletes the first, and
    # the second is passed over although it is as near.
    assert merged_onsets([5000, 5400, 5800], level) == [5400, 5800]
    assert merged_onsets([5000, 5800], level) == [5800]


def test_where_the_script_stops():
    sound, _ = clicks({1.0: 0.9})
    assert legacy_score([], [], sound).stops == "neither track has an onset"
    stopped = legacy_score([RATE_HZ], [1000], sound)
    assert stopped.stops == "an onset within 50 ms of the start"
    assert np.isnan([stopped.accuracy, stopped.average_precision]).all()
    assert not legacy_score([RATE_HZ], [1102], sound).stops


def test_no_true_onset_scores_nothing():
    sound, onsets = clicks({1.0: 0.9})
    assert legacy_score([], onsets, sound).average_precision == 0.0
    assert legacy_score([], onsets, sound).accuracy == 0.0


def test_the_warning_says_what_is_wrong():
    assert "silence scores AP 1" in WARNING
    assert "events_v1" in WARNING


def as_described(true, onsets, made, tolerance=0.1 * RATE_HZ, reach=1102):
    """The protocol from its description (field.md 4.3), written with lists and scikit-learn."""
    wav = np.abs(made)
    wav = (wav - wav.min()) / (wav.max() - wav.min())

    def conf(o):
        return wav[o - reach : o + reach].max()

    pool, kept = list(onsets), []
    for o in np.asarray(onsets)[np.argsort([conf(o) for o in onsets])[::-1]]:
        if o in pool:
            kept.append(o)
            pool.remove(o)
            for other in pool:  # the fault that is to be repeated
                if abs(o - other) < 0.05 * RATE_HZ:
                    pool.remove(other)
    free = sorted(kept)
    y, p, n = [], [], 0
    for t in true:
        near = [o for o in free if abs(o - t) < tolerance]
        y.append(1)
        if not near:
            p.append(0)
            continue
        best = max(near, key=lambda o: wav[o])
        p.append(conf(best))
        n += 1
        free.remove(best)
        if not free:
            break
    for o in copy.copy(free):
        y.append(0)
        p.append(conf(o))
    return n / len(true), average_precision_score(y, p)


@pytest.mark.parametrize("seed", range(40))
def test_agrees_with_the_description_and_scikit_learn_on_noise(seed):
    rng = np.random.default_rng(seed)
    made = rng.normal(size=2 * RATE_HZ) * np.repeat(rng.random(100), 441)
    true, onsets = (
        np.sort(rng.choice(np.arange(1200, 43_000, 512), size=rng.integers(1, 25), replace=False)).tolist()
        for _ in range(2)
    )
    score = legacy_score(true, onsets, made)
    assert (score.accuracy, score.average_precision) == pytest.approx(as_described(true, onsets, made))


def test_level():
    assert normalised_level([-2.0, 1.0, 0.0]).tolist() == [1, 0.5, 0]
    assert normalised_level(np.ones(3)).tolist() == [0, 0, 0]


def worked_cases(numbers):
    metric = CondFoleyMetric()
    for i in numbers:
        levels, true, _, _ = list(CASES.values())[i]
        sound, onsets = clicks(dict(sorted(levels.items())))
        metric.update(i, [round(t * RATE_HZ) for t in true], onsets, sound)
    if 3 in numbers:  # a clip on which the script stops is counted, and left out of the means
        metric.update(4, [], [], np.zeros(RATE_HZ))
    return {k: v.tolist() for k, v in metric.compute().items()}


def share(rank, shares):
    return worked_cases(shares[rank])


def test_the_twin_equals_the_function_in_one_process_and_two():
    alone = worked_cases(range(4))
    published = [case[2] for case in CASES.values()]
    assert alone["clip_onset_ap"][:4] == pytest.approx(published)
    assert alone["onset_ap"] == pytest.approx(np.mean(published))
    assert alone["onset_accuracy"] == pytest.approx(np.mean([0, 0.25, 0.25, 1]))
    assert alone["onset_count_accuracy"] == 0, "two empty tracks count alike, but there the script stops"
    assert alone["script_stops"] == pytest.approx(1 / 5)
    for other in in_processes(share, [[0, 2], [1, 3, 0]]):
        np.testing.assert_equal(other, alone)
