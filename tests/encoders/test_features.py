"""Extractors: shapes, chunks that join, controls that see no motion, settings that tell everything."""

from __future__ import annotations

import json

import numpy as np
import pytest

import silentfoley.encoders.features as features
from silentfoley.encoders.efficientnet_lite import EfficientNetLite0
from silentfoley.encoders.features import (
    ColourFrameFeatures,
    ColourHistogramFeatures,
    FirstFrameFeatures,
    Joined,
    Reversed,
    Shuffled,
    SpaceTimeFeatures,
    ThumbnailFeatures,
)
from silentfoley.encoders.interpolation import BlendFrames, FlowFrames, RepeatFrames
from silentfoley.encoders.space_time import space_time_images
from silentfoley.errors import DataError
from silentfoley.timegrid import TimeGrid

GRID = TimeGrid(441 * 60, 44_100, 882)  # 0.6 s, 31 columns
SIZE = 32


@pytest.fixture(scope="module")
def backbone() -> EfficientNetLite0:
    return EfficientNetLite0()


@pytest.fixture(scope="module")
def clip() -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(5)
    times = np.array([0.0, 0.04, 0.1, 0.11, 0.2, 0.3, 0.45, 0.59])
    return rng.integers(0, 256, (8, 40, 48, 3), dtype=np.uint8), times


def _every(backbone):
    return [
        SpaceTimeFeatures(backbone, size=SIZE),
        SpaceTimeFeatures(backbone, RepeatFrames(), size=SIZE),
        SpaceTimeFeatures(backbone, size=SIZE + 8),
        ColourFrameFeatures(backbone, size=SIZE),
        FirstFrameFeatures(backbone, SIZE),
        ColourHistogramFeatures(),
        ColourHistogramFeatures(bins=2),
        ThumbnailFeatures(),
        ThumbnailFeatures(interpolation=FlowFrames()),
        Joined(SpaceTimeFeatures(backbone, size=SIZE), FirstFrameFeatures(backbone, SIZE)),
        Shuffled(ThumbnailFeatures(), seed=1),
        Shuffled(ThumbnailFeatures(), seed=2),
        Reversed(ThumbnailFeatures()),
    ]


def test_one_row_per_column_of_float32(backbone, clip):
    for extractor in _every(backbone):
        found = extractor(*clip, GRID)
        assert len(found) == GRID.n_columns
        assert found.dtype == np.float32
        np.testing.assert_array_equal(found, extractor(*clip, GRID))


def test_settings_are_json_and_all_different(backbone):
    keys = {json.dumps({"name": e.name, **e.settings()}, sort_keys=True) for e in _every(backbone)}
    assert len(keys) == len(_every(backbone))
    other = EfficientNetLite0()
    other.classifier.bias += 1
    assert SpaceTimeFeatures(other).settings() != SpaceTimeFeatures(backbone).settings()
    assert backbone.weights_sha256 in str(Joined(Reversed(SpaceTimeFeatures(backbone))).settings())


@pytest.mark.parametrize("chunk", [1, 7, 31])
def test_chunks_join_to_the_whole(backbone, clip, monkeypatch, chunk):
    extractors = [ThumbnailFeatures(SIZE, FlowFrames()), ColourFrameFeatures(backbone, size=SIZE)]
    whole = [e(*clip, GRID) for e in extractors]
    monkeypatch.setattr(features, "CHUNK_COLUMNS", chunk)
    for extractor, expected in zip(extractors, whole, strict=True):
        np.testing.assert_allclose(extractor(*clip, GRID), expected, atol=1e-4)


def test_thumbnails_are_the_space_time_images_of_the_interpolated_frames():
    frames = np.random.default_rng(0).integers(0, 256, (3, 16, 16, 3), dtype=np.uint8)
    times = np.array([0.0, 0.2, 0.5])
    images = space_time_images(BlendFrames()(frames, times, GRID))
    found = ThumbnailFeatures(16)(frames, times, GRID)
    assert found.shape == (31, 3, 16, 16)
    np.testing.assert_allclose(found, images.transpose(0, 3, 1, 2) / 255.0, atol=1e-6)


