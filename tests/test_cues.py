"""The score: what a cue may be, and that editing a sheet loses nothing in silence."""

from __future__ import annotations

import math
import pickle

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from silentfoley.cues import Cue, CueSheet
from silentfoley.errors import CueError

DURATION_S = 10.0
starts = st.floats(0, DURATION_S, exclude_max=True, allow_subnormal=False)
labels = st.sampled_from(["footsteps", "rain", "dog bark"])
cues = st.builds(
    Cue,
    start_s=starts,
    label=labels,
    strength=st.floats(0, 1),
    duration_s=st.none() | st.floats(0.001, 5),
    pan=st.floats(-1, 1),
)
sheets = st.builds(CueSheet, st.lists(cues, max_size=8).map(tuple), st.just(DURATION_S))


@pytest.mark.parametrize(
    ("fields", "reason"),
    [
        ({"start_s": -0.1}, "before the clip"),
        ({"start_s": float("nan")}, "start_s is nan"),
        ({"start_s": "soon"}, "is not a number"),
        ({"label": ""}, "label is empty"),
        ({"label": "a\tb"}, "tab"),
        ({"label": " a"}, "space"),
        ({"label": 3}, "is not text"),
        ({"strength": 1.1}, "outside"),
        ({"pan": -2}, "outside"),
        ({"confidence": -0.1}, "outside"),
        ({"distance_m": -1}, "negative"),
        ({"duration_s": 0}, "no length"),
        ({"variant": ""}, "variant is empty"),
        ({"envelope": (1.0,)}, "without duration_s"),
        ({"envelope": (), "duration_s": 1}, "empty or negative"),
        ({"envelope": (-1.0,), "duration_s": 1}, "empty or negative"),
        ({"envelope": ("x",), "duration_s": 1}, "is not a number"),
    ],
)
def test_bad_cues(fields: dict[str, object], reason: str):
    with pytest.raises(CueError, match=reason) as error:
        Cue(**{"start_s": 1.0, "label": "rain", **fields})  # type: ignore[arg-type]
    assert "\n" not in str(error.value)


def test_bad_sheets():
    for duration_s in (0, -1, float("inf")):
        with pytest.raises(CueError, match="duration_s"):
            CueSheet((), duration_s)
    with pytest.raises(CueError, match="past the end of the clip"):
        CueSheet((Cue(2.0, "rain"),), 2.0)
    with pytest.raises(CueError, match="'a' is used twice"):
        CueSheet((Cue(0.0, "rain", id="a"), Cue(1.0, "rain", id="a")), 2.0)
    with pytest.raises(CueError, match="version 2"):
        CueSheet((), 1.0, version=2)
    with pytest.raises(CueError, match="is not a Cue"):
        CueSheet(({"start_s": 1.0},), 2.0)  # type: ignore[arg-type]


def test_errors_cross_processes():
    with pytest.raises(CueError) as error:
        Cue(-1.0, "rain")
    again = pickle.loads(pickle.dumps(error.value))
    assert (type(again), str(again)) == (CueError, str(error.value))


@settings(deadline=None)
@given(sheets)
def test_sheets_are_in_order_with_own_ids(sheet: CueSheet):
    assert list(sheet.starts_s()) == sorted(sheet.starts_s())
    assert len({c.id for c in sheet}) == len(sheet)
    assert all(c.id for c in sheet)
    assert CueSheet(sheet.cues, sheet.duration_s) == sheet


def test_ids_are_filled_beside_given_ones():
    sheet = CueSheet((Cue(0.0, "rain", id="c1"), Cue(1.0, "rain"), Cue(2.0, "rain", id="c3"), Cue(3.0, "rain")), 4.0)
    assert [c.id for c in sheet] == ["c1", "c2", "c3", "c4"]


@settings(deadline=None)
@given(sheets, st.floats(-5, 5))
def test_shift_moves_all_or_refuses(sheet: CueSheet, by_s: float):
    moved = [c.start_s + by_s for c in sheet]
    if all(0 <= m < DURATION_S for m in moved):
        got = sheet.shift(by_s)
        assert [c.start_s for c in got] == sorted(moved)
        assert got.duration_s == sheet.duration_s
        assert {c.id for c in got} == {c.id for c in sheet}
    else:
        with pytest.raises(CueError):
            sheet.shift(by_s)


