"""Temporal relations against plain loops over combinations."""

from __future__ import annotations

from itertools import combinations

import pytest
import torch
from support.classifier_inputs import fill, wave

from silentfoley.classifiers.relation import LocalRelation, MultiScaleRelation, Relation
from silentfoley.errors import SilentFoleyError


def naive(relation, frames, chosen):
    """Concatenate, ReLU, Linear, ReLU, Linear, for one clip and one tuple after another."""
    logits = []
    for clip in frames:
        per_tuple = []
        for index in chosen:
            joined = torch.cat([clip[i] for i in index])
            hidden = relation.first.weight @ torch.relu(joined) + relation.first.bias
            per_tuple.append(relation.last.weight @ torch.relu(hidden) + relation.last.bias)
        logits.append(sum(per_tuple) / len(per_tuple))
    return torch.stack(logits)


@pytest.mark.parametrize("scale", [1, 2, 3, 5])
def test_one_scale_equals_the_loop_over_all_tuples(scale):
    relation = fill(Relation(5, scale, 4, 7, 3)).eval()
    frames = wave(3, 5, 4)
    wanted = naive(relation, frames, list(combinations(range(5), scale)))
    assert torch.allclose(relation(frames), wanted, atol=1e-5)


def test_scales_are_summed():
    net = fill(MultiScaleRelation(5, 4, 7, 3)).eval()
    frames = wave(2, 5, 4)
    wanted = sum(
        naive(r, frames, list(combinations(range(5), s))) for r, s in zip(net.relations, (5, 4, 3, 2), strict=True)
    )
    assert torch.allclose(net(frames), wanted, atol=1e-5)
    assert net.n_tuples == 1 + 5 + 10 + 10


def test_order_matters():
    net = fill(MultiScaleRelation(5, 4, 7, 3)).eval()
    frames = wave(2, 5, 4)
    assert not torch.allclose(net(frames), net(frames.flip(1)), atol=1e-3)


def test_training_draws_three_tuples_without_replacement():
    relation = fill(Relation(6, 2, 4, 7, 3)).train()
    frames = wave(2, 6, 4)
    seen = set()
    for seed in range(40):
        index = relation._choose(torch.Generator().manual_seed(seed))
        chosen = [tuple(row) for row in index.tolist()]
        assert len(set(chosen)) == 3
        assert all(a < b for a, b in chosen)
        seen |= set(chosen)
        got = relation(frames, torch.Generator().manual_seed(seed))
        assert torch.allclose(got, naive(relation, frames, chosen), atol=1e-5)
    assert seen == set(combinations(range(6), 2))


def test_the_largest_scale_always_has_its_one_tuple():
    relation = Relation(6, 6, 4, 7, 3).train()
    assert relation._choose(None).tolist() == [[0, 1, 2, 3, 4, 5]]


def test_training_repeats_with_its_generator_and_test_needs_none():
    net = fill(MultiScaleRelation(6, 4, 7, 3)).train()
    frames = wave(2, 6, 4)
    a, b, c = (net(frames, torch.Generator().manual_seed(s)) for s in (1, 1, 2))
    assert torch.equal(a, b)
    assert not torch.equal(a, c)
    net.eval()
    torch.manual_seed(1)
    first = net(frames)
    torch.manual_seed(2)
    assert torch.equal(first, net(frames))


def test_training_logits_agree_with_test_on_average():
    # The reason why tuples are averaged: training then is an unbiased draw of what test computes.
    net = fill(MultiScaleRelation(6, 4, 7, 3))
    frames = wave(1, 6, 4)
    g = torch.Generator().manual_seed(0)
    with torch.no_grad():
        drawn = torch.cat([net.train()(frames, g) for _ in range(300)])
        full = net.eval()(frames)[0]
    error = drawn.std(0) / 300**0.5
    assert ((drawn.mean(0) - full).abs() < 5 * error + 1e-6).all()


def test_single_scale_and_no_relation_are_configurations():
    assert MultiScaleRelation(3, 4, 7, 3, scales=(3,)).n_tuples == 1
    cnn_only = fill(MultiScaleRelation(4, 4, 7, 3, scales=(1,))).eval()
    frames = wave(2, 4, 4)
    assert torch.allclose(cnn_only(frames), cnn_only(frames.flip(1)), atol=1e-5)


@pytest.mark.parametrize(
    ("scales", "message"),
    [((), "none or repeat"), ((3, 3), "none or repeat"), ((7,), "7 of 6 frames"), ((0,), "0 of 6 frames")],
)
def test_impossible_scales_are_refused(scales, message):
    with pytest.raises(SilentFoleyError, match=message):
        MultiScaleRelation(6, 4, 7, 3, scales=scales)


def test_local_relation_equals_a_loop_over_columns():
    local = fill(LocalRelation(4, size=5, places=3, distances=(1, 3))).eval()
    x = wave(2, 11, 4)
    mask = torch.arange(11) < torch.tensor([11, 7])[:, None]
    got = local(x, mask)
    for clip, n in enumerate((11, 7)):
        small = torch.relu(x[clip] @ local.shrink.weight.t() + local.shrink.bias)
        for t in range(n):
            total = torch.zeros(5)
            for conv, d in zip(local.relations, (1, 3), strict=True):
                places = [t - d, t, t + d]
                window = [small[u] if 0 <= u < n else torch.zeros(5) for u in places]
                total = total + sum(conv.weight[:, :, k] @ f for k, f in enumerate(window)) + conv.bias
            assert torch.allclose(got[clip, t], torch.relu(total), atol=1e-5)


def test_local_relation_looks_no_further_than_its_distances():
    local = fill(LocalRelation(4, size=5, places=3, distances=(1, 3))).eval()
    x = wave(1, 20, 4)
    changed = x.clone()
    changed[0, 10] += 1
    mask = torch.ones(1, 20, dtype=torch.bool)
    moved = (local(x, mask) != local(changed, mask)).any(-1)[0].nonzero().flatten().tolist()
    assert set(moved) <= {7, 9, 10, 11, 13}
    assert 10 in moved


def test_an_even_window_is_refused():
    with pytest.raises(SilentFoleyError, match="4 places"):
        LocalRelation(4, places=4)
