"""Rain, waterfall, fire, thunder, car and gunshot: plans, purity, and a direction of time that can be measured."""

from __future__ import annotations

from dataclasses import replace

import cv2
import numpy as np
import pytest

from silentfoley.stage.acts.car import Car
from silentfoley.stage.acts.fire import Fire
from silentfoley.stage.acts.gunshot import FLASH_S, Gunshot
from silentfoley.stage.acts.rain import Rain
from silentfoley.stage.acts.thunder import Thunder
from silentfoley.stage.acts.waterfall import Waterfall
from silentfoley.stage.canvas import Canvas, Tint, View
from silentfoley.stage.spans import Span, draw_span

ACTS = {act.label: act for act in (Rain(), Waterfall(), Fire(), Thunder(), Car(), Gunshot())}
TEXTURES = ("rain", "waterfall", "fire", "car")
SIZE = 112
DURATION_S = 4.0


@pytest.fixture(autouse=True)
def _one_thread():
    cv2.setNumThreads(1)


def plan_of(label, seed, **options):
    return ACTS[label].plan(np.random.default_rng(seed), options.pop("duration_s", DURATION_S), **options)


def show(plan, time_s, *, grey=110, tint=None, mirror=False, size=SIZE):
    act = ACTS[plan.label]
    image = np.full((size, size, 3), grey, np.uint8)
    view = View.box(0, 0, size, size, mirror=mirror)
    if not act.fills_picture:
        view = View.box(0.1 * size, 0.1 * size, 0.8 * size, 0.8 * size, mirror=mirror)
    act.draw(Canvas(image, view, tint), time_s, plan)
    return image


def same(a, b):
    """Whether two values of a plan are equal, arrays and dataclasses included."""
    if isinstance(a, dict):
        return a.keys() == b.keys() and all(same(a[k], b[k]) for k in a)
    if isinstance(a, (tuple, list)):
        return len(a) == len(b) and all(same(x, y) for x, y in zip(a, b, strict=True))
    if isinstance(a, np.ndarray):
        return a.dtype == b.dtype and np.array_equal(a, b)
    if hasattr(a, "__dataclass_fields__"):
        return type(a) is type(b) and all(same(getattr(a, k), getattr(b, k)) for k in a.__dataclass_fields__)
    return a == b


def vertical_flow(plan, times, *, step_s=0.04, part=slice(None), columns=slice(None)):
    """Mean vertical motion in pixels per step, weighted by how much a place moves; positive is down."""
    total, weight = 0.0, 0.0
    for time_s in times:
        a, b = (cv2.cvtColor(show(plan, t), cv2.COLOR_RGB2GRAY)[part, columns] for t in (time_s, time_s + step_s))
        flow = cv2.calcOpticalFlowFarneback(a, b, None, 0.5, 2, 11, 3, 5, 1.1, 0)
        moved = np.abs(b.astype(float) - a)
        total += float((flow[..., 1] * moved).sum())
        weight += float(moved.sum())
    return total / weight


@pytest.mark.parametrize("label", ACTS)
class TestPlans:
    @pytest.mark.parametrize("silent", [False, True])
    def test_same_seed_same_plan_other_seed_another(self, label, silent):
        assert same(plan_of(label, 5, silent=silent), plan_of(label, 5, silent=silent))
        assert not same(plan_of(label, 5, silent=silent), plan_of(label, 6, silent=silent))

    @pytest.mark.parametrize("duration_s", [0.2, 1.0, 4.0])
    def test_events_lie_in_the_clip_in_order(self, label, duration_s):
        for seed in range(20):
            plan = plan_of(label, seed, duration_s=duration_s, level=seed / 19)
            times = [e.time_s for e in plan.events]
            assert times, "a sounding plan sounds"
            assert times == sorted(times)
            assert all(0 <= t < duration_s for t in times)
            assert all(0 < e.strength <= 1 and 0 <= e.x <= 1 for e in plan.events)
            assert all(type(t) is float for t in times)

    def test_decoys_are_silent(self, label):
        for seed in range(10):
            plan = plan_of(label, seed, silent=True)
            assert plan.silent
            assert plan.events == ()
            assert plan.envelope is None

    def test_every_variant_comes_up(self, label):
        assert len({plan_of(label, seed).variant for seed in range(40)}) == 3


