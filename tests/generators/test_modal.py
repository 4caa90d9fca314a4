"""Modes: the closed form against a loop over samples, and back from a sound to its modes."""

import math

import numpy as np
import torch

from silentfoley.generators.modal import Modes, find_modes, ring

RATE = 44_100


def modes():
    return Modes(
        torch.tensor([110.0, 2345.6, 9000.0]),
        torch.tensor([0.05, 0.4, 0.003]),
        torch.tensor([0.5, -0.2, 0.1]),
        torch.tensor([0.1, 0.3, 0.0]),
    )


def test_ring_is_the_sum_sample_by_sample():
    m, n = modes(), 1000
    expected = np.zeros(n)
    for i in range(n):
        t = i / RATE
        for hz, decay, a, b in zip(m.hz, m.decay_s, m.cosine, m.sine, strict=True):
            turn = 2 * math.pi * float(hz) * t
            expected[i] += math.exp(-t / float(decay)) * (float(a) * math.cos(turn) + float(b) * math.sin(turn))
    assert np.allclose(ring(m, n, RATE).numpy(), expected, atol=2e-5)


def test_a_longer_ring_begins_alike():
    assert torch.allclose(ring(modes(), 5000, RATE)[:777], ring(modes(), 777, RATE), atol=1e-6)


def test_a_late_phase_is_still_right():
    m = Modes(torch.tensor([3000.0]), torch.tensor([1e6]), torch.tensor([1.0]), torch.tensor([0.0]))
    late = ring(m, 4 * RATE, RATE)[-200:].numpy()
    expected = np.cos(2 * np.pi * 3000 * np.arange(4 * RATE - 200, 4 * RATE) / RATE)
    assert np.abs(late - expected).max() < 1e-2


def test_gradients_reach_every_parameter():
    m = Modes(*(v.clone().requires_grad_() for v in (modes().hz, modes().decay_s, modes().cosine, modes().sine)))
    ring(m, 500, RATE).square().sum().backward()
    assert all(v.grad is not None and bool((v.grad != 0).all()) for v in (m.hz, m.decay_s, m.cosine, m.sine))


def test_modes_are_found_again_under_noise():
    edges = np.geomspace(50, 16_000, 25)
    true = Modes(
        torch.tensor([440.0, 3300.0]), torch.tensor([0.128, 0.032]), torch.tensor([0.0, 0.2]), torch.tensor([0.5, 0.0])
    )
    noise = np.random.default_rng(0).normal(0, 0.01, RATE // 2)
    found = find_modes(ring(true, RATE // 2, RATE).numpy() + noise, edges, RATE)
    level = np.hypot(found.cosine, found.sine)
    assert sorted(np.flatnonzero(level > 0.05)) == sorted(np.searchsorted(edges, [440, 3300]) - 1)
    loud = level > 0.05
    assert np.allclose(found.hz[loud], [440, 3300], rtol=0.005)
    assert np.allclose(found.decay_s[loud], [0.128, 0.032])
    assert np.allclose(level[loud], [0.5, 0.2], rtol=0.1)
    assert np.square(found.rest).mean() < 1.5 * 0.01**2


def test_noise_has_no_modes():
    edges = np.geomspace(50, 16_000, 25)
    noise = np.random.default_rng(1).normal(0, 0.1, 8000)
    found = find_modes(noise, edges, RATE)
    assert np.square(found.rest).sum() > 0.9 * np.square(noise).sum()