@settings(deadline=None)
@given(sheets, st.floats(0.01, 100))
def test_scale_keeps_proportions(sheet: CueSheet, factor: float):
    got = sheet.scale(factor)
    assert len(got) == len(sheet)
    assert got.duration_s == sheet.duration_s * factor
    by_id = {c.id: c for c in got}
    for cue in sheet:
        assert by_id[cue.id].start_s == cue.start_s * factor
        if cue.duration_s is not None:
            assert by_id[cue.id].duration_s == cue.duration_s * factor


@settings(deadline=None)
@given(st.floats(0.01, 1000), st.floats(0.001, 1000))
def test_scale_keeps_the_last_cue_inside(length: float, factor: float):
    # The largest start below the end: rounding must not carry it onto the end.
    edge = CueSheet((Cue(math.nextafter(length, 0), "rain"),), length)
    assert len(edge.scale(factor)) == 1


@pytest.mark.parametrize("factor", [0, -1, float("inf"), float("nan")])
def test_bad_factors(factor: float):
    with pytest.raises(CueError, match="not positive"):
        CueSheet((), 1.0).scale(factor)


@settings(deadline=None)
@given(sheets)
def test_filter_parts_the_sheet(sheet: CueSheet):
    kept, rest = sheet.filter(lambda c: c.label == "rain"), sheet.filter(lambda c: c.label != "rain")
    assert len(kept) + len(rest) == len(sheet)
    assert kept.starts_s() == sheet.starts_s("rain")
    assert {c.id for c in kept} | {c.id for c in rest} == {c.id for c in sheet}


@settings(deadline=None)
@given(sheets, sheets, st.floats(1, 50))
def test_merge_keeps_all_and_our_ids(ours: CueSheet, theirs: CueSheet, length: float):
    assume(all(c.start_s < length for c in theirs))
    other = CueSheet(theirs.cues, length)
    got = ours.merge(other)
    assert got.duration_s == max(ours.duration_s, length)
    assert sorted(got.starts_s()) == sorted(ours.starts_s() + other.starts_s())
    by_id = {c.id: c for c in got}
    assert all(by_id[c.id] == c for c in ours)


def test_merge_with_several():
    one = CueSheet((Cue(0.5, "rain"),), 1.0)
    got = one.merge(one, one)
    assert len(got) == 3
    assert len({c.id for c in got}) == 3


@settings(deadline=None)
@given(sheets, st.floats(0.01, 3), st.floats(-2, 2))
def test_quantise_goes_to_the_nearest_point_inside(sheet: CueSheet, step_s: float, offset_s: float):
    got = {c.id: c.start_s for c in sheet.quantise(step_s, offset_s)}
    points = [p for k in range(-1300, 1300) if -1e-9 <= (p := offset_s + k * step_s) < DURATION_S]
    for cue in sheet:
        assert 0 <= got[cue.id] < DURATION_S
        assert min(abs(p - got[cue.id]) for p in points) < 1e-9
        assert abs(got[cue.id] - cue.start_s) <= min(abs(p - cue.start_s) for p in points) + 1e-9


def test_a_grid_that_misses_the_start_by_rounding_alone_has_it():
    assert CueSheet((Cue(0.0, "rain"),), 2.0).quantise(0.01, 1.0).starts_s() == (0.0,)


def test_quantise_refuses_what_has_no_point():
    sheet = CueSheet((Cue(0.5, "rain"),), 1.0)
    with pytest.raises(CueError, match="no point inside"):
        sheet.quantise(5.0, 2.0)
    for step_s in (0.0, -1.0, float("nan")):
        with pytest.raises(CueError, match="not positive"):
            sheet.quantise(step_s)
    with pytest.raises(CueError, match="offset"):
        sheet.quantise(0.1, float("nan"))


@pytest.mark.parametrize(("step_s", "offset_s"), [(0.25, -1e6), (0.25, 2.0**60), (1e-300, 0.0), (0.5, -(2.0**900))])
def test_quantise_far_and_fine_grids_end(step_s: float, offset_s: float):
    assert CueSheet((Cue(0.5, "rain"),), 1.0).quantise(step_s, offset_s).starts_s() == (0.5,)
