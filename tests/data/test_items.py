from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch
from numpy.typing import NDArray

from silentfoley.cues import Cue, CueSheet
from silentfoley.data.items import ClipItem, ItemMaker, RawClip, collate
from silentfoley.data.order import EpochOrder
from silentfoley.encoders.base import FeatureExtractor
from silentfoley.signal.mel import SoundFeatures
from silentfoley.timegrid import TimeGrid, frame_times_s
from silentfoley.waveform import Waveform


class MeanColour(FeatureExtractor):
    name = "mean_colour"

    def settings(self) -> dict[str, Any]:
        return {}

    def __call__(self, frames: NDArray[np.uint8], times_s: NDArray[np.float64], grid: TimeGrid) -> NDArray[np.float32]:
        nearest = grid.bracket_frames(times_s).nearest()
        return frames.mean(axis=(1, 2)).astype(np.float32)[nearest]


def raw(n_frames: int, seed: int = 0, cues: CueSheet | None = None, rate_hz: int = 44_100) -> RawClip:
    rng = np.random.default_rng(seed)
    duration = n_frames / 25
    sound = rng.normal(0, 0.1, (1, round(duration * rate_hz))).astype(np.float32)
    frames = rng.integers(0, 255, (n_frames, 4, 6, 3), dtype=np.uint8)
    return RawClip(
        f"clip{seed}", frames, frame_times_s(n_frames, 25), duration, "footsteps", Waveform(sound, rate_hz), cues
    )


MAKER = ItemMaker(MeanColour(), SoundFeatures(), keep_audio=True)


def test_item_lies_on_its_grid() -> None:
    cues = CueSheet((Cue(0.5, "footsteps"), Cue(0.2, "rain")), 2.0)
    item = MAKER(raw(50, cues=cues))
    assert item.grid == TimeGrid.of_duration(2)
    assert item.features.shape == (item.grid.n_columns, 3)
    assert item.sound.shape == (item.grid.n_columns, 64)
    assert item.audio.shape == (88_200,)
    assert item.onset.argmax() == item.grid.column_at(0.5)
    assert item.onset[item.grid.column_at(0.2)] < 0.01, "a texture has no onset worth timing"
    assert item.strength.max() > 0
    assert item.annotated


def test_item_without_sound_or_cues() -> None:
    clip = raw(1)
    item = ItemMaker(MeanColour())(RawClip(clip.id, clip.frames, clip.times_s, 0.04, "rain"))
    assert item.sound.shape == (item.grid.n_columns, 0)
    assert not item.annotated
    assert not item.onset.any()


def test_other_rates_are_resampled() -> None:
    assert MAKER(raw(25, rate_hz=16_000)).audio.shape == (44_100,)


def test_entry_round_trip_is_exact() -> None:
    item = MAKER(raw(7, cues=CueSheet((Cue(0.1, "footsteps", strength=1 / 3),), 0.28)))
    back = ClipItem.from_entry(item.to_entry())
    for name, value in item.__dict__.items():
        np.testing.assert_array_equal(getattr(back, name), value)


def test_settings_tell_makers_apart() -> None:
    other = ItemMaker(MeanColour(), SoundFeatures(n_mels=32), keep_audio=True)
    assert MAKER.settings() != other.settings()
    assert MAKER.settings() != ItemMaker(MeanColour(), SoundFeatures(), keep_audio=False).settings()


def test_collate_pads_and_keeps_each_clip() -> None:
    items = [MAKER(raw(n, seed=n)) for n in (10, 25, 3)]
    batch = collate(items, ("rain", "footsteps"))
    assert batch.label.tolist() == [1, 1, 1]
    assert batch.lengths.tolist() == [i.grid.n_columns for i in items]
    assert batch.mask.sum(1).tolist() == batch.lengths.tolist()
    for row, item in enumerate(items):
        n = item.grid.n_columns
        np.testing.assert_array_equal(batch.features[row, :n].numpy(), item.features)
        assert not batch.features[row, n:].any()
        np.testing.assert_array_equal(batch.audio[row, : len(item.audio)].numpy(), item.audio)


def test_collate_scales_bytes_to_unit_range() -> None:
    item = MAKER(raw(5))
    pictures = np.full((item.grid.n_columns, 3, 2, 2), 255, dtype=np.uint8)
    batch = collate([ClipItem(**{**item.__dict__, "features": pictures})], ("footsteps",))
    assert batch.features.dtype == torch.float32
    assert batch.features.max() == 1


def test_order_is_a_function_of_seed_and_epoch() -> None:
    order = EpochOrder(20, seed=3)
    order.set_epoch(2)
    assert list(order) == list(EpochOrder(20, 3, 2))
    assert sorted(order) == list(range(20))
    assert list(EpochOrder(20, 3, 1)) != list(order) != list(EpochOrder(20, 4, 2))


def test_unknown_label_in_a_batch_fails() -> None:
    with pytest.raises(KeyError):
        collate([MAKER(raw(3))], ("rain",))
