"""The clock: exact against fractions at every rate, no drift over an hour."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from silentfoley.errors import GridError
from silentfoley.timegrid import TimeGrid, bracket, exact, frame_times_s

RATES = [Fraction(24000, 1001), Fraction(30000, 1001), Fraction(25), Fraction("59.94"), Fraction(15), Fraction(60)]
HOUR_S = 3600
fps = st.sampled_from(RATES)
sample_rates = st.sampled_from([8_000, 16_000, 22_050, 44_100, 48_000, 96_000])
hops = st.integers(1, 5_000)


@pytest.mark.parametrize(("value", "fraction"), [("30000/1001", Fraction(30000, 1001)), (59.94, Fraction(2997, 50))])
def test_numbers_are_read_as_written(value: float | str, fraction: Fraction):
    assert exact(value) == fraction


@pytest.mark.parametrize("value", [float("nan"), float("inf"), "x", "1/0", None, [1]])
def test_what_is_no_number(value: object):
    with pytest.raises(GridError, match=r"rate_fps: .* is not a finite number"):
        exact(value, "rate_fps")  # type: ignore[arg-type]


@settings(deadline=None)
@given(fps, st.integers(0, 216_000))
def test_frame_times_are_rounded_once(rate: Fraction, index: int):
    n = min(index + 1, 400)
    start = Fraction(index - n + 1) / rate
    times = frame_times_s(n, rate, start)
    assert times[-1] == float(Fraction(index) / rate)


@pytest.mark.parametrize("rate", RATES)
def test_an_hour_of_frames_has_the_exact_length(rate: Fraction):
    n_frames = round(HOUR_S * rate)
    grid = TimeGrid.of_frames(n_frames, rate)
    assert grid.n_samples == round(n_frames / rate * 44_100)
    assert abs(grid.duration_s - n_frames / rate) <= Fraction(1, 2 * 44_100)


@settings(deadline=None)
@given(sample_rates, hops, st.integers(0, 200_000))
def test_column_times_are_exact_for_ever(sample_rate: int, hop: int, column: int):
    grid = TimeGrid(max(1, column * hop), sample_rate, hop)
    assert grid.column_time_s(column) == Fraction(column * hop, sample_rate)
    assert grid.column_time_s(column) * grid.sample_rate_hz == column * hop
    assert grid.column_rate_hz * grid.column_time_s(column) == column


@pytest.mark.parametrize(("sample_rate", "hop"), [(44_100, 882), (44_100, 256), (48_000, 1001), (22_050, 367)])
def test_an_hour_of_columns_does_not_drift(sample_rate: int, hop: int):
    grid = TimeGrid(HOUR_S * sample_rate, sample_rate, hop)
    times = grid.column_times_s()
    assert len(times) == grid.n_columns
    for column in (0, 1, grid.n_columns // 3, grid.n_columns - 1):
        assert times[column] == float(Fraction(column * hop, sample_rate))
        assert grid.column_at(times[column]) == column
        assert grid.sample_at(grid.column_time_s(column)) == column * hop


@settings(deadline=None)
@given(st.integers(1, 10_000_000), sample_rates, hops)
def test_columns_cover_the_clip(n_samples: int, sample_rate: int, hop: int):
    grid = TimeGrid(n_samples, sample_rate, hop)
    last = grid.column_time_s(grid.n_columns - 1)
    assert last <= grid.duration_s < last + Fraction(hop, sample_rate)


@settings(deadline=None)
@given(st.integers(1, 10_000_000), st.fractions(-10, 400, max_denominator=48_000))
def test_nearest_sample_and_column(n_samples: int, time_s: Fraction):
    grid = TimeGrid(n_samples)
    sample, column = grid.sample_at(time_s), grid.column_at(time_s)
    assert 0 <= sample <= n_samples
    assert 0 <= column < grid.n_columns
    if 0 <= time_s <= grid.duration_s:
        assert abs(Fraction(sample, grid.sample_rate_hz) - time_s) <= Fraction(1, 2 * grid.sample_rate_hz)
    if 0 <= time_s <= grid.column_time_s(grid.n_columns - 1):
        assert abs(grid.column_time_s(column) - time_s) <= 1 / (2 * grid.column_rate_hz)


def by_hand(frames: list[Fraction], query: Fraction) -> tuple[Fraction, Fraction, Fraction]:
    """Times of the frame before and after, and the weight, in fractions."""
    if query <= frames[0]:
        return frames[0], frames[0], Fraction(0)
    before = max(f for f in frames if f <= query)
    after = min((f for f in frames if f > query), default=before)
    return before, after, (query - before) / (after - before) if after > before else Fraction(0)


variable = st.lists(st.integers(0, 4_000), min_size=1, max_size=30, unique=True).map(sorted)


@settings(deadline=None)
@given(variable, st.lists(st.integers(-500, 9_000), min_size=1, max_size=30))
def test_bracket_equals_fractions_at_variable_rates(ticks: list[int], query_ticks: list[int]):
    frames = [Fraction(t, 1000) for t in ticks]
    query = [Fraction(q, 2000) for q in query_ticks]
    got = bracket([float(f) for f in frames], [float(q) for q in query])
    for i, q in enumerate(query):
        before, after, weight = by_hand(frames, q)
        assert frames[got.left[i]] == before
        # Exactly on a frame the right one counts for nothing, whichever it is.
        if q >= frames[0] and q not in frames:
            assert frames[got.right[i]] == after
        blend = (1 - got.weight[i]) * float(frames[got.left[i]]) + got.weight[i] * float(frames[got.right[i]])
        assert blend == pytest.approx(float(min(max(q, frames[0]), frames[-1])), abs=1e-9)
        assert got.weight[i] == pytest.approx(float(weight), abs=1e-6)
        nearest = frames[got.nearest()[i]]
        assert abs(nearest - q) == min(abs(f - q) for f in frames)


@pytest.mark.parametrize("rate", RATES)
def test_frames_on_columns_do_not_drift_over_an_hour(rate: Fraction):
    grid = TimeGrid(HOUR_S * 44_100)
    frames = frame_times_s(round(HOUR_S * rate), rate)
    got = grid.bracket_frames(frames)
    columns = grid.column_times_s()
    inside = columns <= frames[-1]
    blend = (1 - got.weight) * frames[got.left] + got.weight * frames[got.right]
    assert np.abs(blend - columns)[inside].max() < 1e-9
    rng = np.random.default_rng(0)
    for column in rng.integers(0, grid.n_columns - 100, 200):
        true = grid.column_time_s(int(column)) * rate
        assert abs(got.left[column] + Fraction(float(got.weight[column])) - true) < Fraction(1, 10**5)


def test_beside_the_frames():
    got = bracket([1.0, 2.0], [0.0, 1.0, 1.5, 2.0, 9.0])
    assert got.left.tolist() == [0, 0, 0, 1, 1]
    assert got.right.tolist()[1:] == [1, 1, 1, 1]
    assert got.left[0] == got.right[0], "equal before the first frame"
    assert got.weight.tolist() == [0, 0, 0.5, 0, 0]
    assert got.nearest().tolist() == [0, 0, 0, 1, 1]


def test_repeated_times_are_allowed():
    got = bracket([0.0, 1.0, 1.0, 2.0], [1.0, 1.5])
    assert np.isfinite(got.weight).all()
    assert got.nearest().tolist() == [2, 2]


@pytest.mark.parametrize("frames", [[], [[0.0]], [1.0, 0.5], [0.0, float("nan")]])
def test_bad_frame_times(frames: list[float]):
    with pytest.raises(GridError, match="frame times"):
        bracket(frames, [0.0])


def test_bad_query_times():
    with pytest.raises(GridError, match="query times"):
        bracket([0.0, 1.0], [float("nan")])


@pytest.mark.parametrize("bad", [{"n_samples": 0}, {"n_samples": 1.5}, {"n_samples": True}, {"hop_samples": -1}])
def test_bad_grids(bad: dict[str, int]):
    with pytest.raises(GridError, match="is not a positive whole number"):
        TimeGrid(**{"n_samples": 100, **bad})


def test_bad_lengths_and_rates():
    with pytest.raises(GridError, match="is not a length"):
        TimeGrid.of_duration(0)
    with pytest.raises(GridError, match="not positive"):
        TimeGrid.of_frames(10, 0)
    with pytest.raises(GridError, match="not positive"):
        frame_times_s(10, -25)
    with pytest.raises(GridError, match="not divisible"):
        TimeGrid(1000).refine(5)


@settings(deadline=None)
@given(
    st.integers(1, 1_000_000), st.sampled_from([1, 2, 3, 6, 7, 9, 14, 18, 21, 42, 49, 63, 98, 126, 147, 294, 441, 882])
)
def test_refined_grids_share_columns(n_samples: int, factor: int):
    coarse = TimeGrid(n_samples)
    fine = coarse.refine(factor)
    for column in (0, coarse.n_columns // 2, coarse.n_columns - 1):
        assert fine.column_time_s(column * factor) == coarse.column_time_s(column)
    assert fine.n_samples == coarse.n_samples