@pytest.mark.parametrize("label", ["rain", "waterfall", "fire"])
def test_starts_are_as_common_as_stops(label):
    spans = [
        draw_span(np.random.default_rng(seed), DURATION_S, 0.5, attack_s=0.4, release_s=0.5) for seed in range(400)
    ]
    late = sum(span.start_s > 0 for span in spans)
    early = sum(span.stop_s < DURATION_S for span in spans)
    assert 50 < late < 110
    assert 50 < early < 110
    plans = [plan_of(label, seed) for seed in range(30)]
    assert any(plan.events[0].time_s > 0 for plan in plans)
    assert any(plan.events[0].time_s == 0 and plan.events[0].duration_s < DURATION_S for plan in plans)


@pytest.mark.parametrize("label", TEXTURES)
def test_one_event_spans_the_sounding_time(label):
    for seed in range(20):
        plan = plan_of(label, seed)
        (event,) = plan.events
        times = np.linspace(0, DURATION_S, len(plan.envelope))
        assert np.all((plan.envelope >= 0) & (plan.envelope <= event.strength + 1e-12))
        heard = times[plan.envelope > 1e-9]
        assert heard[0] >= event.time_s - 1e-9
        assert heard[-1] <= event.time_s + event.duration_s + 1e-9
        # It sounds from its start to its end, but for one step of the envelope.
        assert heard[0] - event.time_s < 0.05
        assert event.time_s + event.duration_s - heard[-1] < 0.05


@pytest.mark.parametrize("label", ACTS)
@pytest.mark.parametrize("silent", [False, True])
class TestPictures:
    def test_drawing_is_pure(self, label, silent):
        for seed in range(4):
            plan, twin = (plan_of(label, seed, silent=silent) for _ in range(2))
            first = show(plan, 1.7)
            for time_s in (3.9, 0.0, -0.05, 4.05):
                show(plan, time_s)
            assert np.array_equal(first, show(plan, 1.7))
            assert same(plan, twin)

    def test_it_is_seen_and_moves(self, label, silent):
        for seed in range(6):
            plan = plan_of(label, seed, silent=silent)
            frames = [show(plan, t).astype(int) for t in np.arange(0.0, 4.0, 0.25)]
            assert max(np.abs(f - 110).mean() for f in frames) > 1
            assert sum(np.abs(a - b).max() > 3 for a, b in zip(frames[1:], frames[:-1], strict=True)) >= 4

    @pytest.mark.parametrize("size", [1, 33, 224])
    def test_any_size(self, label, silent, size):
        plan = plan_of(label, 3, silent=silent)
        for time_s in (0.0, 2.0):
            assert show(plan, time_s, size=size).shape == (size, size, 3)


@pytest.mark.parametrize("label", ["waterfall", "fire", "car", "gunshot"])
def test_a_palette_changes_what_is_not_light(label):
    plan = plan_of(label, 3)
    turned = Tint(np.array([[0.2, 0.2, 0.6], [0.6, 0.2, 0.2], [0.2, 0.6, 0.2]]))
    assert np.abs(show(plan, 2.0, tint=turned).astype(int) - show(plan, 2.0)).mean() > 0.5


