"""The causal network: pieces as the whole, the past deaf to the future."""

import torch

from silentfoley.generators.causal_net import CausalNet


def made():
    torch.manual_seed(0)
    return CausalNet(3, 4, 5, 8, (1, 2, 4)).eval()


def test_pieces_with_their_states_are_the_whole():
    net, frames, condition = made(), torch.randn(2, 40, 3), torch.randn(2, 4)
    whole, _ = net(frames, condition, net.start(2))
    states, pieces = net.start(2), []
    for part in frames.split([1, 7, 30, 2], dim=1):
        out, states = net(part, condition, states)
        pieces.append(out)
    assert torch.allclose(torch.cat(pieces, dim=1), whole, atol=1e-6)


def test_the_future_changes_nothing_and_the_past_does():
    net, frames, condition = made(), torch.randn(1, 30, 3), torch.randn(1, 4)
    before, _ = net(frames, condition, net.start())
    changed = frames.clone()
    changed[:, 12] += 1
    after, _ = net(changed, condition, net.start())
    assert torch.equal(before[:, :12], after[:, :12])
    assert not torch.allclose(before[:, 12], after[:, 12])
    assert not torch.allclose(before[:, 12 + net.n_past_frames], after[:, 12 + net.n_past_frames])
    assert torch.allclose(before[:, 13 + net.n_past_frames :], after[:, 13 + net.n_past_frames :], atol=1e-6)
