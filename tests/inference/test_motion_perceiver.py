"""The default's eyes are joined by a network that knows drawings, if they have one."""

from __future__ import annotations

from pathlib import Path
from threading import Event

import numpy as np
import pytest
import torch

from silentfoley.encoders.backbone import FrameBackbone
from silentfoley.encoders.drawn_acts import N_ANSWERS, N_LABELS, ActsSeen, DrawnActs
from silentfoley.inference import motion_perceiver
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


class Noting(DrawnActs):
    """Its own reader: notes what it is shown and with how many threads, and sees nothing."""

    def __init__(self, before_each=lambda: None) -> None:
        super().__init__(width=2)
        self.before_each = before_each
        self.times_s: list[float] = []
        self.threads: set[int] = set()

    def reader(self, grid):
        self.n_columns = grid.n_columns
        return self

    def add(self, grey, times_s):
        self.before_each()
        self.times_s += times_s.tolist()
        self.threads.add(torch.get_num_threads())

    def seen(self):
        return ActsSeen(np.zeros((0, N_ANSWERS), dtype=np.float32), self.n_columns)


@pytest.fixture
def short_windows(monkeypatch):
    monkeypatch.setattr("silentfoley.media.grey.WINDOW_FRAMES", 4)


@pytest.mark.usefixtures("short_windows")
def test_frames_are_shown_in_order_and_torch_computes_alone(clip: Path, monkeypatch) -> None:
    before = torch.get_num_threads()
    torch.set_num_threads(3)
    try:
        acts = Noting()
        MotionPerceiver(FreeCurves(), Blank(), acts=acts)(clip)
        assert torch.get_num_threads() == 3
    finally:
        torch.set_num_threads(before)
    assert acts.times_s == sorted(set(acts.times_s))
    assert len(acts.times_s) > 40
    assert acts.threads == {1}


@pytest.mark.usefixtures("short_windows")
def test_windows_wait_for_a_slow_network(clip: Path, monkeypatch) -> None:
    made, sixth = [], Event()
    windows = motion_perceiver._pass

    def counted(info):
        for window in windows(info):
            made.append(window)
            if len(made) == 6:
                sixth.set()
            yield window

    monkeypatch.setattr(motion_perceiver, "_pass", counted)
    waited: list[bool] = []

    def slow() -> None:
        if not waited:
            # Two are looked at, one is ready and one is being made; a sixth would have to be held.
            waited.append(sixth.wait(0.3))

    MotionPerceiver(FreeCurves(), Blank(), acts=Noting(slow))(clip)
    assert waited == [False]
    assert len(made) > 10
