"""MomentPair keeps the first network's vectors and adds the second's answers, no more."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.torch import save_file

from silentfoley.encoders.moment_cnn import MomentCNN, MomentFeatures
from silentfoley.encoders.moment_pair import MomentPair
from silentfoley.errors import CheckpointError
from silentfoley.timegrid import TimeGrid


def saved(path: Path, seed: int, n_answers: int) -> Path:
    torch.manual_seed(seed)
    save_file(MomentCNN(8, n_answers).state_dict(), path)
    return path


@pytest.fixture
def pair(tmp_path: Path) -> MomentPair:
    first, second = saved(tmp_path / "a.safetensors", 0, 117), saved(tmp_path / "b.safetensors", 1, 5)
    return MomentPair(first, second, n_second_answers=5, width=8)


def clip() -> tuple[np.ndarray, np.ndarray, TimeGrid]:
    frames = np.random.default_rng(0).integers(0, 256, (8, 40, 40, 3), dtype=np.uint8)
    return frames, np.arange(8) / 12, TimeGrid.of_duration(8 / 12)


def test_vectors_are_the_firsts_then_the_seconds_answers(pair: MomentPair, tmp_path: Path) -> None:
    frames, times_s, grid = clip()
    vectors = pair(frames, times_s, grid)
    first = MomentFeatures(tmp_path / "a.safetensors", 8)(frames, times_s, grid)
    second = MomentFeatures(tmp_path / "b.safetensors", 8, n_answers=5)(frames, times_s, grid)
    assert vectors.shape == (grid.n_columns, 64 + 117 + 5)
    np.testing.assert_array_equal(vectors[:, :-5], first)
    np.testing.assert_array_equal(vectors[:, -5:], second[:, 64:])


def test_vectors_that_exist_need_not_be_computed_again(pair: MomentPair) -> None:
    pictures = np.random.default_rng(1).integers(0, 256, (10, 64, 64), dtype=np.uint8)
    known = pair.first.of_pictures(pictures)
    np.testing.assert_array_equal(pair.beside(known, pictures), pair.of_pictures(pictures))


def test_either_networks_weights_are_in_the_settings(pair: MomentPair, tmp_path: Path) -> None:
    other = saved(tmp_path / "c.safetensors", 2, 5)
    changed = MomentPair(tmp_path / "a.safetensors", other, n_second_answers=5, width=8)
    assert changed.settings()["first"] == pair.settings()["first"]
    assert changed.settings() != pair.settings()


def test_a_second_network_of_other_size_is_refused(pair: MomentPair, tmp_path: Path) -> None:
    with pytest.raises(CheckpointError, match="train the backbone again"):
        MomentPair(tmp_path / "a.safetensors", tmp_path / "b.safetensors", n_second_answers=6, width=8)
