import numpy as np
import pytest
import torch
from support.processes import in_processes

from silentfoley.errors import SilentFoleyError
from silentfoley.metrics.counts import count_error
from silentfoley.metrics.event_metric import EventMetric
from silentfoley.metrics.events import ClipEvents, summarise_events
from silentfoley.metrics.ranking import average_precision


def make_clips(n=7, seed=0):
    rng = np.random.default_rng(seed)
    clips = []
    for _ in range(n):
        true, cues = (np.sort(rng.uniform(0, 4, size=rng.integers(0, 8))) for _ in range(2))
        clips.append((true, cues, 4.0, rng.random(cues.size)))
    return clips


def fill(metric, clips, numbers):
    for i in numbers:
        metric.update(i, *clips[i])
    return metric


def same(one, other):
    assert one.keys() == other.keys()
    for name in one:
        torch.testing.assert_close(one[name], other[name], rtol=0, atol=0, equal_nan=True)


def test_equals_the_functions():
    clips = make_clips()
    got = fill(EventMetric(0.1, draws=20, seed=3), clips, range(7)).compute()
    events = [ClipEvents(t, c, d) for t, c, d, _ in clips]
    summary = summarise_events(events, 0.1, 20, 3)
    counts = count_error([len(t) for t, *_ in clips], [len(c) for _, c, *_ in clips])
    precision = average_precision(*([c[i] for c in clips] for i in (0, 1, 3)), 0.1)
    expected = {
        "f1": summary.f1,
        "chance": summary.chance,
        "skill": summary.skill,
        "precision": summary.pooled.precision,
        "recall": summary.pooled.recall,
        "pooled_f1": summary.pooled.f1,
        "average_precision": precision,
        "count_error": counts.mean,
        "count_error_abs": counts.mean_abs,
        "count_exact": counts.exact_share,
        "bias_s": summary.timing.bias_s,
        "median_abs_s": summary.timing.median_abs_s,
        "p90_abs_s": summary.timing.p90_abs_s,
    }
    assert {k: v.item() for k, v in got.items() if v.ndim == 0} == expected
    np.testing.assert_array_equal(got["clip_f1"], summary.clip_f1)
    np.testing.assert_array_equal(got["clip_chance"], summary.clip_chance)
    np.testing.assert_array_equal(got["clip_count_error"], counts.clip_error)
    assert got["clip"].tolist() == list(range(7))


def test_order_of_clips_makes_no_difference():
    clips = make_clips()
    same(
        fill(EventMetric(0.1, draws=5), clips, range(7)).compute(),
        fill(EventMetric(0.1, draws=5), clips, [4, 2, 6, 0, 1, 5, 3]).compute(),
    )


def spread(rank, clips, shares):
    return fill(EventMetric(0.1, draws=5), clips, shares[rank]).compute()


# A sampler repeats clips until both processes have as many; or one has none at all.
@pytest.mark.parametrize("shares", [[[0, 2, 4, 6], [1, 3, 5, 0]], [[], [0, 1, 2, 3, 4, 5, 6]]])
def test_two_processes_equal_one(shares):
    clips = make_clips()
    alone = fill(EventMetric(0.1, draws=5), clips, range(7)).compute()
    for answer in in_processes(spread, clips, shares):
        same(answer, alone)


def test_reset_forgets_and_forward_scores_the_batch():
    clips = make_clips()
    metric = fill(EventMetric(0.1, draws=5), clips, [0, 1])
    first = metric(2, *clips[2])
    assert first["clip"].item() == 2
    assert metric.compute()["clip"].tolist() == [0, 1, 2]
    metric.reset()
    with pytest.raises(SilentFoleyError, match="EventMetric: no clips to score"):
        metric.compute()
    same(fill(metric, clips, [3]).compute(), fill(EventMetric(0.1, draws=5), clips, [3]).compute())


def test_one_number_for_two_clips_is_refused():
    metric = EventMetric(0.1)
    metric.update(4, [1.0], [1.0], 2.0)
    metric.update(4, [1.0], [1.5], 2.0)
    with pytest.raises(SilentFoleyError, match="EventMetric clip 4: it came twice with different values"):
        metric.compute()
    with pytest.raises(SilentFoleyError, match="clip 5: its cues and ranks differ"):
        metric.update(5, [1.0], [1.0], 2.0, [])


def test_silence_and_rightly_silent():
    metric = EventMetric(0.05)
    metric.update(0, [1.0, 2.0], [], 4.0)
    got = metric.compute()
    zero = ("f1", "skill", "precision", "recall", "average_precision", "count_exact")
    assert [got[k].item() for k in zero] == [0] * 6
    assert got["count_error"].item() == -2
    metric.reset()
    metric.update(0, [], [], 4.0)
    got = metric.compute()
    assert [got[k].item() for k in ("f1", "pooled_f1", "average_precision", "count_exact")] == [1] * 4


def test_metronome_has_no_skill_within_its_interval():
    rng = np.random.default_rng(5)
    metric = EventMetric(0.1, draws=50)
    # Half a tolerance from the start: as much of the clip's ends is out of reach as on average over the shifts.
    beat = np.arange(0.05, 8, 0.2)
    for i in range(60):
        metric.update(i, np.sort(rng.uniform(0, 8, size=rng.integers(1, 25))), beat, 8.0)
    got = metric.compute()
    assert got["f1"].item() > 0.3
    draws = rng.integers(0, 60, (1000, 60))
    f1, chance = (got[k].numpy()[draws].mean(1) for k in ("clip_f1", "clip_chance"))
    low, high = np.quantile((f1 - chance) / (1 - chance), [0.025, 0.975])
    assert low < 0 < high
    assert got["average_precision"].item() < 0.5


def test_count_error_by_hand():
    counts = count_error([3, 0, 2], [1, 0, 5])
    assert (counts.mean, counts.mean_abs, counts.exact_share) == pytest.approx((1 / 3, 5 / 3, 1 / 3))
    assert counts.clip_error.tolist() == [-2, 0, 3]
    with pytest.raises(SilentFoleyError, match="count_error: shapes"):
        count_error([], [])
