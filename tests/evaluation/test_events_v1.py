import mir_eval
import numpy as np
import pytest
from support.judged import features, pair

from silentfoley.evaluation.clip_features import Pair
from silentfoley.evaluation.events_v1 import EventsV1, pooled_f1, pooled_skill, skill_of
from silentfoley.evaluation.protocol import Context
from silentfoley.evaluation.rows import evaluate
from silentfoley.metrics.events import chance_f1
from silentfoley.metrics.matching import count_matches
from silentfoley.metrics.shifted import count_shifted_matches


def row(pairs, n_resamples=200):
    return evaluate(EventsV1(), lambda _: pairs, Context([p.source for p in pairs], n_resamples=n_resamples))


def values(pairs):
    return {name: f.value for name, f in row(pairs).figures.items()}


def one(true_s, cues_s, **kwargs):
    p = pair(true_s, cues_s, **kwargs)
    return EventsV1().per_clip(p.reference, p.generated, 0)


# The four cases on which the published onset script goes wrong, worked by hand.


def test_missing_three_of_four_hits_is_not_perfect():
    v = values([pair([0.5, 1.5, 2.5, 3.5], [0.5])])
    assert v["recall@50ms"] == 0.25
    assert v["precision@50ms"] == 1.0
    assert v["f1@50ms"] == pytest.approx(0.4)
    assert v["ap@50ms"] == 0.25
    assert v["count_error"] == 3
    assert v["extra_cues"] == -3


def test_silence_scores_zero_where_something_happens():
    v = values([pair([0.5, 1.5], []), pair([1.0], [], clip_id="d")])
    assert [v[n] for n in ("f1@100ms", "f1_pooled@100ms", "skill@100ms", "ap@100ms", "chance@100ms")] == [0.0] * 5
    assert np.isnan(v["timing_median"])
    assert np.isnan(v["silent_right"])


def test_one_cue_cannot_answer_two_events():
    v = one([1.00, 1.06], [1.03])
    assert v["matched@50ms"] == 1
    assert v["f1@50ms"] == pytest.approx(2 / 3)
    assert one([1.03], [1.00, 1.06])["matched@50ms"] == 1


def test_greedy_in_time_order_would_lose_a_pair():
    # The loudest candidate of the first event is the second's only one.
    assert one([1.00, 1.08], [0.97, 1.05])["matched@50ms"] == 2


def test_a_clip_rightly_silent_is_right():
    v = values([pair([], []), pair([1.0], [1.0], clip_id="d")])
    assert v["f1@50ms"] == 1.0
    assert v["silent_right"] == 1.0
    assert v["skill@50ms"] == 1.0
    wrong = values([pair([], [0.4]), pair([1.0], [1.0], clip_id="d")])
    assert wrong["f1@50ms"] == 0.5
    assert wrong["silent_right"] == 0.0


def test_a_metronome_has_no_skill_within_its_interval():
    # Dense clips, where its F1 beats many an honest system's.
    rng = np.random.default_rng(0)
    truth = [rng.uniform(0, 8, rng.integers(12, 30)) for _ in range(40)]
    blind = np.arange(0.1, 8, 0.2)
    pairs = [Pair(features(f"{i}", t, 8.0), features(f"{i}", blind, 8.0)) for i, t in enumerate(truth)]
    figures = row(pairs).figures
    assert figures["f1@100ms"].value > 0.4
    for ms in (25, 50, 100):
        for name in ("skill", "skill_pooled"):
            figure = figures[f"{name}@{ms}ms"]
            assert figure.low <= 0 <= figure.high, (name, ms, figure)
            assert abs(figure.value) < 0.1
    assert len(figures["skill@50ms"].seed_values) == 3
    assert figures["ap@50ms"].seed_values == ()


def test_timing_by_hand():
    v = values([pair([1.0, 2.0, 3.0], [1.010, 2.030, 3.090]), pair([1.0], [1.3], clip_id="d")])
    assert v["timing_median"] == pytest.approx(30)
    assert v["timing_bias"] == pytest.approx(30)
    assert v["timing_p90"] == pytest.approx(np.percentile([10, 30, 90], 90))
    early = values([pair([1.0, 2.0], [0.98, 1.96])])
    assert early["timing_bias"] == pytest.approx(-30)


