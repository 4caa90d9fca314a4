"""The default's eyes are joined by a network that knows drawings, if they have one."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch

from silentfoley.encoders.backbone import FrameBackbone
from silentfoley.encoders.drawn_acts import N_LABELS, DrawnActs
from silentfoley.inference.motion_perceiver import FreeCurves, MotionPerceiver
from silentfoley.labels import LABELS

CLOCK = LABELS.index("clock")


class Blank(FrameBackbone):
    """Has no opinion on any picture."""

    def __init__(self) -> None:
        super().__init__((0.0,) * 3, (1.0,) * 3)

    def probabilities(self, pictures):
        return np.full((len(pictures), 1000), 1e-3, dtype=np.float32)


def sure_of_clock(part: float) -> DrawnActs:
    """Says of every moment that a clock ticks now, and of the act being there at all the logit ``part``."""
    acts = DrawnActs(width=4)
    answers = acts.network.answers
    torch.nn.init.zeros_(answers.weight)
    torch.nn.init.constant_(answers.bias, -12.0)
    with torch.no_grad():
        answers.bias[[CLOCK, 5 * N_LABELS + CLOCK]] = 12.0
        answers.bias[N_LABELS + CLOCK] = part
    return acts


@pytest.mark.parametrize(("part", "named"), [(12.0, True), (-12.0, False)])
def test_the_network_has_its_say_where_it_knows_what_it_sees(clip: Path, part: float, named: bool) -> None:
    alone = MotionPerceiver(FreeCurves(), Blank())
    both = MotionPerceiver(FreeCurves(), Blank(), acts=sure_of_clock(part))
    assert (list(alone.modules()), list(both.modules())) == ([], ["acts"])
    seen, joined = alone(clip), both(clip)
    # The clip is two seconds long: half as sure, two thirds of the say.
    assert (joined.top(1)[0][1] > 0.7) == named
    assert (joined.onset[5:-5].min() > 0.7) == named
    if named:
        assert joined.top(1)[0][0] == "clock"
    else:
        np.testing.assert_array_equal(joined.onset, seen.onset)
        np.testing.assert_array_equal(joined.class_logits, seen.class_logits)
    np.testing.assert_array_equal(joined.position, seen.position)
