"""MomentCNN looks where it says, and its vectors travel with their weights."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.torch import save_file

from silentfoley.encoders.moment_cnn import TAPS, MomentCNN, MomentFeatures, changes, window_columns
from silentfoley.errors import CheckpointError
from silentfoley.timegrid import TimeGrid


@pytest.fixture
def weights(tmp_path: Path) -> Path:
    torch.manual_seed(0)
    path = tmp_path / "weights.safetensors"
    save_file(MomentCNN(8).state_dict(), path)
    return path


def test_windows_stand_still_beyond_the_ends() -> None:
    columns = window_columns(np.array([0, 20, 29]), 30)
    assert columns[0].tolist() == [0, 0, 0, 0, 0, 2, 4, 8, 16]
    assert columns[1].tolist() == [min(20 + t, 29) for t in TAPS]
    assert columns[2].tolist() == [13, 21, 25, 27, 29, 29, 29, 29, 29]


def test_changes_are_the_middle_picture_and_differences_in_turn() -> None:
    windows = torch.rand(2, 9, 4, 4)
    basis = changes(windows)
    assert basis.shape == (2, 17, 4, 4)
    torch.testing.assert_close(basis[:, 0], 2 * windows[:, 4] - 1)
    torch.testing.assert_close(basis[:, 8], 4 * (windows[:, 8] - windows[:, 7]))
    torch.testing.assert_close(basis[:, 9:], basis[:, 1:9].abs())


def test_features_equal_the_network_moment_by_moment_and_blend_between(weights: Path) -> None:
    rng = np.random.default_rng(0)
    frames = rng.integers(0, 256, (12, 40, 40, 3), dtype=np.uint8)
    times_s = np.arange(12) / 12
    grid = TimeGrid.of_duration(1.0)
    extractor = MomentFeatures(weights, width=8)
    vectors = extractor(frames, times_s, grid)
    assert vectors.shape == (grid.n_columns, 64 + 117)
    grey = np.round(extractor.thumbnails(frames, times_s, grid)[:, 1] * 255) / 255
    for t in (0, 24, grid.n_columns - 1):
        window = grey[np.clip([t + tap for tap in TAPS], 0, grid.n_columns - 1)]
        with torch.no_grad():
            alone = extractor.network(torch.from_numpy(window)[None].float())[0]
        np.testing.assert_allclose(vectors[t], alone.numpy(), atol=1e-5)
    np.testing.assert_allclose(vectors[1::2], (vectors[:-1:2] + vectors[2::2]) / 2, atol=1e-5)


def test_a_vector_ends_in_what_the_network_says_of_the_rest() -> None:
    network = MomentCNN(8, n_answers=5).eval()
    with torch.no_grad():
        vectors = network(torch.rand(3, 9, 64, 64))
        assert vectors.shape == (3, network.n_features) == (3, 69)
        torch.testing.assert_close(vectors[:, 64:], vectors[:, :64] @ network.answers.weight.T + network.answers.bias)


def test_other_weights_are_other_settings(weights: Path, tmp_path: Path) -> None:
    torch.manual_seed(1)
    save_file(MomentCNN(8).state_dict(), tmp_path / "other.safetensors")
    first, other = MomentFeatures(weights, 8), MomentFeatures(tmp_path / "other.safetensors", 8)
    assert first.settings() != other.settings()
    assert first.settings() == MomentFeatures(weights, 8).settings()


def test_weights_that_do_not_fit_are_refused(weights: Path, tmp_path: Path) -> None:
    with pytest.raises(CheckpointError, match="train the backbone again"):
        MomentFeatures(weights, width=16)
    with pytest.raises(CheckpointError, match="cannot be used"):
        MomentFeatures(tmp_path / "absent.safetensors")