@pytest.mark.parametrize("seed", range(5))
def test_agrees_with_mir_eval(seed):
    rng = np.random.default_rng(seed)
    true, cues = (np.sort(rng.uniform(0, 4, rng.integers(1, 30))) for _ in range(2))
    v = one(true, cues)
    for ms in (25, 50, 100):
        f1, precision, recall = mir_eval.onset.f_measure(true, cues, window=ms / 1000)
        assert (v[f"f1@{ms}ms"], v[f"precision@{ms}ms"], v[f"recall@{ms}ms"]) == pytest.approx((f1, precision, recall))


def test_pooled_is_over_events_and_mean_is_over_clips():
    v = values([pair([1.0, 2.0, 3.0], [1.0]), pair([1.0], [1.0], clip_id="d")])
    assert v["f1@50ms"] == pytest.approx((0.5 + 1) / 2)
    assert v["f1_pooled@50ms"] == pytest.approx(2 * 2 / (4 + 2))
    assert v["recall@50ms"] == pytest.approx(2 / 4)


def test_cues_past_the_end_of_the_reference_are_cut():
    assert one([1.0], [1.0, 3.0], duration_s=2.0)["n_cues"] == 1


def test_textures_are_not_judged():
    rain = Pair(features("r", [], n_textures=1), features("r", [0.5]))
    both = row([rain, pair([1.0], [1.0])])
    assert both.figures["f1@50ms"].value == 1.0
    assert both.figures["f1@50ms"].n == 1
    assert both.figures["ap@50ms"].value == 1.0
    assert EventsV1().remarks([rain]) == ["1 clips hold textures alone and are not judged"]
    assert np.isnan(row([rain]).figures["skill@50ms"].value)


def test_ap_ranks_by_strength():
    true = features("c", [1.0, 2.0])
    cues = features("c", [1.0, 1.5, 2.0], strength=[0.9, 0.5, 0.4])
    # Hits at ranks 1 and 3 of two events: 1/2 * 1 + 1/2 * 2/3.
    assert row([Pair(true, cues)]).figures["ap@50ms"].value == pytest.approx(0.5 + 1 / 3)


def test_combinations():
    means = np.array([[0.6, 0.2], [0.5, 1.0], [np.nan, np.nan]])
    np.testing.assert_allclose(skill_of(means), [0.5, 0.0, np.nan])
    np.testing.assert_allclose(pooled_f1(np.array([[1.0, 2, 2], [0, 0, 0]])), [0.5, 1.0])
    np.testing.assert_allclose(pooled_skill(np.array([[[1.5, 0.5, 2, 2]]])), [[(0.75 - 0.25) / 0.75]])


@pytest.mark.parametrize("seed", range(8))
def test_shifted_matches_are_count_matches(seed):
    rng = np.random.default_rng(seed)
    duration_s = 3.0
    true, cues = (rng.uniform(0, duration_s, rng.integers(0, 15)) for _ in range(2))
    shifts, tolerances = rng.uniform(0, duration_s, 20), [0.0, 0.025, 0.1, 5.0]
    counts = count_shifted_matches(true, cues, tolerances, shifts, duration_s)
    by_hand = [[count_matches(true, (cues + s) % duration_s, t) for s in shifts] for t in tolerances]
    assert counts.tolist() == by_hand


def test_chance_agrees_with_the_function():
    true, cues = [0.5, 1.4, 1.9, 3.2], [0.1, 0.9, 2.0]
    ours = np.mean([EventsV1().per_clip(*_sides(true, cues), seed)["chance@100ms"] for seed in range(10)])
    assert ours == pytest.approx(chance_f1(true, cues, 0.1, 4.0, draws=4000), abs=0.015)


def _sides(true, cues):
    p = pair(true, cues)
    return p.reference, p.generated
