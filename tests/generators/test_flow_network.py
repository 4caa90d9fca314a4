"""The velocity network: lengths, neighbourhood, and what it is told."""

from dataclasses import replace

import pytest
import torch

from silentfoley.generators.flow_network import Given, VelocityNet

MELS, CURVES = 5, 3


@pytest.fixture(scope="module")
def network():
    torch.manual_seed(0)
    made = VelocityNet(MELS, CURVES, 4, 3, dims=(8, 12, 16), blocks=(1, 1, 1), n_condition=16, n_states=2).eval()
    for parameter in made.parameters():
        torch.nn.init.normal_(parameter, std=0.2)
    return made


def given(n: int, columns: int, seed: int = 0) -> Given:
    rng = torch.Generator().manual_seed(seed)
    return Given(
        label=torch.arange(n) % 4,
        variant=torch.arange(n) % 3,
        strength=torch.rand(n, 1, generator=rng),
        curves=torch.rand(n, columns, CURVES, generator=rng),
        colour=torch.rand(n, columns, MELS, generator=rng),
        manner=torch.rand(n, MELS + 1, generator=rng),
        context=torch.rand(n, columns, MELS, generator=rng),
        known=(torch.arange(columns) < 2).float()[None, :, None].expand(n, -1, -1),
    )


def test_a_batch_is_its_members(network):
    told, x, time = given(3, 16), torch.randn(3, 16, MELS), torch.tensor([0.1, 0.5, 0.9])
    whole = network(x, time, told)
    assert whole.shape == (3, 16, MELS)
    for i in range(3):
        one = Given(
            *(
                getattr(told, f)[i : i + 1]
                for f in ("label", "variant", "strength", "curves", "colour", "manner", "context", "known")
            )
        )
        torch.testing.assert_close(network(x[i : i + 1], time[i : i + 1], one)[0], whole[i], atol=1e-5, rtol=1e-5)


def test_it_sees_its_neighbourhood_and_no_farther(network):
    told, x, time = given(1, 160), torch.randn(1, 160, MELS), torch.tensor([0.5])
    near, far = x.clone(), x.clone()
    near[:, 79] += 1
    far[:, 150] += 1
    before = network(x, time, told)
    assert (network(near, time, told) - before)[:, 80].abs().max() > 1e-4
    assert (network(far, time, told) - before)[:, :80].abs().max() < 1e-6


def test_nameless_all_classes_are_one(network):
    told, x, time = given(4, 8), torch.randn(1, 8, MELS).expand(4, -1, -1), torch.full((4,), 0.5)
    alike = replace(
        told,
        **{
            f: getattr(told, f)[:1].expand_as(getattr(told, f))
            for f in ("curves", "colour", "manner", "context", "known")
        },
    )
    named = network(x, time, alike)
    nameless = network(x, time, alike.without_names(4, torch.tensor([True, True, False, True])))
    torch.testing.assert_close(nameless[2], named[2])
    torch.testing.assert_close(nameless[0], nameless[3])
    assert (named[0] - named[3]).abs().max() > 1e-4


def test_states_of_a_perception_are_heard_and_their_absence_is_learned(network):
    told, x, time = given(1, 8), torch.randn(1, 8, MELS), torch.tensor([0.5])
    without = network(x, time, told)
    seen = network(x, time, replace(told, states=torch.randn(1, 8, 2)))
    assert (seen - without).abs().max() > 1e-3
    without.sum().backward()
    assert network.no_states.grad.abs().max() > 0


def test_an_untrained_network_stands_still():
    made = VelocityNet(MELS, CURVES, 4, 3, dims=(8, 12, 16), blocks=(1, 1, 1))
    assert made(torch.randn(1, 8, MELS), torch.tensor([0.5]), given(1, 8)).abs().max() == 0