def test_space_time_features_are_the_backbone_on_those_images(backbone):
    frames = np.random.default_rng(0).integers(0, 256, (3, SIZE, SIZE, 3), dtype=np.uint8)
    times = np.array([0.0, 0.2, 0.5])
    images = space_time_images(BlendFrames()(frames, times, GRID))
    found = SpaceTimeFeatures(backbone, size=SIZE)(frames, times, GRID)
    np.testing.assert_allclose(found[[0, 9, 30]], backbone.features(images[[0, 9, 30]]), atol=1e-5)


def test_joined_puts_owens_two_halves_side_by_side(backbone, clip):
    parts = SpaceTimeFeatures(backbone, size=SIZE), FirstFrameFeatures(backbone, SIZE)
    joined = Joined(*parts)(*clip, GRID)
    assert joined.shape == (31, 2 * backbone.n_features)
    np.testing.assert_array_equal(joined, np.concatenate([p(*clip, GRID) for p in parts], axis=1))
    with pytest.raises(DataError, match="frames of one size"):
        Joined(SpaceTimeFeatures(backbone, size=32), FirstFrameFeatures(backbone, 64))
    with pytest.raises(DataError, match="Joined"):
        Joined()


def test_appearance_controls_do_not_see_order_or_time(backbone, clip):
    frames, times = clip
    still = np.array([0, 5, 2, 7, 4, 1, 6, 3])
    histogram = ColourHistogramFeatures()
    np.testing.assert_allclose(histogram(frames, times, GRID), histogram(frames[still], times, GRID), atol=1e-7)
    np.testing.assert_allclose(histogram(frames, times, GRID).sum(axis=1), 1, atol=1e-5)
    first = FirstFrameFeatures(backbone, SIZE)
    np.testing.assert_array_equal(first(frames, times, GRID), first(frames[still], times, GRID))
    assert (first(frames, times, GRID) == first(frames, times, GRID)[0]).all()


def test_histogram_counts_colours():
    frames = np.zeros((2, 64, 64, 3), dtype=np.uint8)
    frames[1, :, :, 0] = 255
    found = ColourHistogramFeatures(bins=2)(frames, np.array([0.0, 0.1]), GRID)[0]
    assert found.tolist() == [0.5, 0, 0, 0, 0.5, 0, 0, 0]
    with pytest.raises(DataError, match="outside 2 to 16"):
        ColourHistogramFeatures(bins=1)


def test_reordered_clips_keep_their_frames_and_times(clip):
    frames, times = clip
    thumbnails = ThumbnailFeatures(SIZE)
    np.testing.assert_array_equal(
        Reversed(thumbnails)(frames, times, GRID), thumbnails(np.ascontiguousarray(frames[::-1]), times, GRID)
    )
    shuffled = Shuffled(thumbnails, seed=4)
    order = shuffled.order(8)
    assert sorted(order) == list(range(8))
    assert (order != np.arange(8)).any()
    np.testing.assert_array_equal(shuffled.order(8), Shuffled(thumbnails, seed=4).order(8))
    np.testing.assert_array_equal(shuffled(frames, times, GRID), thumbnails(frames[order], times, GRID))
    assert shuffled.frame_size == thumbnails.frame_size


def test_one_frame_is_a_clip(backbone, clip):
    frames, times = clip
    for extractor in _every(backbone):
        found = extractor(frames[:1], times[:1], GRID)
        np.testing.assert_allclose(found, np.broadcast_to(found[:1], found.shape), atol=1e-5)


@pytest.mark.parametrize("size", [0, -4, 2.5])
def test_a_thumbnail_has_a_side(size: float) -> None:
    with pytest.raises(DataError, match=r"ThumbnailFeatures.*at least 1 pixel"):
        ThumbnailFeatures(size)  # type: ignore[arg-type]
