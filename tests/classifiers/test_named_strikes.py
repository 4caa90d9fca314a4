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
    nn.init.normal_(strikes.weight)
    nn.init.normal_(strikes.bias)
    return strikes


def test_it_is_the_formula_clip_by_clip() -> None:
    strikes, features, logits = trained([2, 6]), torch.randn(2, 5, 9), torch.randn(2, K)
    added = strikes(features, logits)
    for clip in range(2):
        p = torch.exp(logits[clip]) / torch.exp(logits[clip]).sum()
        for t in range(5):
            wanted = sum(
                p[k]
                * (
                    strikes.bias[k]
                    + sum(strikes.weight[j, k] * features[clip, t, first + k] for j, first in enumerate((2, 6)))
                )
                for k in range(K)
            )
            torch.testing.assert_close(added[clip, t], wanted)


def test_a_clip_that_is_surely_of_an_act_gets_that_acts_answer() -> None:
    features = torch.randn(1, 4, 5)
    sure = torch.tensor([[-100.0, 100.0, -100.0]])
    torch.testing.assert_close(NamedStrikes(K, [1], weight=1.0)(features, sure), features[..., 2])


def test_answers_train_but_the_class_does_not() -> None:
    features, logits = torch.randn(1, 4, 5), torch.randn(1, K, requires_grad=True)
    strikes = trained([1])
    strikes(features, logits).sum().backward()
    assert logits.grad is None
    assert strikes.weight.grad is not None
    assert strikes.weight.grad.abs().sum() > 0


@pytest.mark.parametrize("network", [FrameSequenceNetwork, FrameRelationNetwork])
def test_networks_add_it_to_their_onset_curve_alone(network: type[nn.Module]) -> None:
    torch.manual_seed(1)
    alone = network(9, K).eval()
    torch.manual_seed(1)
    both = network(9, K, strikes=trained([2, 6])).eval()
    both.load_state_dict(alone.state_dict(), strict=False)
    features, lengths = torch.randn(2, 6, 9), torch.tensor([6, 4])
    before, after = alone(features, lengths), both(features, lengths)
    added = trained([2, 6])(features, before.class_logits)
    torch.testing.assert_close(after.onset_logits, before.onset_logits + added)
    for name in ("class_logits", "strength_logits", "states", "sound"):
        torch.testing.assert_close(getattr(after, name), getattr(before, name))


def test_places_outside_the_columns_are_refused() -> None:
    with pytest.raises(SilentFoleyError, match="end before place 8"):
        trained([2, 6])(torch.randn(1, 4, 8), torch.randn(1, K))
    with pytest.raises(SilentFoleyError, match="no places"):
        NamedStrikes(K, [])
    with pytest.raises(SilentFoleyError, match="no places"):
        NamedStrikes(K, [-1])
