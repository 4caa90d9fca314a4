"""The port against a reference in numpy written from the layout alone, and against the full-precision arrays."""

from __future__ import annotations

import json
import shutil
import sys
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.numpy import load_file

from silentfoley.errors import CheckpointError, SilentFoleyError
from silentfoley.evaluation.yamnet import (
    BLOCKS,
    EMBEDDED,
    SameConv,
    Yamnet,
    class_names,
    load_yamnet,
    same_padding,
    weights_sha256,
)
from silentfoley.evaluation.yamnet_patches import n_patches, yamnet_bank, yamnet_patches
from silentfoley.files import sha256_file

ROOT = Path(__file__).resolve().parents[2]


def noise(seconds: float, seed: int = 0) -> np.ndarray:
    rng = np.random.default_rng(seed)
    t = np.arange(round(seconds * 16000)) / 16000
    return (0.2 * rng.standard_normal(t.size) * np.exp(-3 * t) + 0.3 * np.sin(2 * np.pi * 440 * t)).astype(np.float32)


# --- an independent reference -----------------------------------------------------------------------------------------


def reference_bank() -> np.ndarray:
    def mel(hz: float) -> float:
        return 1127.0 * np.log(1.0 + hz / 700.0)

    edges = [mel(125.0) + (mel(7500.0) - mel(125.0)) * i / 65 for i in range(66)]
    bank = np.zeros((64, 257))
    for band in range(64):
        low, centre, high = edges[band : band + 3]
        for k in range(1, 257):
            pitch = mel(k * 16000 / 512)
            bank[band, k] = max(0.0, min((pitch - low) / (centre - low), (high - pitch) / (high - centre)))
    return bank


def reference_columns(samples: np.ndarray) -> np.ndarray:
    window = np.array([0.5 - 0.5 * np.cos(2 * np.pi * i / 400) for i in range(400)])
    bank, rows = reference_bank(), []
    for start in range(0, samples.size - 399, 160):
        padded = np.zeros(512)
        padded[:400] = samples[start : start + 400] * window
        rows.append(np.log(bank @ np.abs(np.fft.fft(padded)[:257]) + 0.001))
    return np.array(rows)


