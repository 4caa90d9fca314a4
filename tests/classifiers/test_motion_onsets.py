"""The onset network against a step-by-step reference, padding, gradients, levels, errors."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from support.classifier_inputs import fill, wave

from silentfoley.classifiers.motion_onsets import UNIT_FLOOR, MotionOnsetEnsemble, MotionOnsetNetwork
from silentfoley.errors import SilentFoleyError
from silentfoley.registry import build

CHANNELS = (4, 0, 3)


def network(**settings) -> MotionOnsetNetwork:
    return fill(MotionOnsetNetwork(CHANNELS, width=5, dilations=(1, 2), **settings)).eval()


def reference(net: MotionOnsetNetwork, clip: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """One clip (T, M), column by column, in numpy."""
    w = {k: v.double().numpy() for k, v in net.state_dict().items()}
    x = clip[:, list(CHANNELS)].astype(np.float64)
    x = net.gain * x / (np.sqrt((x**2).mean(0)) + UNIT_FLOOR)
    x = np.sign(x) * np.log(1 + np.abs(x))

    def conv(values: np.ndarray, name: str, dilation: int) -> np.ndarray:
        kernel, out = w[f"{name}.weight"], np.zeros((len(values), w[f"{name}.bias"].size))
        for t in range(len(values)):
            out[t] = w[f"{name}.bias"]
            for k in range(kernel.shape[2]):
                at = t + (k - kernel.shape[2] // 2) * dilation
                if 0 <= at < len(values):
                    out[t] += kernel[:, :, k] @ values[at]
        return np.maximum(out, 0)

    h = conv(x, "first", 1)
    for i, dilation in enumerate((1, 2)):
        centred = h - h.mean(1, keepdims=True)
        normed = centred / np.sqrt((centred**2).mean(1, keepdims=True) + 1e-5)
        h = h + conv(normed * w[f"norms.{i}.weight"] + w[f"norms.{i}.bias"], f"layers.{i}", dilation)
    out = h @ w["heads.weight"].T + w["heads.bias"]
    return out[:, 0], out[:, 1]


@pytest.mark.parametrize("kernel", [1, 3, 5])
def test_against_a_reference(kernel: int) -> None:
    net, x = network(kernel=kernel), wave(2, 11, 6)
    for found, clip in zip(torch.stack(net(x), -1), x, strict=True):
        onset, strength = reference(net, clip.numpy())
        np.testing.assert_allclose(found[:, 0].detach(), onset, atol=1e-4)
        np.testing.assert_allclose(found[:, 1].detach(), strength, atol=1e-4)


def test_a_batch_equals_a_loop_whatever_lies_in_the_padding() -> None:
    net, x, lengths = network(), wave(3, 13, 6), (13, 9, 1)
    for i, n in enumerate(lengths):
        x[i, n:] = float("nan")
    together = net(x, torch.tensor(lengths))
    for i, n in enumerate(lengths):
        for whole, alone in zip(together, net(x[i : i + 1, :n]), strict=True):
            torch.testing.assert_close(whole[i, :n], alone[0], atol=1e-6, rtol=1e-5)


def test_no_absolute_level_comes_in() -> None:
    net, x = network(), 30 * wave(1, 40, 6)
    for a, b in zip(net(x), net(x * torch.tensor([9.0, 1, 1, 0.5, 3, 1])), strict=True):
        torch.testing.assert_close(a, b, atol=1e-3, rtol=1e-3)


def test_other_features_have_no_say() -> None:
    net, x = network(), wave(1, 20, 6)
    y = x.clone()
    y[..., [1, 2, 5]] = 7.0
    torch.testing.assert_close(net(x), net(y))


def test_a_still_clip_is_finite() -> None:
    assert all(torch.isfinite(logits).all() for logits in network()(torch.zeros(1, 6, 6)))


def test_every_parameter_learns_and_padding_does_not() -> None:
    net, x = network().train(), wave(2, 12, 6).requires_grad_()
    onset, strength = net(x, torch.tensor([12, 7]))
    (onset[0].square().sum() + onset[1, :7].square().sum() + strength[:, :7].square().sum()).backward()
    assert all(p.grad is not None and p.grad.abs().sum() > 0 for p in net.parameters())
    assert x.grad is not None
    assert x.grad[1, :7].abs().sum() > 0
    assert x.grad[1, 7:].abs().sum() == 0


def test_registered() -> None:
    net = build({"kind": "motion_onsets", "channels": [0, 2], "width": 4, "dilations": [1]})
    assert isinstance(net, MotionOnsetNetwork)
    assert len(net(wave(1, 5, 3))) == 2


def test_an_ensemble_is_the_mean_of_its_logits() -> None:
    nets, x, lengths = [network(), fill(network(gain=1.0)), network(kernel=5)], wave(2, 9, 6), torch.tensor([9, 4])
    found = MotionOnsetEnsemble(nets)(x, lengths)
    for i in (0, 1):
        torch.testing.assert_close(found[i], sum(net(x, lengths)[i] for net in nets) / 3)
    node = {"kind": "motion_onsets", "channels": [0]}
    rebuilt = build({"kind": "motion_onset_ensemble", "networks": [node, node]})
    assert len(rebuilt.networks) == 2
    with pytest.raises(SilentFoleyError, match="holds no networks"):
        MotionOnsetEnsemble([])


def test_errors() -> None:
    with pytest.raises(SilentFoleyError, match="names none"):
        MotionOnsetNetwork(())
    with pytest.raises(SilentFoleyError, match="kernel: 4 has no middle"):
        MotionOnsetNetwork(CHANNELS, kernel=4)
    with pytest.raises(SilentFoleyError, match="4 features come in, channel 4 is wanted"):
        network()(wave(1, 5, 4))
    with pytest.raises(SilentFoleyError, match="do not fit"):
        network()(wave(1, 5, 6)[0])
    with pytest.raises(SilentFoleyError, match="lies outside"):
        network()(wave(2, 5, 6), torch.tensor([5, 6]))
