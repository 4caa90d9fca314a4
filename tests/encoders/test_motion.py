import numpy as np
import pytest

from silentfoley.encoders.motion import (
    MOTION_FEATURES,
    MotionFeatures,
    MotionReader,
    feature,
    motion_onsets,
    top,
)
from silentfoley.encoders.motion_camera import remove_camera
from silentfoley.timegrid import TimeGrid, frame_times_s

HEIGHT, WIDTH = 90, 160


def texture(seed, height, width, smooth=3):
    from scipy.ndimage import gaussian_filter

    noise = gaussian_filter(np.random.default_rng(seed).normal(size=(height, width)), smooth, mode="wrap")
    return 110 + 50 * noise / noise.std()


def render(times, square_y, offset_x=lambda t: 0.0, light=lambda t: 0.0, square_x=70, size=24, seed=0):
    """A textured square at height ``square_y(t)`` px before a textured wall shifted by ``offset_x(t)`` px."""
    from scipy.ndimage import shift

    wall, patch = texture(seed, HEIGHT, WIDTH), texture(seed + 1, size + 2, size, 2)
    frames = []
    for t in times:
        picture = shift(wall, (0, offset_x(t)), order=1, mode="grid-wrap")
        y = square_y(t)
        row = int(np.floor(y))
        moved = shift(patch, (y - row, 0), order=1, mode="nearest")[1 : size + 1]
        picture[row : row + size, square_x : square_x + size] = moved
        frames.append(np.clip(picture + light(t), 0, 255))
    grey = np.array(frames).round().astype(np.uint8)
    return np.repeat(grey[..., None], 3, axis=3)


def falls_and_stops(contact_s, speed=120.0, floor=60.0):
    return lambda t: min(max(floor - speed * (contact_s - t), 2.0), floor)


def strike_time(frames, times, grid):
    curve = feature(MotionFeatures()(frames, np.asarray(times), grid), "strike").astype(float)
    # Centre of the upper half of the peak: the interpolated curve is a triangle about a frame's time.
    curve = np.maximum(curve - 0.5 * curve.max(), 0)
    peak = int(curve.argmax())
    near = slice(max(peak - 8, 0), peak + 9)
    return float((curve[near] * grid.column_times_s()[near]).sum() / curve[near].sum())


@pytest.mark.parametrize("fps", [15, 24, 25, "30000/1001", 50, 60])
def test_a_stop_is_seen_at_its_time_at_any_rate(fps):
    grid = TimeGrid.of_duration(1.2)
    errors = []
    for contact in np.linspace(0.6, 0.68, 5):
        times = frame_times_s(int(1.2 * float(eval(str(fps)))), fps)
        errors.append(strike_time(render(times, falls_and_stops(contact)), times, grid) - contact)
    half_frame = 0.5 / min(float(eval(str(fps))), 25)
    assert np.abs(errors).max() < half_frame + 0.012
    assert abs(np.mean(errors)) < 0.012


def test_variable_rate_keeps_the_time():
    rng = np.random.default_rng(3)
    times = np.cumsum(rng.uniform(0.032, 0.06, size=30))
    grid = TimeGrid.of_duration(float(times[-1]))
    found = strike_time(render(times, falls_and_stops(0.7)), times, grid)
    assert found == pytest.approx(0.7, abs=0.035)


def test_repeated_frames_read_as_their_own_rate():
    times = frame_times_s(18, 15)
    frames = render(times, falls_and_stops(0.65, speed=80.0))
    grid = TimeGrid.of_duration(1.2)
    plain = MotionFeatures()(frames, times, grid)
    doubled = MotionFeatures()(np.repeat(frames, 2, axis=0), frame_times_s(36, 30), grid)
    for name in ("strike", "speed_top", "jump", "change_top"):
        a, b = feature(plain, name), feature(doubled, name)
        assert b.max() == pytest.approx(a.max(), rel=0.2)
        if name in ("strike", "jump"):
            assert abs(int(a.argmax()) - int(b.argmax())) <= 2


def test_pulldown_makes_no_beats():
    # 24 fps shown as 30: one frame in five repeats, yet the square glides.
    steady = lambda t: 5 + 40 * t  # noqa: E731
    native = frame_times_s(33, 24)
    shown = frame_times_s(40, 30)
    picked = np.minimum((shown * 24 + 1e-6).astype(int), 32)
    frames = render(native, steady)
    grid = TimeGrid.of_duration(1.3)
    plain = MotionFeatures()(frames, native, grid)
    pulled = MotionFeatures()(frames[picked], shown, grid)
    inner = slice(15, 55)
    assert feature(pulled, "jump")[inner].max() < 1.5 * feature(plain, "jump")[inner].max()


def test_only_up_jumps_are_strikes():
    times = frame_times_s(30, 25)
    grid = TimeGrid.of_duration(1.2)
    lands = MotionFeatures()(render(times, falls_and_stops(0.6)), times, grid)
    halts = MotionFeatures()(render(times, lambda t: 64 - falls_and_stops(0.6)(t)), times, grid)
    near = slice(25, 36)
    assert feature(lands, "strike")[near].max() > 3 * feature(lands, "dip")[near].max()
    assert feature(halts, "dip")[near].max() > 3 * feature(halts, "strike")[near].max()


