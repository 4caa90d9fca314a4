"""Interpolated frames: exact where a frame is, by hand in between, and motion where it belongs."""

from __future__ import annotations

import numpy as np
import pytest

from silentfoley.encoders.interpolation import (
    BlendFrames,
    FlowFrames,
    FrameInterpolation,
    PreviousFrames,
    RepeatFrames,
    dis_flow,
    farneback_flow,
    grey,
)
from silentfoley.errors import DataError, GridError
from silentfoley.timegrid import TimeGrid, bracket

EVERY: list[FrameInterpolation] = [RepeatFrames(), PreviousFrames(), BlendFrames(), FlowFrames()]
SECOND = TimeGrid(1000, 1000, 20)  # 51 columns, every 20 ms


def _noise(n: int, colour: bool = True, size: int = 32, seed: int = 0) -> np.ndarray:
    shape = (n, size, size, 3) if colour else (n, size, size)
    return np.random.default_rng(seed).integers(0, 256, shape, dtype=np.uint8)


def _square(x: int, size: int = 64, side: int = 16, seed: int = 3) -> np.ndarray:
    """A textured square on a textured, darker ground."""
    rng = np.random.default_rng(seed)
    picture = np.kron(rng.integers(20, 70, (size // 4, size // 4)), np.ones((4, 4))).astype(np.uint8)
    tile = np.kron(rng.integers(170, 250, (side // 4, side // 4)), np.ones((4, 4))).astype(np.uint8)
    picture[24 : 24 + side, x : x + side] = tile
    return picture


@pytest.mark.parametrize("method", EVERY, ids=lambda m: type(m).__name__)
@pytest.mark.parametrize("colour", [True, False])
def test_exact_at_frame_times(method, colour):
    frames = _noise(26, colour)
    out = method(frames, np.arange(26) / 25, SECOND)
    assert out.shape == (51, *frames.shape[1:])
    assert out.dtype == np.uint8
    np.testing.assert_array_equal(out[::2], frames)


@pytest.mark.parametrize("method", EVERY, ids=lambda m: type(m).__name__)
def test_one_frame_stands_for_all(method):
    frames = _noise(1)
    np.testing.assert_array_equal(method(frames, np.array([0.3]), SECOND), np.repeat(frames, 51, axis=0))


@pytest.mark.parametrize("method", EVERY, ids=lambda m: type(m).__name__)
def test_stands_still_outside_the_frames(method):
    frames = _noise(2)
    out = method(frames, np.array([0.4, 0.5]), SECOND)
    np.testing.assert_array_equal(out[:21], np.repeat(frames[:1], 21, axis=0))
    np.testing.assert_array_equal(out[25:], np.repeat(frames[1:], 26, axis=0))


def test_blend_is_the_hand_computed_mixture_at_variable_rate():
    frames = np.array([0, 100, 20], dtype=np.uint8)[:, None, None] * np.ones((1, 2, 2), dtype=np.uint8)
    out = BlendFrames()(frames, np.array([0.0, 0.1, 0.9]), SECOND)[:, 0, 0]
    assert [int(v) for v in out[:6]] == [0, 20, 40, 60, 80, 100]
    assert int(out[25]) == 60  # half-way through the long gap
    assert int(out[10]) == 90
    assert (out[45:] == 20).all()


def test_blend_rounds_to_nearest_and_never_wraps():
    frames = np.array([255, 0], dtype=np.uint8)[:, None, None] * np.ones((1, 2, 2), dtype=np.uint8)
    out = BlendFrames().at(frames, bracket([0.0, 1.0], [0.25, 0.5, 0.75]))[:, 0, 0]
    assert [int(v) for v in out] == [191, 128, 64]


def test_repeat_takes_the_nearer_frame_and_previous_the_shown_one():
    frames = np.arange(3, dtype=np.uint8)[:, None, None] * np.ones((1, 2, 2), dtype=np.uint8)
    where = bracket([0.0, 0.1, 0.9], [0.04, 0.05, 0.06, 0.1, 0.6, 0.95])
    assert RepeatFrames().at(frames, where)[:, 0, 0].tolist() == [0, 0, 1, 1, 2, 2]
    assert PreviousFrames().at(frames, where)[:, 0, 0].tolist() == [0, 0, 0, 1, 1, 2]


@pytest.mark.parametrize(("flow", "step"), [(dis_flow, 8), (farneback_flow, 4)])
@pytest.mark.parametrize("weight", [0.25, 0.5, 0.75])
def test_flow_moves_a_square_where_blending_ghosts(flow, step, weight):
    frames = np.stack([_square(16), _square(16 + step)])
    truth = _square(16 + int(step * weight)).astype(float)
    where = bracket([0.0, 1.0], [weight])
    moved = FlowFrames(flow).at(frames, where)[0]
    ghost = BlendFrames().at(frames, where)[0]
    error = np.abs(moved - truth).mean()
    assert error < 0.4 * np.abs(ghost - truth).mean()
    # In the strip the square has already left, the ground is seen again and no half square.
    assert np.abs(moved[26:38, 16:17] - truth[26:38, 16:17]).mean() < 40
    columns = (moved[28:36] > 130).mean(axis=0) > 0.5
    assert abs(np.flatnonzero(columns).mean() - (16 + step * weight + 7.5)) < 1.0
    assert abs(columns.sum() - 16) <= 2


def test_flow_in_colour_equals_flow_of_grey_pictures():
    frames = np.stack([_square(16), _square(22)])
    where = bracket([0.0, 1.0], [0.5])
    colour = FlowFrames().at(np.repeat(frames[..., None], 3, axis=-1), where)
    np.testing.assert_array_equal(colour[..., 1], FlowFrames().at(frames, where))


def test_flow_is_the_same_whatever_the_thread_count():
    import cv2

    frames, where, before = _noise(2, colour=False, size=96), bracket([0.0, 1.0], [0.3]), cv2.getNumThreads()
    try:
        results = []
        for threads in (1, 2):
            cv2.setNumThreads(threads)
            results.append(FlowFrames().at(frames, where))
            assert cv2.getNumThreads() == threads
    finally:
        cv2.setNumThreads(before)
    np.testing.assert_array_equal(*results)


@pytest.mark.parametrize("method", EVERY, ids=lambda m: type(m).__name__)
def test_parts_of_a_clip_join_to_the_whole(method):
    frames, times = _noise(7), np.array([0, 0.1, 0.15, 0.4, 0.41, 0.8, 0.99])
    query = SECOND.column_times_s()
    parts = [method.at(frames, bracket(times, q)) for q in np.array_split(query, 4)]
    np.testing.assert_array_equal(np.concatenate(parts), method(frames, times, SECOND))


def test_tiny_pictures_are_no_trouble():
    frames = _noise(2, size=4)
    assert FlowFrames()(frames, np.array([0.0, 1.0]), SECOND).shape == (51, 4, 4, 3)


def test_grey_is_rounded_bt601_luma():
    colour = _noise(3)
    luma = colour.astype(float) @ [0.299, 0.587, 0.114]
    assert np.abs(grey(colour) - luma).max() <= 0.51
    np.testing.assert_array_equal(grey(colour)[1], grey(colour[1]))
    assert grey(_noise(2, colour=False)).shape == (2, 32, 32)


def test_settings_tell_methods_apart():
    assert len({str(m.settings()) for m in [*EVERY, FlowFrames(farneback_flow)]}) == 5


def test_bad_frames_are_refused():
    with pytest.raises(DataError, match="one time for each frame"):
        RepeatFrames()(_noise(3), np.zeros(2), SECOND)
    with pytest.raises(DataError, match="float64"):
        RepeatFrames()(np.zeros((1, 4, 4, 3)), np.zeros(1), SECOND)
    with pytest.raises(DataError, match="0 frames"):
        RepeatFrames()(_noise(1)[:0], np.zeros(0), SECOND)
    with pytest.raises(GridError, match="backwards"):
        RepeatFrames()(_noise(2), np.array([1.0, 0.0]), SECOND)
