"""Projection by hand, spectral norm against an independent decomposition, hinge worked out on paper."""

import numpy as np
import pytest
import torch

from silentfoley.generators.adversarial_losses import feature_matching, hinge_discriminator, hinge_generator
from silentfoley.generators.foley_discriminator import FoleyDiscriminator, PlainHead, ProjectionHead
from silentfoley.generators.foley_gan_blocks import ActionVector


def set_weight(layer: torch.nn.Module, weight: list[list[float]]) -> None:
    with torch.no_grad():
        layer.parametrizations.weight.original.copy_(torch.tensor(weight))


def settle(head: torch.nn.Module, *arguments) -> None:
    """Power iterations of spectral norm run in training mode only."""
    head.train()
    for _ in range(50):
        head(*arguments)
    head.eval()


def test_the_projection_by_hand():
    head = ProjectionHead(2, size=2)
    # Largest singular values: 5 of the row (3, 4), 2 of the diagonal. Left are (0.6, 0.8), and rows (1, 0), (0, 0.5).
    set_weight(head.plain.score, [[3.0, 4.0]])
    set_weight(head.embedding, [[2.0, 0.0], [0.0, 1.0]])
    torch.nn.init.constant_(head.plain.score.bias, 0.25)
    vectors = torch.tensor([[[1.0, 2.0], [0.0, 4.0]]])
    nothing = torch.zeros(1, 8, 3)
    settle(head, vectors, nothing, torch.tensor([0]))
    # psi: 0.6 + 1.6 + 0.25 and 3.2 + 0.25. Class 0 adds the first number of phi, class 1 half the second.
    expected = {0: [2.45 + 1.0, 3.45 + 0.0], 1: [2.45 + 1.0, 3.45 + 2.0]}
    for label, scores in expected.items():
        got = head(vectors, nothing, torch.tensor([label]))
        assert got[0].tolist() == pytest.approx(scores, abs=1e-4)
    plain = head.plain(vectors, nothing, torch.tensor([1]))
    assert plain[0].tolist() == pytest.approx([2.45, 3.45], abs=1e-4)


def test_the_action_of_a_patch_is_projected_onto_that_patch():
    torch.manual_seed(0)
    head = ProjectionHead(2, ActionVector(3, size=2), size=4).eval()
    vectors, inputs, label = torch.randn(1, 3, 4), torch.randn(1, 12, 3), torch.tensor([1])
    actions = head.action(inputs)[0]
    weight, bias = head.project.weight, head.project.bias
    without = head.plain(vectors, inputs, label)[0] + vectors[0] @ head.embedding.weight[1]
    for p in range(3):
        joined = torch.cat([actions[4 * p + i] for i in range(4)])
        expected = without[p] + vectors[0, p] @ (weight @ joined + bias)
        assert head(vectors, inputs, label)[0, p].item() == pytest.approx(expected.item(), abs=1e-5)


@pytest.mark.parametrize("n", [1, 3, 4, 5, 64, 121])
def test_one_score_for_four_columns(n):
    judge = FoleyDiscriminator(ProjectionHead(3, ActionVector(5, 4)), (4, 4, 6, 6))
    verdict = judge(torch.rand(2, n, 64), torch.randn(2, n, 5), torch.tensor([0, 2]))
    assert verdict.scores.shape == (2, -(-n // 4))
    assert len(verdict.maps) == 4


def test_class_and_action_decide_with_a_projection_and_not_without():
    torch.manual_seed(0)
    features, inputs = torch.rand(1, 16, 64) * 5, torch.randn(1, 16, 5)
    labels = [torch.tensor([k]) for k in (0, 1)]
    judge = FoleyDiscriminator(ProjectionHead(3, ActionVector(5, 4))).eval()
    a, b = (judge(features, inputs, label).scores for label in labels)
    assert not torch.allclose(a, b, atol=1e-4)
    assert not torch.allclose(a, judge(features, inputs.flip(1), labels[0]).scores, atol=1e-5)
    blind = FoleyDiscriminator().eval()
    assert isinstance(blind.head, PlainHead)
    a, b = (blind(features, inputs, label).scores for label in labels)
    assert torch.equal(a, b)
    assert torch.equal(a, blind(features, inputs.flip(1), labels[0]).scores)


def test_spectral_norm_bounds_the_largest_singular_value():
    torch.manual_seed(0)
    judge = FoleyDiscriminator(ProjectionHead(3, ActionVector(5, 4)), (4, 4, 6, 6))
    with torch.no_grad():
        for name, weight in judge.named_parameters():
            if name.endswith("original"):
                weight.mul_(30)
    arguments = torch.rand(2, 16, 64), torch.randn(2, 16, 5), torch.tensor([0, 2])
    settle(judge, *arguments)
    found = 0
    for module in judge.modules():
        if not hasattr(module, "parametrizations"):
            continue
        raw, normed = (
            np.linalg.svd(w.detach().numpy().reshape(len(w), -1), compute_uv=False)[0]
            for w in (module.parametrizations.weight.original, module.weight)
        )
        assert raw > 3
        assert normed == pytest.approx(1, abs=0.02)
        found += 1
    assert found == 8, "four maps, the join, the plain score, the class, the action"


def test_hinge_by_hand():
    true, made = torch.tensor([2.0, 0.5, -1.0]), torch.tensor([-3.0, 0.0, 1.0])
    # max(0, 1 - D): 0, 0.5, 2. max(0, 1 + D): 0, 1, 2.
    assert float(hinge_discriminator(true, made)) == pytest.approx(2.5 / 3 + 1.0)
    assert float(hinge_generator(made)) == pytest.approx(2 / 3)
    assert float(hinge_discriminator(torch.zeros(2, 3), torch.zeros(4))) == 2
    assert float(hinge_discriminator(torch.ones(3), -torch.ones(3))) == 0
    sure = torch.tensor([5.0], requires_grad=True)
    hinge_discriminator(sure, torch.tensor([-5.0])).backward()
    assert float(sure.grad) == 0, "beyond the margin nothing is pushed further"


def test_feature_matching_by_hand_and_its_gradient_goes_into_what_is_made():
    true = [torch.zeros(2, 2, requires_grad=True), torch.ones(3)]
    made = [torch.full((2, 2), 2.0, requires_grad=True), torch.tensor([1.0, 1.0, 4.0])]
    loss = feature_matching(true, made)
    assert float(loss) == pytest.approx((2 + 1) / 2)
    loss.backward()
    assert true[0].grad is None
    assert float(made[0].grad.sum()) == pytest.approx(0.5)
