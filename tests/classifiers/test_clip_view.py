"""Columns in view of their clip: against the formula step by step, identity at first, padding, no way back."""

from __future__ import annotations

import pytest
import torch

from silentfoley.classifiers.clip_view import ClipView
from silentfoley.classifiers.columns import InputContext
from silentfoley.classifiers.frame_relation import FrameRelationNetwork
from silentfoley.classifiers.frame_sequence import FrameSequenceNetwork
from silentfoley.classifiers.relation import LocalRelation
from silentfoley.errors import SilentFoleyError


def trained(size: int, n_classes: int) -> ClipView:
    torch.manual_seed(0)
    view = ClipView(size, n_classes, hidden=5)
    torch.nn.init.normal_(view.film.weight)
    torch.nn.init.normal_(view.film.bias)
    return view


def test_columns_pass_unchanged_at_first() -> None:
    columns = torch.randn(2, 7, 4)
    torch.testing.assert_close(ClipView(4, 3)(columns, torch.randn(2, 3), torch.tensor([7, 5])), columns)


def test_it_is_the_formula_clip_by_clip() -> None:
    view, columns, logits = trained(4, 3), torch.randn(2, 7, 4), torch.randn(2, 3)
    seen = view(columns, logits, torch.tensor([7, 5]))
    for clip, (row, n) in enumerate(zip(columns, (7, 5), strict=True)):
        summary = torch.cat([row[:n].mean(0), torch.exp(logits[clip]) / torch.exp(logits[clip]).sum()])
        hidden = (view.clip.weight @ summary + view.clip.bias).clamp(min=0)
        film = view.film.weight @ hidden + view.film.bias
        for t in range(n):
            torch.testing.assert_close(seen[clip, t], row[t] * (1 + film[:4]) + film[4:])


def test_padding_changes_nothing() -> None:
    view, columns, logits = trained(4, 3), torch.randn(1, 5, 4), torch.randn(1, 3)
    padded = torch.cat([columns, torch.full((1, 3, 4), 1e9)], dim=1)
    alone = view(columns, logits, torch.tensor([5]))
    torch.testing.assert_close(view(padded, logits, torch.tensor([5]))[:, :5], alone)


def test_curves_do_not_train_the_class() -> None:
    logits = torch.randn(1, 3, requires_grad=True)
    columns = torch.randn(1, 5, 4, requires_grad=True)
    trained(4, 3)(columns, logits, torch.tensor([5])).sum().backward()
    assert logits.grad is None
    assert columns.grad is not None
    assert columns.grad.abs().sum() > 0


def sequence(view: ClipView | None) -> FrameSequenceNetwork:
    return FrameSequenceNetwork(6, 3, context=InputContext(6, 8), view=view)


def relation(view: ClipView | None) -> FrameRelationNetwork:
    return FrameRelationNetwork(6, 3, n_segments=4, local=LocalRelation(6, 8), view=view)


@pytest.mark.parametrize(("network", "size"), [(sequence, 136), (relation, 8)])
def test_both_networks_hear_of_the_end_at_the_start_only_with_a_view(network, size) -> None:
    features = torch.randn(1, 40, 6)
    other = features.clone()
    other[:, 30:] += 1.0
    lengths = torch.tensor([40])

    def start(view: ClipView | None, x: torch.Tensor) -> torch.Tensor:
        torch.manual_seed(1)
        return network(view).eval()(x, lengths).onset_logits[:, :5]

    torch.testing.assert_close(start(None, features), start(None, other))
    view = trained(size, 3)
    assert (start(view, features) - start(view, other)).abs().max() > 1e-4


@pytest.mark.parametrize("network", [sequence, relation])
def test_a_view_of_another_width_is_refused(network) -> None:
    with pytest.raises(SilentFoleyError, match="view: takes 5 units, not"):
        network(ClipView(5, 3))
