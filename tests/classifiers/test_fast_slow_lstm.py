"""The Fast-Slow LSTM against an independent reference, and what must hold of it."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from support.classifier_inputs import fill, wave
from support.reference_fast_slow import fast_slow

from silentfoley.classifiers.fast_slow_lstm import FastSlowLSTM, LayerNormLSTMCell
from silentfoley.errors import SilentFoleyError


def network(n_fast=4, **settings):
    settings = {"zoneout_keep_h": 0.9, "zoneout_keep_c": 0.5, **settings}
    return fill(FastSlowLSTM(5, fast_size=6, slow_size=4, n_fast=n_fast, **settings)).eval()


@pytest.mark.parametrize("n_fast", [2, 3, 4, 5])
@pytest.mark.parametrize("keep", [(1.0, 1.0), (0.9, 0.5)])
def test_equals_the_step_by_step_reference(n_fast, keep):
    net = network(n_fast, zoneout_keep_h=keep[0], zoneout_keep_c=keep[1])
    x = wave(2, 9, 5)
    with torch.no_grad():
        outputs, (fast, slow) = net.run(x)
    for clip in range(2):
        wanted, (fast_ref, slow_ref) = fast_slow(net, x[clip].numpy(), *keep)
        assert np.abs(outputs[clip].numpy() - wanted).max() < 1e-5
        for mine, theirs in zip((*fast, *slow), (*fast_ref, *slow_ref), strict=True):
            assert np.abs(mine[clip].numpy() - theirs).max() < 1e-5


def test_the_reference_tells_wrong_wiring():
    # The comparison above must be able to fail: swapped cells give other numbers.
    net = network(4)
    x = wave(1, 9, 5)
    wanted, _ = fast_slow(net, x[0].numpy(), 0.9, 0.5)
    net.fast[2], net.fast[3] = net.fast[3], net.fast[2]
    with torch.no_grad():
        assert np.abs(net.run(x)[0][0].numpy() - wanted).max() > 1e-3


def test_padded_clips_equal_single_clips_and_stand_still():
    net = network()
    lengths = torch.tensor([9, 4, 1])
    x = wave(3, 9, 5)
    with torch.no_grad():
        together = net(x, lengths)
        for i, n in enumerate(lengths.tolist()):
            alone = net(x[i : i + 1, :n], torch.tensor([n]))
            assert torch.allclose(together[i, :n], alone[0], atol=1e-6)
            assert torch.equal(together[i, n:], together[i, n - 1].expand(9 - n, -1))


def test_pieces_equal_the_whole():
    net = network()
    x = wave(2, 10, 5)
    with torch.no_grad():
        whole, end = net.run(x)
        first, state = net.run(x[:, :3])
        second, state = net.run(x[:, 3:], state)
    assert torch.allclose(whole, torch.cat([first, second], 1), atol=1e-6)
    assert torch.allclose(end.slow.c, state.slow.c, atol=1e-6)


def test_no_column_sees_a_later_one():
    net = network()
    x = wave(1, 10, 5)
    changed = x.clone()
    changed[:, 6:] += 1.0
    with torch.no_grad():
        a, b = net.run(x)[0], net.run(changed)[0]
    assert torch.equal(a[:, :6], b[:, :6])
    assert (a[:, 6:] != b[:, 6:]).any()


def test_zoneout_at_test_is_the_mean_of_training():
    cell = fill(LayerNormLSTMCell(0, 6, zoneout_keep_h=0.8, zoneout_keep_c=0.4))
    state = type(FastSlowLSTM(1, 6, 4).initial_state(1).fast)(wave(1, 6), wave(1, 6, scale=2.0))
    torch.manual_seed(0)
    draws = 4000
    many = type(state)(state.h.expand(draws, -1), state.c.expand(draws, -1))
    with torch.no_grad():
        expected = cell.eval().step(cell.project(None), state, cell.shift(), cell.zoneout(1, 1)[0])
        drawn = cell.train().step(cell.project(None), many, cell.shift(), cell.zoneout(1, draws)[0])
        new = cell.step(cell.project(None), state, cell.shift(), type(cell.zoneout(1, 1)[0])(1.0, 1.0))
    for name, keep in (("h", 0.8), ("c", 0.4)):
        old, fresh, sample = getattr(state, name), getattr(new, name), getattr(drawn, name)
        assert torch.allclose(getattr(expected, name), keep * fresh + (1 - keep) * old, atol=1e-6)
        # Every unit holds either its old or its new value.
        assert torch.minimum((sample - old).abs(), (sample - fresh).abs()).max() < 1e-6
        taken = ((sample - fresh).abs() < (sample - old).abs()).float().mean()
        assert abs(float(taken) - keep) < 0.02


def test_layer_norm_works_on_each_gate_alone():
    # Blowing up one gate's rows must leave the others as they are: each has its own mean and deviation.
    cell = fill(LayerNormLSTMCell(3, 6)).double()
    state = FastSlowLSTM(1, 6, 4).double().initial_state(2).fast
    x = wave(2, 3).double()
    once = cell.zoneout(1, 2)[0]
    before = cell.step(cell.project(x), state, cell.shift(), once)
    with torch.no_grad():
        for p in (cell.from_input, cell.from_hidden, cell.bias):
            p[12:18] = 1e4 * p[12:18].square()
    after = cell.step(cell.project(x), state, cell.shift(), once)
    assert torch.allclose(before.c, after.c, atol=1e-12)
    assert not torch.allclose(before.h, after.h, atol=1e-3)


def test_initial_weights_are_orthogonal_and_biases_zero():
    torch.manual_seed(3)
    net = FastSlowLSTM(10, fast_size=12, slow_size=8, n_fast=3)
    for cell in (*net.fast, net.slow):
        for weight in (cell.from_input, cell.from_hidden):
            if weight is not None:
                assert torch.allclose(weight.t() @ weight, torch.eye(weight.shape[1]), atol=1e-5)
        assert not cell.bias.any()
        assert not cell.gate_bias.any()
        assert torch.equal(cell.shift()[:, 0], torch.tensor([0.0, 1.0, 0.0, 0.0]))
    assert [cell.from_input is None for cell in net.fast] == [False, False, True]


def test_dropout_acts_in_training_alone_and_never_on_the_state_path():
    net = network(dropout_keep=0.5, zoneout_keep_h=1.0, zoneout_keep_c=1.0)
    x = wave(2, 6, 5)
    with torch.no_grad():
        assert torch.equal(net.run(x)[0], net.run(x)[0])
        net.train()
        torch.manual_seed(0)
        a, end = net.run(x)
        b = net.run(x)[0]
    assert not torch.equal(a, b)
    # The output is dropped and rescaled, the state it came from is whole.
    kept = a[:, -1] != 0
    assert 0 < int(kept.sum()) < kept.numel()
    assert torch.allclose(a[:, -1][kept], 2 * end.fast.h[kept], atol=1e-6)


def test_training_draws_repeat_with_the_seed():
    net = network(dropout_keep=0.7).train()
    x = wave(2, 6, 5)
    draws = []
    for seed in (1, 1, 2):
        torch.manual_seed(seed)
        draws.append(net.run(x)[0].detach())
    assert torch.equal(draws[0], draws[1])
    assert not torch.equal(draws[0], draws[2])


def test_gradients_reach_every_weight_and_the_first_column():
    net = network().train()
    x = wave(2, 8, 5).requires_grad_()
    net(x, torch.tensor([8, 8]))[:, -1].square().sum().backward()
    assert x.grad[:, 0].abs().sum() > 0
    for name, p in net.named_parameters():
        assert p.grad is not None, name
        assert p.grad.abs().sum() > 0, name


def test_gradients_are_right():
    net = fill(FastSlowLSTM(2, fast_size=3, slow_size=2, n_fast=3)).double().eval()
    x = wave(1, 3, 2).double().requires_grad_()
    weights = [net.fast[0].from_hidden, net.slow.gate_gain, net.fast[2].bias]
    assert torch.autograd.gradcheck(lambda x, *_: net.run(x)[0], (x, *weights))


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"n_fast": 1}, "1 fast cells leave the slow cell no place; use 2, or PlainRecurrent"),
        ({"dropout_keep": 0.0}, r"dropout_keep: 0\.0 is no keep probability"),
        ({"zoneout_keep_c": 1.5}, r"zoneout_keep_c: 1\.5 is no keep probability"),
    ],
)
def test_what_cannot_be_is_refused(settings, message):
    with pytest.raises(SilentFoleyError, match=message):
        FastSlowLSTM(4, **settings)
