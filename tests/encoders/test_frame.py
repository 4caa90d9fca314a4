"""Backbones of timm: explicit weights, exact loading, and no silent random network."""

from __future__ import annotations

import subprocess

import numpy as np
import pytest
import torch
from safetensors.torch import save_file

from silentfoley.encoders.backbone import PASS_PICTURES, centre_crop, resize, state_sha256
from silentfoley.encoders.frame import LocalWeights, RandomWeights, TimmBackbone
from silentfoley.errors import CheckpointError, DependencyError

SMALL = "test_resnet"  # timm's own network for tests: 0.5 M parameters


@pytest.fixture(scope="module")
def small() -> TimmBackbone:
    return TimmBackbone(SMALL, RandomWeights(3))


def _pictures(n: int, size: int = 48) -> np.ndarray:
    return np.random.default_rng(n).integers(0, 256, (n, size, size, 3), dtype=np.uint8)


@pytest.fixture
def _offline(monkeypatch, tmp_path):
    import huggingface_hub.constants as constants

    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", True)
    monkeypatch.setattr(constants, "HF_HUB_CACHE", str(tmp_path))
    monkeypatch.setenv("HF_HUB_CACHE", str(tmp_path))
    monkeypatch.setenv("TORCH_HOME", str(tmp_path))


@pytest.mark.usefixtures("_offline")
@pytest.mark.parametrize("name", ["resnet50", "resnet50.a1_in1k"])
def test_missing_download_is_an_error_and_never_a_random_network(name):
    with pytest.raises(DependencyError, match=r"cannot be downloaded .*connect to the internet once, or pass weights="):
        TimmBackbone(name)


@pytest.mark.usefixtures("_offline")
def test_unknown_names_are_refused():
    with pytest.raises(DependencyError, match="no such network; choose another: resnet50"):
        TimmBackbone("resnet50x")
    with pytest.raises(DependencyError, match="cannot be downloaded"):
        TimmBackbone("resnet50.nonsense")


def test_resnet50_gives_the_pooled_vector_of_2048():
    backbone = TimmBackbone("resnet50", RandomWeights())
    assert backbone.n_features == 2048
    pictures = _pictures(2, 64)
    found = backbone.features(pictures)
    assert found.shape == (2, 2048)
    with torch.inference_mode():
        maps = backbone.network.forward_features(backbone.normalise(pictures))
    np.testing.assert_allclose(found, maps.mean(dim=(2, 3)).numpy(), atol=1e-4)


def test_frozen_and_in_eval_mode_for_ever(small):
    small.train()
    assert not any(m.training for m in small.modules())
    assert not any(p.requires_grad for p in small.parameters())


def test_batch_equals_loop_over_more_than_one_pass(small):
    pictures = _pictures(PASS_PICTURES + 3)
    one_by_one = np.concatenate([small.features(p[None]) for p in pictures])
    np.testing.assert_allclose(small.features(pictures), one_by_one, atol=1e-5)
    assert small.features(pictures[:0]).shape == (0, small.n_features)


def test_random_weights_follow_their_seed_and_leave_the_global_one_alone(small):
    torch.manual_seed(0)
    before = torch.get_rng_state()
    again, other = TimmBackbone(SMALL, RandomWeights(3)), TimmBackbone(SMALL, RandomWeights(4))
    assert torch.equal(torch.get_rng_state(), before)
    assert again.settings() == small.settings()
    assert again.weights_sha256 == small.weights_sha256 != other.weights_sha256
    assert "random, seed 3" in str(small.settings())


@pytest.mark.parametrize("suffix", [".safetensors", ".pth"])
def test_local_weights_are_the_same_network(small, tmp_path, suffix):
    path = tmp_path / f"weights{suffix}"
    state = {k: v.contiguous() for k, v in small.network.state_dict().items()}
    save_file(state, path) if suffix == ".safetensors" else torch.save(state, path)
    local = TimmBackbone(SMALL, path)
    assert local.weights_sha256 == small.weights_sha256
    np.testing.assert_array_equal(local.features(_pictures(2)), small.features(_pictures(2)))


def test_weights_that_do_not_fit_are_refused(small, tmp_path):
    state = {k: v.contiguous() for k, v in small.network.state_dict().items()}
    del state["conv1.0.weight" if "conv1.0.weight" in state else next(iter(state))]
    torch.save(state, tmp_path / "short.pth")
    with pytest.raises(CheckpointError, match=r"short\.pth: does not fit the network .*Missing key"):
        TimmBackbone(SMALL, LocalWeights(tmp_path / "short.pth"))
    (tmp_path / "text.pth").write_text("no weights")
    with pytest.raises(CheckpointError, match="not a readable file of weights"):
        TimmBackbone(SMALL, tmp_path / "text.pth")
    with pytest.raises(CheckpointError, match="not a readable file"):
        TimmBackbone(SMALL, tmp_path / "nowhere.safetensors")


def test_a_pickled_object_is_never_run(tmp_path):
    torch.save({"w": subprocess.Popen}, tmp_path / "evil.pth")
    with pytest.raises(CheckpointError, match="not a readable file"):
        TimmBackbone(SMALL, tmp_path / "evil.pth")


def test_hash_sees_names_shapes_and_values_but_not_memory_layout():
    a = {"x": torch.arange(24.0).reshape(1, 2, 3, 4)}
    assert state_sha256(a) == state_sha256({"x": a["x"].to(memory_format=torch.channels_last)})
    others = [{"y": a["x"]}, {"x": a["x"].reshape(1, 2, 4, 3)}, {"x": a["x"] + 1}, {"x": a["x"].double()}]
    assert len({state_sha256(s) for s in [a, *others]}) == 5


def test_centre_crop_keeps_the_middle_and_enlarges_small_pictures():
    picture = np.zeros((1, 100, 200, 3), dtype=np.uint8)
    picture[:, :, 50:150] = 200
    crop = centre_crop(picture, 50, 1.0)
    assert crop.shape == (1, 50, 50, 3)
    assert (crop[:, 5:-5, 2:-2] == 200).all()
    assert centre_crop(_pictures(2, 31), 224, 0.875).shape == (2, 224, 224, 3)


def test_resize_returns_what_already_fits():
    pictures = _pictures(2)
    assert resize(pictures, (48, 48)) is pictures
    assert resize(pictures, (20, 30)).shape == (2, 20, 30, 3)
    np.testing.assert_allclose(resize(pictures, (1, 1)).reshape(2, 3), pictures.mean(axis=(1, 2)), atol=1)
