"""Curves of the default: the rule told in [0, 1], and a network averaged with it."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from torch import nn

from silentfoley.encoders.motion import MOTION_FEATURES, motion_onsets
from silentfoley.inference.motion_perceiver import LEAST_ODDS, MAX_LOGIT, ONSET_UNIT, FreeCurves, LearnedCurves
from silentfoley.timegrid import TimeGrid

GRID = TimeGrid.of_duration(2)


def features() -> np.ndarray:
    """A strike at 0.5 s and a weaker one at 1.5 s over some noise."""
    values = np.abs(np.random.default_rng(0).normal(size=(GRID.n_columns, len(MOTION_FEATURES)))).astype(np.float32)
    values[25], values[75] = 9.0, 5.0
    return values


class Peaked(nn.Module):
    """Sure of column 40, and of strengths that nobody asked for."""

    def __init__(self, top: float = 2.0) -> None:
        super().__init__()
        self.top = nn.Parameter(torch.tensor(top))

    def forward(self, x: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        onset = torch.full(x.shape[:2], -3.0)
        onset[:, 40] = self.top
        return onset, torch.full(x.shape[:2], 9.0)


def expected(top: float, weight: float) -> np.ndarray:
    squashed = motion_onsets(features(), GRID).astype(np.float64)
    odds = np.full(GRID.n_columns, np.exp(-3.0))
    odds[40] = np.exp(min(top, MAX_LOGIT))
    mixed = weight * odds / (2 * np.sqrt(np.mean(odds**2))) + (1 - weight) * squashed / (1 - squashed)
    return np.minimum(mixed / ONSET_UNIT, 1)


@pytest.mark.parametrize("weight", [0.0, 0.5, 1.0])
@pytest.mark.parametrize("top", [2.0, 50.0])
def test_the_curve_is_the_mean_of_both_in_their_units(weight: float, top: float) -> None:
    onset, _ = LearnedCurves(Peaked(top), weight)(features(), GRID)
    assert onset.dtype == np.float32
    np.testing.assert_allclose(onset, expected(top, weight), atol=1e-5)


def test_without_the_network_it_is_the_rule() -> None:
    for mixed, rule in zip(LearnedCurves(Peaked(), 0.0)(features(), GRID), FreeCurves()(features(), GRID), strict=True):
        np.testing.assert_allclose(mixed, rule, atol=1e-6)


def test_strength_is_the_rules() -> None:
    np.testing.assert_array_equal(LearnedCurves(Peaked())(features(), GRID)[1], FreeCurves()(features(), GRID)[1])


def test_a_still_clip_makes_no_onset() -> None:
    still = np.zeros((GRID.n_columns, len(MOTION_FEATURES)), dtype=np.float32)
    onset, strength = FreeCurves()(still, GRID)
    assert onset.max() == 0
    assert strength.max() == 0


def test_a_network_that_sees_nothing_is_not_blown_up() -> None:
    net = Peaked(-4.0)
    net.forward = lambda x: (torch.full(x.shape[:2], -6.0), torch.zeros(x.shape[:2]))
    np.testing.assert_allclose(LearnedCurves(net).learned_curve(features()), np.exp(-6.0) / LEAST_ODDS, rtol=1e-5)


def test_the_network_is_stored() -> None:
    curves = LearnedCurves(Peaked().train())
    assert list(curves.modules()) == ["network"]
    assert not curves.network.training
    assert FreeCurves().modules() == {}
