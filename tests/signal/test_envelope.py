"""Levels per column against a plain loop, and the strength scale."""

import numpy as np
import pytest
import torch

from silentfoley.signal.envelope import db_of_strength, rms_envelope, strength_curve, strength_of_db
from silentfoley.timegrid import TimeGrid


@pytest.mark.parametrize(("n", "hop", "window"), [(1000, 100, None), (1000, 100, 251), (999, 100, 40), (5, 10, 4)])
def test_rms_equals_a_loop(n, hop, window):
    x = torch.randn(2, n, dtype=torch.float64)
    width = window or hop
    ours = rms_envelope(x, hop, window)
    assert ours.shape == (2, 1 + n // hop)
    for b in range(2):
        for t in range(1 + n // hop):
            low = t * hop - width // 2
            part = x[b, max(0, low) : max(0, low + width)].numpy()
            assert ours[b, t] == pytest.approx(np.sqrt((part**2).sum() / width))


def test_strength_is_linear_in_db():
    db = torch.tensor([10.0, 0, -25, -50, -90])
    assert torch.allclose(strength_of_db(db), torch.tensor([1.0, 1, 0.5, 0, 0]))
    assert torch.allclose(db_of_strength(torch.tensor([1.0, 0.5, 0])), torch.tensor([0.0, -25, -50]))


def test_curve_is_relative_to_the_loudest_column_or_to_a_reference():
    x = torch.randn(1, 8820)
    x[:, 4410:] *= 10 ** (-20 / 20)
    grid = TimeGrid(8820, hop_samples=441)
    curve = strength_curve(x, grid)
    assert float(curve.max()) == 1.0
    assert float(curve[0, 15]) == pytest.approx(0.6, abs=0.05)
    assert torch.allclose(strength_curve(5 * x, grid), curve, atol=1e-5)
    quiet = strength_curve(x, grid, reference=10.0)
    assert float(quiet.max()) == pytest.approx(0.6, abs=0.05)
    two = strength_curve(torch.cat([x, 0.1 * x]), grid, reference=torch.tensor([10.0, 1.0]))
    assert torch.allclose(two[0], two[1], atol=1e-5)


@pytest.mark.parametrize("reference", [None, 1.0])
def test_silence_has_no_strength(reference):
    assert torch.equal(
        strength_curve(torch.zeros(1, 1000), TimeGrid(1000, hop_samples=100), reference=reference), torch.zeros(1, 11)
    )
