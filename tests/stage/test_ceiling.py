"""The oracle that states what a frame rate allows."""

from __future__ import annotations

import numpy as np
import pytest

from silentfoley.labels import LABELS, TEXTURES
from silentfoley.stage.ceiling import event_ceiling, oracle_times_s
from silentfoley.stage.registry import get_act


def test_oracle_by_hand():
    frames = [0.0, 0.1, 0.2, 0.3]
    # 0.05 shows at 0.1; 0.12 and 0.19 both show at 0.2; 0.2 does too; 0.35 comes after the last frame.
    np.testing.assert_allclose(oracle_times_s([0.05, 0.12, 0.19, 0.2, 0.35], frames), [0.05, 0.15])
    assert oracle_times_s([0.0], frames).tolist() == [0.0]
    assert oracle_times_s([], frames).size == 0


def test_f1_counts_merged_events():
    # Two events in one frame interval: one found of two, F1 = 2 * 1 / 3.
    ceiling = event_ceiling([0.125, 0.15], np.arange(10) / 25)
    assert ceiling.precision_s == pytest.approx(0.02)
    assert ceiling.f1 == pytest.approx(2 / 3)
    assert event_ceiling([], np.arange(10) / 25).f1 == 1.0


def test_ambiguity_adds_to_the_precision():
    assert event_ceiling([0.5], np.arange(50) / 25, ambiguity_s=0.01).precision_s == pytest.approx(0.03)
    assert event_ceiling([0.5], np.arange(50) / 25, ambiguity_s=0.06).f1 == 0.0


@pytest.mark.parametrize("label", [label for label in LABELS if label not in TEXTURES])
def test_acts_state_their_ceiling(label):
    act = get_act(label)
    slow, fast = act.timing_ceiling(15, n_plans=12), act.timing_ceiling(60, n_plans=12)
    assert slow.precision_s == pytest.approx(1 / 30 + act.ambiguity_s)
    assert fast.precision_s == pytest.approx(1 / 120 + act.ambiguity_s)
    assert slow.f1 <= fast.f1
    assert fast.f1 > 0.85