class TestFalling:
    """Water goes down, flames go up; run backwards it is the other way round."""

    @staticmethod
    def cases(label):
        for seed in range(30):
            plan = plan_of(label, seed)
            event = plan.events[0]
            if event.time_s == 0 and event.duration_s == DURATION_S:
                yield plan

    @pytest.mark.parametrize(
        ("label", "sign", "part"),
        [("rain", 1, slice(20, 80)), ("waterfall", 1, slice(22, 80)), ("fire", -1, slice(15, 75))],
    )
    @pytest.mark.parametrize("rate_fps", [25.0, 50.0])
    def test_flow_has_a_direction(self, label, sign, part, rate_fps):
        plans = list(self.cases(label))[:4]
        assert len(plans) == 4
        for plan in plans:
            times = np.arange(0.6, 3.4, 0.8)
            ahead = vertical_flow(plan, times, step_s=1 / rate_fps, part=part)
            back = vertical_flow(plan, times, step_s=-1 / rate_fps, part=part)
            assert sign * ahead > 0.05, plan.variant
            assert sign * back < -0.05, plan.variant

    @pytest.mark.parametrize("label", ["rain", "waterfall", "fire"])
    def test_decoys_do_not_flow(self, label):
        for seed in range(4):
            plan = plan_of(label, seed, silent=True)
            moving = next(self.cases(label))
            times = np.arange(0.6, 3.4, 0.3)
            change = [np.abs(show(plan, t).astype(int) - show(plan, t + 0.04)).mean() for t in times]
            alive = [np.abs(show(moving, t).astype(int) - show(moving, t + 0.04)).mean() for t in times]
            assert np.median(change) < 0.5 * np.median(alive)

    def test_a_streak_falls_less_than_the_room_to_the_next_one(self):
        # No aliasing at 15 frames a second: in its own column a drop meets no other within a step.
        for seed in range(10):
            plan = plan_of("rain", seed)
            if plan.variant == "on_window":
                continue
            drops = plan.params["drops"]
            assert drops.speed.max() / 15 < 0.2
            here, _, _ = drops.falls(1.0, Span(swell_depth=0.0), 0.0)
            later, _, _ = drops.falls(1.01, Span(swell_depth=0.0), 0.0)
            stayed = np.isclose(here[:, 1, 0], later[:, 1, 0])
            assert stayed.mean() > 0.9
            assert np.allclose((later - here)[stayed, 1, 1], 0.01 * drops.speed[stayed])

    def test_rain_stops_from_the_top(self):
        drops = plan_of("rain", 1).params["drops"]
        span = Span(stop_s=1.0, release_s=0.01, swell_depth=0.0)
        streaks, spots, _ = drops.falls(0.95, span, 0.0)
        assert len(streaks)
        assert streaks[:, 1, 1].min() > 0.5
        assert len(spots)
        assert len(drops.falls(2.5, span, 0.0)[0]) == 0
        assert len(drops.falls(2.5, span, 0.0)[1]) == 0

    def test_a_fire_that_lights_up_grows_and_one_that_dies_shrinks(self):
        plan = next(self.cases("fire"))
        for span, low, high in ((Span(start_s=2.0), 1.9, 3.0), (Span(stop_s=2.0), 2.1, 1.0)):
            changed = replace(plan, params={**plan.params, "span": span})
            lit = [int((show(changed, t).astype(int)[..., 0] > 230).sum()) for t in (low, high)]
            assert lit[0] + 30 < lit[1]


class TestGunshot:
    def test_nothing_before_the_shot_and_brightest_at_it(self):
        for seed in range(12):
            plan = plan_of("gunshot", seed)
            event = plan.events[0]
            at = [show(plan, event.time_s + d, grey=40).astype(int).sum() for d in (-0.001, 0.0, 0.03, 0.06, 0.1)]
            assert at[0] < at[1]
            assert at[1] == max(at)
            assert at[1] > at[2] > at[3] > at[4]

    @pytest.mark.parametrize("rate_fps", [15, 24, 25, 30, 60])
    def test_every_shot_lights_a_frame(self, rate_fps):
        assert 1 / rate_fps < FLASH_S
        plan = plan_of("gunshot", 2)
        for event in plan.events:
            frame = np.ceil(event.time_s * rate_fps - 1e-9) / rate_fps
            dark = show(plan, event.time_s - 1e-3, grey=40).astype(int).sum()
            assert show(plan, frame, grey=40).astype(int).sum() > 1.01 * dark

    def test_kick_is_faster_than_return(self):
        from silentfoley.stage.acts.gunshot import _recoil

        times = np.linspace(0, 1.5, 1501)
        kick = np.array([_recoil(t) for t in times])
        peak = times[kick.argmax()]
        assert _recoil(0.0) == 0.0
        assert peak < 0.08
        assert times[kick > 0.5 * kick.max()][-1] > 3 * peak

    def test_smoke_rises_and_spreads(self, monkeypatch):
        from silentfoley.stage.acts import gunshot

        seen = []
        monkeypatch.setattr(gunshot, "puffs", lambda canvas, at, radii, fade, colour: seen.append((at, radii)))
        plan = plan_of("gunshot", 2)
        only = replace(plan, params={**plan.params, "shots": plan.events[:1]})
        for since in (0.1, 0.5, 1.0):
            show(only, plan.events[0].time_s + since)
        heights = [at[:, 1].mean() for at, _ in seen]
        sizes = [radii.mean() for _, radii in seen]
        assert heights[0] > heights[1] > heights[2]
        assert sizes[0] < sizes[1] < sizes[2]

    def test_shots_around_the_clip_are_stationary(self):
        # As many at the beginning as at the end: a start would give the direction of time away.
        first, last = 0, 0
        for seed in range(100):
            for event in plan_of("gunshot", seed).events:
                first += event.time_s < 1.0
                last += event.time_s >= 3.0
        assert abs(first - last) < 4 * np.sqrt(first + last)


