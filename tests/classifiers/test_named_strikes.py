"""Strikes of the act that is named: against the formula step by step, inside both networks, and what is refused."""

from __future__ import annotations

import pytest
import torch
from torch import nn

from silentfoley.classifiers.frame_relation import FrameRelationNetwork
from silentfoley.classifiers.frame_sequence import FrameSequenceNetwork
from silentfoley.classifiers.named_strikes import NamedStrikes
from silentfoley.errors import SilentFoleyError

K = 3


def trained(firsts: list[int]) -> NamedStrikes:
    torch.manual_seed(0)
    strikes = NamedStrikes(K, firsts)
    for parameter in strikes.parameters():
        nn.init.normal_(parameter)
    return strikes


def test_it_is_the_formula_clip_by_clip() -> None:
    strikes, features, logits, own = trained([2, 6]), torch.randn(2, 5, 9), torch.randn(2, K), torch.randn(2, 5)
    joined = strikes(own, features, logits)
    for clip in range(2):
        p = torch.exp(logits[clip]) / torch.exp(logits[clip]).sum()
        for t in range(5):
            wanted = torch.tensor(0.0)
            for k in range(K):
                said = strikes.bias[k] + strikes.own[k] * own[clip, t]
                for j, first in enumerate((2, 6)):
                    said = said + strikes.weight[j, k] * features[clip, t, first + k]
                wanted = wanted + p[k] * said
            torch.testing.assert_close(joined[clip, t], wanted)


def test_curves_pass_unchanged_at_first() -> None:
    own = torch.randn(2, 5)
    torch.testing.assert_close(NamedStrikes(K, [2, 6])(own, torch.randn(2, 5, 9), torch.randn(2, K)), own)


def test_it_learns_whom_to_trust_act_by_act() -> None:
    """Of act 0 the first backbone knows the strikes, of act 1 the network itself, of act 2 nobody."""
    torch.manual_seed(2)
    label = torch.arange(K).repeat(40)
    struck = (torch.rand(len(label), 30) < 0.2).float()
    own, features = torch.randn(len(label), 30), torch.randn(len(label), 30, 3)
    features[label == 0, :, 0] += 3 * struck[label == 0]
    own[label == 1] += 3 * struck[label == 1]
    strikes, logits = NamedStrikes(K, [0]), 50 * nn.functional.one_hot(label, K).float()
    optimizer = torch.optim.Adam(strikes.parameters(), lr=0.1)
    for _ in range(200):
        optimizer.zero_grad()
        nn.functional.binary_cross_entropy_with_logits(strikes(own, features, logits), struck).backward()
        optimizer.step()
    # Logistic regression on Gaussians a distance of 3 apart: the weight is 3 where something is known, else 0.
    assert strikes.weight[0].tolist() == pytest.approx([3, 0, 0], abs=0.35)
    assert strikes.own.tolist() == pytest.approx([0, 3, 0], abs=0.35)


def test_answers_train_but_the_class_does_not() -> None:
    features, logits = torch.randn(1, 4, 5), torch.randn(1, K, requires_grad=True)
    own = torch.randn(1, 4, requires_grad=True)
    strikes = trained([1])
    strikes(own, features, logits).sum().backward()
    assert logits.grad is None
    for value in (own, *strikes.parameters()):
        assert value.grad is not None
        assert value.grad.abs().sum() > 0


@pytest.mark.parametrize("network", [FrameSequenceNetwork, FrameRelationNetwork])
def test_networks_join_it_with_their_onset_curve_alone(network: type[nn.Module]) -> None:
    torch.manual_seed(1)
    alone = network(9, K).eval()
    torch.manual_seed(1)
    both = network(9, K, strikes=trained([2, 6])).eval()
    both.load_state_dict(alone.state_dict(), strict=False)
    features, lengths = torch.randn(2, 6, 9), torch.tensor([6, 4])
    before, after = alone(features, lengths), both(features, lengths)
    joined = trained([2, 6])(before.onset_logits, features, before.class_logits)
    torch.testing.assert_close(after.onset_logits, joined)
    assert not torch.equal(joined, before.onset_logits)
    for name in ("class_logits", "strength_logits", "states", "sound"):
        torch.testing.assert_close(getattr(after, name), getattr(before, name))


def test_places_outside_the_columns_are_refused() -> None:
    with pytest.raises(SilentFoleyError, match="end before place 8"):
        trained([2, 6])(torch.randn(1, 4), torch.randn(1, 4, 8), torch.randn(1, K))
    with pytest.raises(SilentFoleyError, match="no places"):
        NamedStrikes(K, [])
    with pytest.raises(SilentFoleyError, match="no places"):
        NamedStrikes(K, [-1])
