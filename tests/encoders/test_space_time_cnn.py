"""The trained backbone: small, blind to its neighbours in the batch, and it binds motion to place."""

from __future__ import annotations

import numpy as np
import torch
from torch.nn import functional as F

from silentfoley.encoders.space_time_cnn import SpaceTimeCNN, motion_basis


def _net(**options) -> SpaceTimeCNN:
    torch.manual_seed(0)
    return SpaceTimeCNN(**options)


def test_is_small_and_keeps_leading_shapes():
    net = _net(n_features=32)
    assert sum(p.numel() for p in _net().parameters()) < 300_000
    assert net(torch.rand(5, 3, 64, 64)).shape == (5, 32)
    assert net(torch.rand(2, 3, 3, 64, 64)).shape == (2, 3, 32)


def test_batch_equals_loop_also_in_training_mode():
    net, images = _net().train(), torch.rand(4, 3, 64, 64)
    torch.testing.assert_close(net(images), torch.cat([net(i[None]) for i in images]), atol=1e-5, rtol=1e-4)


def test_motion_basis_can_be_undone():
    images = torch.rand(2, 3, 8, 8)
    brightness, change, bend = motion_basis(images).unbind(1)
    now = (brightness + 1) / 2
    total = bend / 4 + 2 * now
    torch.testing.assert_close(torch.stack([(total - change / 4) / 2, now, (total + change / 4) / 2], 1), images)
    still = images[:, 1:2].expand(-1, 3, -1, -1)
    assert motion_basis(still)[:, 1:].abs().max() < 1e-5


def test_every_weight_gets_a_gradient():
    net = _net()
    net(torch.rand(2, 3, 64, 64)).square().sum().backward()
    assert all(p.grad is not None and p.grad.abs().sum() > 0 for p in net.parameters())


def _two_actors(n: int, seed: int) -> tuple[torch.Tensor, torch.Tensor]:
    """A disc and a bar, one goes up, one down. The class is which of the two goes up."""
    rng = np.random.default_rng(seed)
    y, x = np.mgrid[0:64, 0:64]
    images, labels = np.zeros((n, 3, 64, 64), dtype=np.float32), rng.integers(0, 2, n)
    for image, label in zip(images, labels, strict=True):
        places = rng.permutation([16, 46]) + rng.integers(-4, 5, 2)
        heights = rng.integers(22, 42, 2)
        for step in range(3):
            for actor in (0, 1):
                way = (1 if actor == label else -1) * 3 * (step - 1)
                dx, dy = x - places[actor], y - heights[actor] - way
                image[step] += 0.8 * ((dx**2 + dy**2 < 50) if actor == 0 else ((abs(dx) < 3) & (abs(dy) < 9)))
    return torch.from_numpy(images), torch.from_numpy(labels)


def test_binds_what_to_which_way_it_moves():
    net = _net(n_features=2)
    optimiser = torch.optim.Adam(net.parameters(), lr=5e-3)
    images, labels = _two_actors(192, 1)
    for step in range(40):
        part = slice(48 * (step % 4), 48 * (step % 4) + 48)
        optimiser.zero_grad()
        F.cross_entropy(net(images[part]), labels[part]).backward()
        optimiser.step()
    held_out, truth = _two_actors(64, 2)
    with torch.inference_mode():
        assert (net(held_out).argmax(-1) == truth).float().mean() > 0.85
