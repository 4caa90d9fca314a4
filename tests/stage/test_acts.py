"""Every act keeps the contract; in ours the geometry touches exactly when the events say so."""

from __future__ import annotations

import numpy as np
import pytest

from silentfoley.labels import LABELS, TEXTURES
from silentfoley.stage.acts.breaking import FLOOR_Y, thing_pose
from silentfoley.stage.acts.clock import hand_angle
from silentfoley.stage.acts.cutting import blade_height
from silentfoley.stage.acts.footsteps import foot_height
from silentfoley.stage.acts.horse import GAITS, hoof_height
from silentfoley.stage.acts.impact import ball_height
from silentfoley.stage.acts.typing import finger_height
from silentfoley.stage.canvas import Canvas, View
from silentfoley.stage.registry import act_labels, get_act

DURATION_S = 4.0


def plans(label: str, n: int = 12, *, silent: bool = False):
    act = get_act(label)
    return [act.plan(np.random.default_rng(i), DURATION_S, silent=silent, level=i / (n - 1)) for i in range(n)]


def drawn(label: str, plan, time_s: float) -> np.ndarray:
    image = np.full((80, 80, 3), 90, dtype=np.uint8)
    get_act(label).draw(Canvas(image, View.box(0, 0, 80, 80)), time_s, plan)
    return image


def test_all_thirteen_are_here():
    assert act_labels() == LABELS


@pytest.mark.parametrize("label", LABELS)
def test_events_lie_in_the_clip_in_order(label):
    for plan in plans(label):
        times = [event.time_s for event in plan.events]
        assert plan.label == label
        assert plan.duration_s == DURATION_S
        assert times == sorted(times)
        assert all(0 <= t < DURATION_S for t in times)
        assert all(0 <= e.strength <= 1 and 0 <= e.x <= 1 for e in plan.events)
        if label in TEXTURES:
            assert len(plan.events) == 1
            assert plan.envelope is not None
            assert plan.envelope.min() >= 0
            assert plan.envelope.max() <= 1
    assert any(plan.events for plan in plans(label))


@pytest.mark.parametrize("label", LABELS)
def test_decoys_have_no_events(label):
    assert all(plan.silent and plan.events == () for plan in plans(label, silent=True))


@pytest.mark.parametrize("label", LABELS)
@pytest.mark.parametrize("silent", [False, True])
def test_drawing_is_pure_and_moves(label, silent):
    moved = False
    for plan in plans(label, 3, silent=silent):
        first = [drawn(label, plan, t) for t in (0.0, 1.3, DURATION_S)]
        again = [drawn(label, plan, t) for t in (0.0, 1.3, DURATION_S)]
        assert all(np.array_equal(a, b) for a, b in zip(first, again, strict=True))
        moved |= any(not np.array_equal(drawn(label, plan, t), first[0]) for t in np.arange(0.2, 4.0, 0.2))
    assert moved


@pytest.mark.parametrize("label", LABELS)
def test_drawing_a_little_outside_the_clip_and_short_clips_work(label):
    plan = get_act(label).plan(np.random.default_rng(3), 0.04)
    for t in (-0.07, 0.0, 0.04, 0.11):
        drawn(label, plan, t)


def touches(height, event_times) -> None:
    """``height(t)`` is 0 at each event and above 0 just before."""
    for t in event_times:
        assert height(t) == pytest.approx(0.0, abs=1e-6)
        assert height(t - 0.02) > 1e-4


def test_knife_is_on_the_board_at_events_and_never_for_a_decoy():
    for plan in plans("cutting"):
        touches(lambda t, plan=plan: blade_height(plan, t), [e.time_s for e in plan.events])
    for plan in plans("cutting", silent=True):
        assert min(blade_height(plan, t) for t in np.arange(0, DURATION_S, 0.01)) > 0.2


def test_a_foot_meets_the_ground_at_each_event():
    for plan in plans("footsteps"):
        for event in plan.events:
            heights = [foot_height(plan, foot, event.time_s) for foot in (0, 1)]
            before = [foot_height(plan, foot, event.time_s - 0.02) for foot in (0, 1)]
            assert any(abs(h) < 1e-9 and b > 1e-3 for h, b in zip(heights, before, strict=True))


def test_hooves_meet_the_ground_at_events_and_only_then():
    for plan in plans("horse"):
        landings = set()
        for hoof in range(4):
            landings |= {round(float(t), 6) for t in plan.params["feet"][hoof].contacts if 0 <= t < DURATION_S}
        assert landings == {round(e.time_s, 6) for e in plan.events}
        for event in plan.events:
            heights = [hoof_height(plan, hoof, event.time_s + 1e-7) for hoof in range(4)]
            before = [hoof_height(plan, hoof, event.time_s - 0.02) for hoof in range(4)]
            assert any(h == 0.0 and b > 1e-3 for h, b in zip(heights, before, strict=True))


def test_gaits_have_their_beats():
    beats = {gait: len(set(phases)) for gait, (phases, *_) in GAITS.items()}
    assert beats == {"walk": 4, "trot": 2, "canter": 3, "gallop": 4}


def test_things_that_strike_touch_at_events():
    kinds = set()
    for plan in plans("impact", 24):
        strokes, kind = plan.params["strokes"], plan.params["kind"]
        kinds.add(kind)
        height = (lambda t, s=strokes: ball_height(s, t)[0]) if kind == "ball" else strokes.lift
        touches(height, [e.time_s for e in plan.events])
    assert kinds == {"hammer", "ball", "stick", "fist"}
    for plan in plans("impact", silent=True):
        assert min(plan.params["strokes"].lift(t) for t in np.arange(0, DURATION_S, 0.01)) >= 0.3


def test_fingers_strike_at_events():
    for plan in plans("typing"):
        times, fingers = plan.params["times"], plan.params["fingers"]
        for event in plan.events:
            finger = int(fingers[np.argmin(np.abs(times - event.time_s))])
            touches(lambda t, plan=plan, finger=finger: finger_height(plan, finger, t), [event.time_s])
    for plan in plans("typing", silent=True):
        assert min(finger_height(plan, f, t) for f in range(8) for t in np.arange(0, DURATION_S, 0.02)) > 0.05


def test_the_thing_lands_at_the_event():
    for plan in plans("breaking"):
        for event in plan.events:
            assert thing_pose(plan, event.time_s - 1e-6)[1] == pytest.approx(FLOOR_Y, abs=1e-3)
            assert thing_pose(plan, event.time_s - 0.04)[1] < FLOOR_Y - 0.02


def test_the_hand_stands_until_the_tick_and_then_jumps_clockwise():
    for plan in plans("clock"):
        for event in plan.events:
            before, after = hand_angle(plan, event.time_s - 1e-6), hand_angle(plan, event.time_s + 0.05)
            assert abs(before - hand_angle(plan, event.time_s - 0.03)) < 0.05 * plan.params["step"]
            assert after - before > 0.5 * plan.params["step"]
    assert get_act("clock").mirrors is False


def test_a_finished_burst_leaves_no_trace_of_time_direction_only_a_play_backwards_does():
    """A stroke falls faster than it lifts, at every act made of strokes."""
    for label in ("cutting", "impact"):
        for plan in plans(label, 6, silent=True):
            t = np.arange(0, DURATION_S, 0.002)
            speed = np.diff([plan.params["strokes"].lift(x) for x in t])
            assert -speed.min() > 2.5 * speed.max()