def reference_convolution(x: np.ndarray, kernel: np.ndarray, stride: int, depthwise: bool) -> np.ndarray:
    """(C, T, F) by (O, I, 3, 3), every output summed on its own."""
    height, width = (-(-n // stride) for n in x.shape[1:])
    need = [max(0, (out - 1) * stride + 3 - n) for out, n in zip((height, width), x.shape[1:], strict=True)]
    padded = np.pad(x, [(0, 0), *((n // 2, n - n // 2) for n in need)])
    out = np.zeros((kernel.shape[0], height, width))
    for i in range(height):
        for j in range(width):
            patch = padded[:, i * stride : i * stride + 3, j * stride : j * stride + 3]
            out[:, i, j] = (
                (patch * kernel[:, 0]).sum((1, 2)) if depthwise else np.tensordot(kernel, patch, ([1, 2, 3], [0, 1, 2]))
            )
    return out


def reference_norm(x: np.ndarray, state: dict[str, np.ndarray], name: str) -> np.ndarray:
    mean, var, beta = (state[f"{name}.{part}"].astype(np.float64)[:, None, None] for part in ("mean", "var", "beta"))
    return np.maximum(0.0, (x - mean) / np.sqrt(var + 1e-4) + beta)


def test_bank_is_tensorflows() -> None:
    # Both HTK constants, 2595 log10 and 1127 ln, agree to a few parts in a million.
    np.testing.assert_allclose(yamnet_bank(), reference_bank(), atol=2e-5)
    assert (yamnet_bank()[:, 0] == 0).all()


def test_patches_are_the_references() -> None:
    samples = noise(2.0)
    ours = yamnet_patches(torch.from_numpy(samples)).numpy()
    padded = np.concatenate([samples, np.zeros(15600 + 3 * 7680 - samples.size)])
    columns = reference_columns(padded)
    assert ours.shape == (4, 96, 64)
    for i, patch in enumerate(ours):
        np.testing.assert_allclose(patch, columns[i * 48 : i * 48 + 96], atol=2e-3)


@pytest.mark.parametrize(
    ("n", "patches"), [(1, 1), (15600, 1), (15601, 2), (15600 + 7680, 2), (15600 + 7681, 3), (160000, 20)]
)
def test_patches_reach_the_end(n: int, patches: int) -> None:
    assert n_patches(n) == patches == yamnet_patches(torch.zeros(n)).shape[0]


def test_silence_is_the_logarithm_of_the_offset() -> None:
    assert torch.allclose(yamnet_patches(torch.zeros(100)), torch.tensor(np.log(0.001), dtype=torch.float32))


@pytest.mark.parametrize("bad", [torch.zeros(0), torch.zeros(2, 100)])
def test_patches_want_one_clip(bad: torch.Tensor) -> None:
    with pytest.raises(SilentFoleyError, match=r"pass one clip, \(N,\)"):
        yamnet_patches(bad)


@pytest.mark.parametrize("stride", [1, 2])
@pytest.mark.parametrize("size", [1, 2, 5, 6, 7, 96])
def test_same_padding_reaches_the_size(size: int, stride: int) -> None:
    before, after = same_padding(size, 3, stride)
    assert (size + before + after - 3) // stride + 1 == -(-size // stride)
    assert after - before in (0, 1)


def test_same_padding_by_hand() -> None:
    assert same_padding(96, 3, 2) == (0, 1)  # even: one zero, at the end
    assert same_padding(7, 3, 2) == (1, 1)  # odd: one at either end
    assert same_padding(96, 3, 1) == (1, 1)


@pytest.mark.parametrize("shape", [(7, 5), (6, 4), (7, 4), (1, 1)])
@pytest.mark.parametrize("stride", [1, 2])
def test_convolutions_of_odd_sizes(shape: tuple[int, int], stride: int) -> None:
    torch.manual_seed(0)
    x = torch.randn(1, 3, *shape)
    for groups, n_out in ((1, 4), (3, 3)):
        layer = SameConv(3, n_out, stride, groups=groups)
        torch.nn.init.normal_(layer.weight)
        wanted = reference_convolution(
            x[0].double().numpy(), layer.weight.detach().double().numpy(), stride, groups == 3
        )
        np.testing.assert_allclose(layer(x)[0].detach().numpy(), wanted, atol=1e-5)


def test_first_layers_are_the_references() -> None:
    state = {k: v.astype(np.float64) for k, v in load_file(EMBEDDED / "model.safetensors").items()}
    patch = yamnet_patches(torch.from_numpy(noise(0.5)))
    network = load_yamnet()
    x = reference_norm(
        reference_convolution(patch.double().numpy(), state["stem.convolution.weight"], 2, False), state, "stem"
    )
    ours = network.stem(patch[:, None])
    np.testing.assert_allclose(ours[0].numpy(), x, atol=1e-3)
    for i in (0, 1):  # stride 1, then 2
        name, stride = f"blocks.{i}", BLOCKS[i][1]
        x = reference_convolution(x, state[f"{name}.0.convolution.weight"], stride, True)
        x = reference_norm(x, state, f"{name}.0")
        x = np.tensordot(state[f"{name}.1.convolution.weight"][:, :, 0, 0], x, (1, 0))
        x = reference_norm(x, state, f"{name}.1")
        ours = network.blocks[i](ours)
        np.testing.assert_allclose(ours[0].numpy(), x, atol=2e-3)


def test_embedding_is_the_mean_of_the_last_maps() -> None:
    network, patches = load_yamnet(), yamnet_patches(torch.from_numpy(noise(1.5)))
    found = network(patches)
    maps = network.blocks(network.stem(patches[:, None]))
    assert maps.shape == (3, 1024, 3, 2)
    torch.testing.assert_close(found.embeddings, maps.mean((2, 3)))
    assert found.logits.shape == (3, 521)


def test_batch_equals_loop() -> None:
    network, patches = load_yamnet(), yamnet_patches(torch.from_numpy(noise(3.0)))
    together = network(patches)
    alone = torch.cat([network(p[None]).embeddings for p in patches])
    torch.testing.assert_close(together.embeddings, alone, atol=1e-5, rtol=1e-4)


def test_it_hears() -> None:
    t = np.arange(32000) / 16000
    whistle = (0.5 * np.sin(2 * np.pi * 1000 * t)).astype(np.float32)
    scores = load_yamnet()(yamnet_patches(torch.from_numpy(whistle))).logits.sigmoid().mean(0)
    top = [class_names()[i] for i in scores.topk(3).indices]
    assert "Sine wave" in top
    silence = load_yamnet()(yamnet_patches(torch.zeros(16000))).logits[0]
    assert class_names()[int(silence.argmax())] == "Silence"


def test_class_names() -> None:
    assert len(class_names()) == len(set(class_names())) == 521
    assert class_names()[:2] == ("Speech", "Child speech, kid speaking")


def test_weights_are_named_by_their_bytes() -> None:
    assert weights_sha256() == sha256_file(EMBEDDED / "model.safetensors")
    assert {str(v.dtype) for v in load_file(EMBEDDED / "model.safetensors").values()} == {"float16"}
    assert (EMBEDDED / "model.safetensors").stat().st_size < 7.6e6


def test_altered_weights_are_refused(tmp_path: Path) -> None:
    folder = tmp_path / "yamnet"
    shutil.copytree(EMBEDDED, folder)
    data = bytearray((folder / "model.safetensors").read_bytes())
    data[-1] ^= 1
    (folder / "model.safetensors").write_bytes(data)
    with pytest.raises(CheckpointError, match=r"its bytes differ from what config\.json records"):
        load_yamnet(folder)
    config = json.loads((folder / "config.json").read_text())
    (folder / "config.json").write_text(json.dumps({**config, "weights_sha256": sha256_file(folder / "config.json")}))
    (folder / "class_map.csv").unlink()
    with pytest.raises(CheckpointError, match="is not a YAMNet folder"):
        load_yamnet(folder)


def test_patches_of_another_shape_are_refused() -> None:
    with pytest.raises(SilentFoleyError, match=r"pass \(P, 96, 64\)"):
        Yamnet()(torch.zeros(1, 64, 96))


# --- against the arrays the weights were made from --------------------------------------------------------------------


@pytest.fixture(scope="session")
def converter() -> object:
    spec = spec_from_file_location("convert_yamnet", ROOT / "tools" / "convert_yamnet.py")
    module = module_from_spec(spec)
    sys.modules["convert_yamnet"] = module
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="session")
def arrays(shared: Path) -> dict[str, np.ndarray]:
    path = shared / "weights" / "yamnet.npz"
    if not path.is_file():
        pytest.skip("the full-precision YAMNet arrays are not at hand")
    with np.load(path, allow_pickle=False) as archive:
        return {name: archive[name] for name in archive.files}


def test_half_precision_is_within_a_hundredth(arrays: dict[str, np.ndarray], converter: object, shared: Path) -> None:
    from silentfoley.media.audio import read_audio

    full = Yamnet()
    full.load_state_dict(converter.convert(arrays))
    full.eval().requires_grad_(False)
    half = load_yamnet()
    files = [sorted(folder.glob("*.ogg"))[0] for folder in sorted((shared / "sounds").iterdir()) if folder.is_dir()
             and folder.name != "licences"]  # fmt: skip
    assert len(files) >= 12
    for path in files:
        samples = read_audio(path, sample_rate_hz=16000).mono()[: 3 * 16000]
        patches = yamnet_patches(torch.from_numpy(samples))
        one, two = full(patches), half(patches)
        a, b = one.embeddings, two.embeddings
        assert float((a - b).norm(dim=1).max() / a.norm(dim=1).mean()) < 1e-2, path.name
        assert float((one.logits.sigmoid() - two.logits.sigmoid()).abs().max()) < 1e-2


def test_conversion_gives_the_shipped_bytes(
    arrays: dict[str, np.ndarray], converter: object, shared: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    npz = shared / "weights" / "yamnet.npz"
    monkeypatch.setattr(sys, "argv", ["convert_yamnet.py", str(npz), "--out", str(tmp_path)])
    assert converter.main() == 0
    for name in ("model.safetensors", "class_map.csv", "config.json"):
        assert (tmp_path / name).read_bytes() == (EMBEDDED / name).read_bytes()


def test_conversion_counts_arrays(arrays: dict[str, np.ndarray], converter: object) -> None:
    with pytest.raises(ValueError, match="111 arrays for 110 tensors"):
        converter.convert({**arrays, "55.bias": np.zeros(3, np.float32)})
    with pytest.raises(KeyError, match=r"9\.beta"):
        converter.convert({k: v for k, v in arrays.items() if k != "9.beta"})