class TestThunder:
    def test_event_is_flash_plus_delay(self):
        for seed in range(40):
            plan = plan_of("thunder", seed)
            flashes = np.array(plan.params["flash_time_s"])
            delays = np.array(plan.params["delay_s"])
            heard = flashes + delays
            expected = sorted(heard[(heard >= 0) & (heard < DURATION_S)])
            assert np.allclose([e.time_s for e in plan.events], expected)
            assert np.all(delays <= 1.5)
            # At least one thunder has its flash in the clip too.
            assert np.any((flashes >= 0) & (heard < DURATION_S))

    def test_flash_is_brightest_and_dies_slower_than_it_comes(self):
        for seed in range(10):
            plan = plan_of("thunder", seed)
            flash = next(f for f in plan.params["flashes"] if 0.2 < f.time_s < 3.5)
            at = [show(plan, flash.time_s + d).astype(int).sum() for d in (-0.04, 0.0, 0.04, 0.2, 0.8)]
            assert at[1] == max(at)
            assert at[1] - at[0] > at[1] - at[2], "sharp attack, slower decay"

    def test_near_lightning_is_longer_and_louder(self):
        flashes = [f for seed in range(40) for f in plan_of("thunder", seed).params["flashes"]]
        delay = np.array([f.delay_s for f in flashes])
        reach = np.array([f.bolt[-1, 1] - f.bolt[0, 1] for f in flashes])
        assert np.corrcoef(delay, reach)[0, 1] < -0.9
        assert np.corrcoef(delay, [f.strength for f in flashes])[0, 1] < -0.9

    def test_thunder_shakes_the_wire_at_its_instant(self):
        for seed in range(10):
            plan = plan_of("thunder", seed)
            event = plan.events[-1]
            calm = np.abs(show(plan, event.time_s - 0.021).astype(int) - show(plan, event.time_s - 0.001))
            jolt = np.abs(show(plan, event.time_s + 0.02).astype(int) - show(plan, event.time_s - 0.001))
            assert (jolt.max(2) > 25).sum() > (calm.max(2) > 25).sum() + 60

    def test_lower_half_stays_clear(self):
        plan = plan_of("thunder", 1)
        backdrop = np.random.default_rng(0).integers(0, 200, (SIZE, SIZE, 3), dtype=np.uint8)
        image = backdrop.copy()
        Thunder().draw(Canvas(image, View.box(0, 0, SIZE, SIZE)), 0.0, plan)
        correlation = np.corrcoef(image[80:].ravel(), backdrop[80:].ravel())[0, 1]
        assert correlation > 0.99


class TestCar:
    def test_envelope_peaks_at_the_pass(self):
        for seed in range(40):
            plan = plan_of("car", seed)
            times = np.linspace(0, DURATION_S, len(plan.envelope))
            peak = plan.envelope.argmax()
            assert abs(times[peak] - plan.params["pass_s"]) <= 0.011
            assert np.all(np.diff(plan.envelope[: peak + 1]) >= 0)
            assert np.all(np.diff(plan.envelope[peak:]) <= 0)

    @staticmethod
    def on_road(road):
        return next(p for p in (plan_of("car", seed) for seed in range(99)) if p.params["road"] == road)

    def test_side_pass_moves_nose_first(self):
        plan = self.on_road("side")
        pass_s, pace = plan.params["pass_s"], plan.params["pace"]
        clear = show(plan, pass_s - 9.0)

        def middle(time_s, mirror=False):
            road = show(plan, pass_s - 9.0, mirror=mirror) if mirror else clear
            moved = np.abs(show(plan, time_s, mirror=mirror).astype(int) - road).max(2)[:84] > 40
            return np.flatnonzero(moved.any(0)).mean()

        step = 0.1 / pace
        assert middle(pass_s - step) + 4 < middle(pass_s) < middle(pass_s + step) - 4
        assert middle(pass_s - step, True) - 4 > middle(pass_s, True)

    def test_it_grows_as_it_comes_and_shrinks_as_it_goes(self):
        for road, sign in (("towards", -1), ("away", 1)):
            plan = self.on_road(road)
            clear = show(plan, plan.params["pass_s"] - sign * 9.0).astype(int)
            sizes = [
                int((np.abs(show(plan, plan.params["pass_s"] + sign * s / plan.params["pace"]) - clear) > 20).sum())
                for s in (0.2, 0.4, 0.8, 1.4)
            ]
            assert sizes == sorted(sizes, reverse=True)
            assert sizes[0] > 4 * sizes[-1] > 0