def test_the_camera_is_no_motion():
    times = frame_times_s(30, 25)
    grid = TimeGrid.of_duration(1.2)
    # With next to no square, the wall sways as a camera would make it.
    frames = render(times, lambda t: 40.0, offset_x=lambda t: 20 * np.sin(7 * t), size=1)
    features = MotionFeatures()(frames, times, grid)
    assert feature(features, "unlikeness").max() < 0.5
    inner = slice(5, -5)
    scene, camera = feature(features, "speed_mean")[inner], feature(features, "camera_speed")[inner]
    assert np.median(camera) > 5 * np.median(scene)


def test_affine_fields_are_taken_out_and_a_mover_is_left():
    y, x = np.mgrid[0:9, 0:16]
    field = np.stack([0.3 + 0.02 * x - 0.01 * y, -0.1 + 0.03 * y], axis=-1)[None].astype(np.float32)
    field[0, 4, 5] += [0.0, 2.0]
    rest, _ = remove_camera(field)
    assert rest[0, 4, 5] == pytest.approx([0, 2], abs=0.02)
    rest[0, 4, 5] = 0
    assert np.abs(rest).max() < 0.02


def test_a_flash_is_light_and_a_cut_is_nothing():
    times = frame_times_s(40, 25)
    grid = TimeGrid.of_duration(1.6)
    lit = render(times, lambda t: 40.0, light=lambda t: 60.0 * (0.79 <= t < 0.87))
    flash = feature(MotionFeatures()(lit, times, grid), "flash")
    assert grid.column_times_s()[flash.argmax()] == pytest.approx(0.78, abs=0.011)
    one, two = (render(times, lambda t: 40.0, seed=s) for s in (0, 9))
    cut = np.where((times < 0.8)[:, None, None, None], one, two)
    features = MotionFeatures()(cut, times, grid)
    assert feature(features, "unlikeness").max() > 0.5
    for name in ("flash", "jump", "strike", "burst", "speed_top", "change_top"):
        assert feature(features, name).max() == 0.0


def test_windows_do_not_matter():
    times = frame_times_s(40, 25)
    frames = render(times, falls_and_stops(0.9))
    grid = TimeGrid.of_duration(1.6)
    reader = MotionReader()
    for start in (0, 1, 2, 10, 11, 25):
        end = {0: 1, 1: 2, 2: 10, 10: 11, 11: 25, 25: 40}[start]
        reader.add(frames[start:end], times[start:end])
    np.testing.assert_allclose(reader.features(grid), MotionFeatures()(frames, times, grid), atol=1e-4)


def test_contrast_and_size_hardly_matter():
    import cv2

    times = frame_times_s(30, 25)
    frames = render(times, falls_and_stops(0.6))
    grid = TimeGrid.of_duration(1.2)
    plain = MotionFeatures()(frames, times, grid)
    pale = MotionFeatures()((60 + frames * 0.5).round().astype(np.uint8), times, grid)
    large = np.stack([cv2.resize(f, (640, 360), interpolation=cv2.INTER_CUBIC) for f in frames])
    for other in (pale, MotionFeatures()(large, times, grid)):
        for name in ("strike", "speed_top", "change_top"):
            a, b = feature(plain, name), feature(other, name)
            assert np.corrcoef(a, b)[0, 1] > 0.95
            assert b.max() == pytest.approx(a.max(), rel=0.25)


def test_position_follows_the_mover():
    times = frame_times_s(20, 25)
    grid = TimeGrid.of_duration(0.8)
    for x, sign in ((5, -1), (130, 1)):
        moving = render(times, lambda t: 30 + 20 * np.sin(9 * t), square_x=x)
        position = feature(MotionFeatures()(moving, times, grid), "position_x")[5:-5]
        assert (sign * position > 0.3).all()


@pytest.mark.parametrize("n", [1, 2, 3])
def test_few_frames(n):
    frames = np.random.default_rng(0).integers(0, 255, size=(n, 90, 160, 3), dtype=np.uint8)
    grid = TimeGrid.of_duration(0.2)
    features = MotionFeatures()(frames, frame_times_s(n, 25), grid)
    assert features.shape == (grid.n_columns, len(MOTION_FEATURES))
    assert features.dtype == np.float32
    assert np.isfinite(features).all()
    assert motion_onsets(features, grid).shape == (grid.n_columns,)


def test_a_still_clip_stays_silent():
    times = frame_times_s(30, 25)
    frames = render(times, lambda t: 40.0)
    grid = TimeGrid.of_duration(1.2)
    assert motion_onsets(MotionFeatures()(frames, times, grid), grid).max() == 0.0


def test_onsets_peak_where_things_stop():
    times = frame_times_s(75, 25)

    def hops(t):
        return 20 + 40 * abs(np.sin(np.pi * (t % 0.75) / 0.75 + np.pi / 2))

    grid = TimeGrid.of_duration(3.0)
    onsets = motion_onsets(MotionFeatures()(render(times, hops), times, grid), grid)
    assert onsets.shape == (grid.n_columns,)
    assert onsets.min() >= 0
    assert onsets.max() < 1


def test_top_is_the_mean_of_the_highest_twentieth():
    cells = np.arange(144, dtype=np.float32).reshape(1, 9, 16)
    assert top(cells)[0] == pytest.approx(np.mean(np.arange(137, 144)))
