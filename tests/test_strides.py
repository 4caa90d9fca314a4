"""Strides of a horse: against every sequence there is, gaits found again, gaps filled, a horse that stands."""

from __future__ import annotations

import math
from itertools import pairwise

import numpy as np
import pytest

from silentfoley.errors import SilentFoleyError
from silentfoley.gaits import GAIT_BEATS, Gait
from silentfoley.metrics.events import score_events
from silentfoley.strides import STEP_S, WIDTH_S, StrideModel, best_ride, landings_s, rides

RATE = 50.0
MODEL = StrideModel()


def beats(gait: str, stride_s: float, duration_s: float, first_s: float = -0.13) -> np.ndarray:
    starts = np.arange(first_s - stride_s, duration_s + stride_s, stride_s)
    times = np.sort((starts[:, None] + stride_s * np.unique(GAIT_BEATS[gait].phases)).ravel())
    return times[(times >= 0) & (times < duration_s)]


def curve_of(times_s: np.ndarray, duration_s: float, top: float = 0.8) -> np.ndarray:
    at = np.arange(int(duration_s * RATE) + 1) / RATE
    return top * np.exp(-0.5 * ((at[:, None] - times_s) / WIDTH_S) ** 2).max(axis=1)


def cost_of(strides: list[tuple[int, int]], seen: np.ndarray, gait: Gait, model: StrideModel) -> float:
    """The docstring step by step: every visible step of every stride, and every change from stride to stride."""
    total = 0.0
    for start, length in strides:
        for i in range(length):
            if 0 <= start + i < len(seen):
                distances = [abs(i - (p + turn) * length) * STEP_S for p in gait.phases for turn in (-1, 0, 1)]
                near = math.exp(-0.5 * (min(distances) / WIDTH_S) ** 2)
                expected = model.floor + (model.top - model.floor) * near
                value = seen[start + i]
                total -= value * math.log(expected) + (1 - value) * math.log(1 - expected)
    for (_, one), (_, next_one) in pairwise(strides):
        total += model.evenness * math.log(next_one / one) ** 2
    return total


def all_rides(n: int, lengths: range) -> list[list[tuple[int, int]]]:
    """Every sequence of strides that covers n steps, the first reaching into them, the last passing their end."""
    found = []

    def go_on(strides: list[tuple[int, int]]) -> None:
        end = sum(strides[-1])
        if end >= n:
            found.append(strides)
            return
        for length in lengths:
            go_on([*strides, (end, length)])

    for length in lengths:
        for start in range(1 - length, 1):
            go_on([(start, length)])
    return found


def test_it_is_the_cheapest_of_all_sequences() -> None:
    gait = Gait((0.0, 0.3, 0.3, 0.7), (0.08, 0.14))
    model = StrideModel(floor=0.2, top=0.7, evenness=3.0, margin=0.0)
    rng = np.random.default_rng(0)
    for n in (1, 9, 15):
        seen = rng.uniform(0.02, 0.98, n)
        cost, times_s = best_ride(gait, seen, model)
        cheapest = min(all_rides(n, range(4, 8)), key=lambda strides: cost_of(strides, seen, gait, model))
        assert cost == pytest.approx(cost_of(cheapest, seen, gait, model), abs=1e-9)
        true_s = [(start + p * length) * STEP_S for start, length in cheapest for p in sorted(set(gait.phases))]
        np.testing.assert_allclose(times_s, sorted(t for t in true_s if 0 <= t < n * STEP_S), atol=1e-12)


@pytest.mark.parametrize(
    ("gait", "stride_s"), [("walk", 1.05), ("trot", 0.66), ("canter", 0.6), ("canter", 0.54), ("gallop", 0.48)]
)
def test_gaits_are_found_again_though_a_quarter_of_the_beats_is_not_seen(gait: str, stride_s: float) -> None:
    true_s = beats(gait, stride_s, 4.0)
    rng = np.random.default_rng(0)
    seen_s = np.delete(true_s, rng.choice(len(true_s), len(true_s) // 4, replace=False))
    first = rides(curve_of(seen_s, 4.0), RATE, MODEL)[0]
    assert score_events(true_s, first.landings_s, 0.05).f1 > 0.95
    # At half the stride a trot lands when a walk does: nobody can tell them apart by ear.
    assert first.gait == gait or {first.gait, gait} == {"walk", "trot"}
    assert score_events(true_s, seen_s, 0.05).f1 < 0.9


def test_strides_that_get_longer_are_followed() -> None:
    starts = np.cumsum([0.0, *np.linspace(0.6, 0.7, 8)]) - 0.3
    true_s = np.sort(np.concatenate([starts, starts[:-1] + np.diff(starts) / 2]))
    true_s = true_s[(true_s >= 0) & (true_s < 4)]
    assert score_events(true_s, landings_s(curve_of(true_s, 4.0), RATE, MODEL), 0.05).f1 > 0.95


def test_a_horse_that_stands_is_not_heard() -> None:
    true_s = beats("trot", 0.66, 4.0)
    walked = true_s[true_s < 2]
    found = landings_s(curve_of(walked, 4.0), RATE, MODEL)
    assert found.max() < walked.max() + 0.5 < 2.6
    assert score_events(walked, found[found < 2], 0.05).f1 > 0.95
    assert rides(curve_of(walked, 4.0), RATE, MODEL)[0].landings_s.max() > 3.3
    assert landings_s(np.zeros(200), RATE, MODEL).size == 0


@pytest.mark.parametrize("n_columns", [1, 2, 5])
def test_the_shortest_curves_have_a_ride(n_columns: int) -> None:
    for ride in rides(np.full(n_columns, 0.9), RATE, MODEL):
        assert np.isfinite(ride.cost)
        assert ((ride.landings_s >= 0) & (ride.landings_s < 0.1)).all()


def test_models_out_of_range_are_refused() -> None:
    with pytest.raises(SilentFoleyError, match="0 < floor < top < 1"):
        StrideModel(floor=0.6, top=0.5)
    with pytest.raises(SilentFoleyError, match=r"StrideModel margin: 0\.9 is out of range"):
        StrideModel(margin=0.9)
    for value in (float("inf"), float("nan"), True, "1000"):
        with pytest.raises(SilentFoleyError, match="StrideModel evenness"):
            StrideModel(evenness=value)  # type: ignore[arg-type]
    with pytest.raises(SilentFoleyError, match="no table of its numbers"):
        StrideModel.from_dict({"speed": 3})
    with pytest.raises(SilentFoleyError, match="no table of its numbers"):
        StrideModel.from_dict([0.1])  # type: ignore[arg-type]
