"""Draws, pan and distance."""

import numpy as np
import pytest

from silentfoley.generators.mixdown import pan_gains, seed_of, torch_rng
from silentfoley.signal.distance import distance_gain


def test_pan_has_equal_power_and_a_centre_of_one():
    for pan in np.linspace(-1, 1, 9):
        assert float((pan_gains(pan, 2) ** 2).sum()) == pytest.approx(2)
    assert pan_gains(0, 2).ravel() == pytest.approx([1, 1])
    assert pan_gains(-1, 2).ravel() == pytest.approx([2**0.5, 0], abs=1e-6)
    assert pan_gains(0.7, 1).tolist() == [[1]]


def test_distance():
    assert [distance_gain(d) for d in (0, 0.5, 1, 2, 10)] == [1, 1, 1, 0.5, 0.1]


def test_seeds_are_told_apart_and_fixed():
    assert seed_of(0, "a") == seed_of(0, "a")
    assert len({seed_of(0, "a"), seed_of(1, "a"), seed_of(0, "b"), seed_of(0, "a", "b"), seed_of(0, "ab")}) == 5
    assert torch_rng(3, "x").initial_seed() == seed_of(3, "x")
