"""Decoding against synthetic curves whose events are known."""

from __future__ import annotations

import json

import numpy as np
import pytest
from hypothesis import given, settings, strategies
from scipy import signal as scipy_signal

from silentfoley.decode import decode, find_peaks
from silentfoley.decode_settings import DecodeSettings
from silentfoley.errors import LabelError, SilentFoleyError
from silentfoley.labels import LABELS
from silentfoley.perception import Perception
from silentfoley.strides import StrideModel
from silentfoley.timegrid import TimeGrid

RATE_HZ = 50.0


def amplitude(strength):
    """The curve spans 50 dB; a cue's strength is linear."""
    return 10 ** ((strength - 1) * 50 / 20)


def perception(label="footsteps", onset=None, strength=None, duration_s=4, position=None, margin=9.0, variants=()):
    grid = TimeGrid.of_duration(duration_s)
    logits = np.zeros(len(LABELS), dtype=np.float32)
    logits[LABELS.index(label)] = margin
    zero = np.zeros(grid.n_columns, dtype=np.float32)
    return Perception(
        grid=grid,
        labels=LABELS,
        class_logits=logits,
        onset=zero if onset is None else onset,
        strength=zero if strength is None else strength,
        position=np.zeros(0) if position is None else position,
        variants=variants,
    )


def bumps(times_s, heights=None, duration_s=4.0, width_s=0.02):
    columns = TimeGrid.of_duration(duration_s).column_times_s()
    curve = np.zeros(columns.size)
    for time_s, height in zip(times_s, heights or [0.9] * len(times_s), strict=True):
        curve = np.maximum(curve, height * np.exp(-0.5 * ((columns - time_s) / width_s) ** 2))
    return curve.astype(np.float32)


@pytest.mark.parametrize("width_s", [0.015, 0.02, 0.04])
def test_times_between_columns_are_recovered_within_5_ms(width_s):
    times = [0.307, 0.713, 1.0, 1.5149, 2.2222, 3.951]
    sheet = decode(perception(onset=bumps(times, width_s=width_s)))
    assert len(sheet) == len(times)
    assert np.abs(np.array(sheet.starts_s()) - times).max() < 0.005
    assert sheet.duration_s == 4.0
    assert sheet.labels == ("footsteps",)


@given(strategies.lists(strategies.integers(20, 3900), min_size=0, max_size=12, unique=True))
@settings(max_examples=60, deadline=None)
def test_any_spaced_events_are_recovered(times_ms):
    spaced: list[int] = []
    for t in sorted(times_ms):
        if not spaced or t - spaced[-1] >= 120:
            spaced.append(t)
    times = [t / 1000 for t in spaced]
    found = decode(perception(onset=bumps(times))).starts_s()
    assert len(found) == len(times)
    assert np.allclose(found, times, atol=0.005)


def test_an_event_at_the_first_column_is_found():
    sheet = decode(perception(onset=bumps([0.0])))
    assert sheet.starts_s() == (0.0,)


def test_a_peak_at_the_very_end_starts_inside_the_clip():
    sheet = decode(perception(onset=bumps([4.0])))
    assert len(sheet) == 1
    assert 3.99 < sheet.cues[0].start_s < 4.0


def test_bias_moves_every_cue_and_stops_at_the_edges():
    onset = bumps([0.01, 1.0, 2.0])
    plain = decode(perception(onset=onset)).starts_s()
    early = decode(perception(onset=onset), DecodeSettings(bias_s=-0.03)).starts_s()
    assert early[0] == 0.0
    assert np.allclose(np.array(plain[1:]) - early[1:], 0.03)
    late = decode(perception(onset=bumps([3.99])), DecodeSettings(bias_s=5.0)).starts_s()
    assert late[0] < 4.0


@pytest.mark.parametrize("label", LABELS)
def test_silence_gives_an_empty_sheet(label):
    sheet = decode(perception(label=label))
    assert len(sheet) == 0
    assert sheet.duration_s == 4.0


def test_below_the_threshold_is_silence():
    assert len(decode(perception(onset=bumps([1.0], [0.29])), DecodeSettings(threshold=0.3))) == 0
    assert len(decode(perception(onset=bumps([1.0], [0.31])), DecodeSettings(threshold=0.3))) == 1
    assert len(decode(perception("rain", strength=np.full(201, 0.1)))) == 0


def test_the_relative_threshold_follows_the_clip():
    onset = bumps([1.0, 2.0], [0.9, 0.4])
    assert len(decode(perception(onset=onset), DecodeSettings(relative_threshold=0.5))) == 1
    assert len(decode(perception(onset=onset), DecodeSettings(relative_threshold=0.4))) == 2


def test_of_two_hits_within_the_gap_the_higher_stays():
    onset = bumps([1.0, 1.08], [0.7, 0.9], width_s=0.015)
    (kept,) = decode(perception(onset=onset), DecodeSettings(min_gap_s=0.1)).starts_s()
    assert abs(kept - 1.08) < 0.005
    assert len(decode(perception(onset=onset), DecodeSettings(min_gap_s=0.06))) == 2


def test_a_ripple_on_a_peak_is_not_a_second_hit():
    onset = np.zeros(201, dtype=np.float32)
    onset[50:57] = [0.3, 0.8, 0.76, 0.85, 0.8, 0.82, 0.3]
    assert len(decode(perception(onset=onset), DecodeSettings(prominence=0.1, min_gap_s=0.0))) == 1
    assert len(decode(perception(onset=onset), DecodeSettings(prominence=0.0, min_gap_s=0.0))) == 3


def test_a_plateau_is_one_hit_at_its_middle():
    onset = np.zeros(201, dtype=np.float32)
    onset[50:55] = 1.0
    onset[100:104] = 1.0
    assert decode(perception(onset=onset)).starts_s() == pytest.approx((52 / 50, 101.5 / 50))


def test_one_column():
    grid = TimeGrid(100)
    assert grid.n_columns == 1
    logits = np.eye(len(LABELS))[LABELS.index("gunshot")] * 9
    hit = decode(Perception(grid, LABELS, logits, np.array([0.9]), np.array([0.5])))
    assert hit.starts_s() == (0.0,)
    assert hit.cues[0].strength == pytest.approx(amplitude(0.5), abs=5e-4)
    rain = decode(Perception(grid, LABELS, logits, np.array([0.9]), np.array([0.5])), label="rain")
    assert rain.cues[0].end_s == pytest.approx(float(grid.duration_s))
    assert len(decode(Perception(grid, LABELS, logits, np.zeros(1), np.zeros(1)))) == 0


@given(strategies.lists(strategies.integers(0, 6), min_size=1, max_size=40), strategies.integers(0, 6))
@settings(max_examples=200, deadline=None)
def test_peaks_agree_with_scipy(values, least):
    # Zeros on both sides turn scipy's edges into ours; sixths times a constant have many plateaus.
    curve = np.array(values, dtype=np.float32) / 8
    ours = find_peaks(curve, 1 / 16, least / 8 - 1 / 32)
    padded = np.concatenate([[0.0], curve, [0.0]])
    theirs, found = scipy_signal.find_peaks(padded, height=1 / 16, prominence=least / 8 - 1 / 32, plateau_size=1)
    middle = (found["left_edges"] + found["right_edges"]) / 2 - 1
    assert ours.size == theirs.size
    assert np.abs(ours - middle).max(initial=0.0) <= 0.5


def test_strength_is_the_highest_just_after_the_hit():
    strength = np.zeros(201, dtype=np.float32)
    strength[48], strength[53], strength[60] = 1.0, 0.6, 0.9
    (cue,) = decode(perception(onset=bumps([1.0]), strength=strength), DecodeSettings(strength_window_s=0.1)).cues
    assert cue.strength == pytest.approx(amplitude(0.6), abs=5e-4)


def test_confidence_is_class_probability_times_onset():
    seen = perception(onset=bumps([1.0], [0.8]), margin=2.0)
    (cue,) = decode(seen).cues
    assert cue.confidence == pytest.approx(float(seen.class_probabilities.max()) * 0.8, abs=5e-5)
    (told,) = decode(seen, label="horse").cues
    assert told.confidence == pytest.approx(0.8)


@pytest.mark.parametrize("label", ["typing", "rain"])
def test_what_a_person_may_edit_has_few_digits(label):
    draw = np.random.default_rng(0)
    strength, position = (draw.uniform(0.3, 0.9, 201).astype(np.float32) for _ in range(2))
    sheet = decode(perception(label, onset=bumps([1.0, 2.0], [0.7, 0.77]), strength=strength, position=position))
    assert len(sheet)
    for cue in sheet:
        values = (cue.strength, cue.confidence, cue.pan, *(cue.envelope or ()))
        assert all(len(repr(v)) <= len("-0.1234") for v in values), values


def test_a_label_overrides_the_network():
    sheet = decode(perception("rain", onset=bumps([1.0, 2.0])), label="typing")
    assert sheet.labels == ("typing",)
    assert len(sheet) == 2
    with pytest.raises(LabelError, match="did you mean 'typing'"):
        decode(perception(), label="typin")


def test_a_label_of_another_networks_vocabulary_is_accepted():
    grid = TimeGrid.of_duration(1)
    zero = np.zeros(grid.n_columns)
    seen = Perception(grid, ("drum", "bell"), np.array([3.0, 0.0]), bumps([0.5], duration_s=1), zero)
    assert decode(seen).labels == ("drum",)
    assert decode(seen, label="bell").labels == ("bell",)
    assert decode(seen, label="impact").labels == ("impact",)


def test_an_unsure_network_falls_back_to_impacts():
    unsure = perception("rain", onset=bumps([1.0, 2.0]), strength=np.full(201, 0.8), margin=0.5)
    assert decode(unsure, DecodeSettings(min_class_confidence=0.5)).labels == ("impact",)
    assert decode(unsure, DecodeSettings(min_class_confidence=0.01)).labels == ("rain",)
    assert decode(unsure, DecodeSettings(min_class_confidence=0.5), label="rain").labels == ("rain",)


def test_cues_have_the_material_that_is_seen():
    variants = tuple({"impact": "drum", "rain": "umbrella"}.get(label, "") for label in LABELS)
    seen = perception("impact", onset=bumps([1.0]), strength=np.full(201, 0.5), variants=variants)
    assert [c.variant for c in decode(seen)] == ["drum"]
    assert [c.variant for c in decode(seen, label="rain")] == ["umbrella"]
    assert [c.variant for c in decode(seen, label="clock")] == [None]
    unsure = perception("rain", onset=bumps([1.0]), margin=0.5, variants=variants)
    assert [c.variant for c in decode(unsure, DecodeSettings(min_class_confidence=0.5))] == ["drum"]


def test_a_texture_that_sounds_throughout_is_one_cue():
    strength = np.full(201, 0.5, dtype=np.float32)
    (cue,) = decode(perception("waterfall", strength=strength)).cues
    assert (cue.start_s, cue.end_s) == (0.0, 4.0)
    assert cue.strength == pytest.approx(amplitude(0.5), abs=5e-5)
    assert cue.envelope == pytest.approx((1.0,) * len(cue.envelope))


def test_a_texture_with_a_pause_is_two_cues_and_a_short_pause_is_bridged():
    strength = np.zeros(201, dtype=np.float32)
    strength[10:80], strength[120:180] = 0.6, 0.9
    sheet = decode(perception("rain", strength=strength), DecodeSettings(texture_gap_s=0.5))
    assert sheet.starts_s() == pytest.approx((0.19, 2.39))
    assert [c.end_s for c in sheet] == pytest.approx([1.59, 3.59])
    assert [c.strength for c in sheet] == pytest.approx([amplitude(0.6), amplitude(0.9)], abs=5e-5)
    assert len(decode(perception("rain", strength=strength), DecodeSettings(texture_gap_s=0.9))) == 1


def test_a_flicker_of_a_texture_is_dropped():
    strength = np.zeros(201, dtype=np.float32)
    strength[50:55] = 0.9
    assert len(decode(perception("fire", strength=strength), DecodeSettings(texture_min_s=0.2))) == 0
    assert len(decode(perception("fire", strength=strength), DecodeSettings(texture_min_s=0.1))) == 1


def test_the_envelope_follows_the_curve():
    times = TimeGrid.of_duration(4).column_times_s()
    strength = (0.2 + 0.6 * np.exp(-(((times - 2) / 0.8) ** 2))).astype(np.float32)
    (cue,) = decode(perception("car", strength=strength)).cues
    points = np.linspace(cue.start_s, cue.end_s, len(cue.envelope))
    wanted = np.interp(points, times, amplitude(strength))
    assert np.diff(points).max() <= 0.1 + 1e-9
    assert np.abs(np.array(cue.envelope) * cue.strength - wanted).max() < 1e-4


def test_a_steady_texture_is_one_level_whatever_moves():
    strength = np.zeros(201, dtype=np.float32)
    strength[10:110] = np.tile([0.6, 0.9], 50)
    steady = DecodeSettings(steady=("rain",))
    (cue,) = decode(perception("rain", strength=strength), steady).cues
    (followed,) = decode(perception("car", strength=strength), steady).cues
    assert (cue.start_s, cue.duration_s) == (followed.start_s, followed.duration_s)
    assert cue.envelope is None
    assert len(followed.envelope) > 10
    # As much energy as its course has.
    assert cue.strength == pytest.approx(np.sqrt((amplitude(0.6) ** 2 + amplitude(0.9) ** 2) / 2), abs=5e-5)
    assert DecodeSettings.from_dict(json.loads(json.dumps(steady.to_dict()))) == steady


@pytest.mark.parametrize(
    ("steady", "reason"), [((1,), "a label is not text"), ("fire", "is a text"), (("clock",), "'clock' is no texture")]
)
def test_steady_are_labels_of_textures(steady, reason):
    with pytest.raises(SilentFoleyError, match=reason):
        DecodeSettings(steady=steady)


def test_pan_follows_the_place_of_the_motion():
    place = np.linspace(-1, 1, 201)
    sheet = decode(perception(onset=bumps([0.0, 2.0, 3.9]), position=place), DecodeSettings(pan_width=0.5))
    assert [c.pan for c in sheet] == pytest.approx([-0.5, 0.0, 0.475])
    (rain,) = decode(perception("rain", strength=np.ones(201), position=place)).cues
    assert rain.pan == pytest.approx(0.0, abs=1e-6)


def test_decoding_is_pure():
    seen = perception(onset=bumps([1.0, 2.0]))
    before = seen.onset.copy()
    assert decode(seen) == decode(seen)
    assert np.array_equal(seen.onset, before)


def test_settings_round_trip_through_json():
    changed = DecodeSettings(threshold=0.41, bias_s=-0.0123, textures=("rain", "drizzle"), fallback_label="impact")
    assert DecodeSettings.from_dict(json.loads(json.dumps(changed.to_dict()))) == changed
    assert DecodeSettings.from_dict({}) == DecodeSettings()


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"threshold": 1.5}, r"threshold: 1\.5 is out of range"),
        ({"min_gap_s": -1}, "min_gap_s: -1 is out of range"),
        ({"bias_s": float("nan")}, "bias_s: nan is out of range"),
        ({"envelope_step_s": 0}, "envelope_step_s: 0 is out of range"),
        ({"prominence": "high"}, "prominence: 'high' is out of range"),
        ({"treshold": 0.5}, "unknown setting 'treshold'"),
        ({"textures": [3]}, "a label is not text"),
    ],
)
def test_bad_settings_are_refused(values, message):
    with pytest.raises(SilentFoleyError, match=message):
        DecodeSettings.from_dict(values)


def test_a_label_has_its_own_gap_and_bias():
    own = DecodeSettings(min_gap_s=0.3, by_label={"horse": {"min_gap_s": 0.06, "bias_s": 0.1}})
    seen = perception("horse", bumps([1.0, 1.12]))
    assert decode(seen, own, "footsteps").starts_s() == pytest.approx([1.0], abs=0.005)
    assert decode(seen, own, "horse").starts_s() == pytest.approx([1.1, 1.22], abs=0.005)
    assert decode(seen, own) == decode(seen, own.of_label("horse"))
    assert DecodeSettings.from_dict(json.loads(json.dumps(own.to_dict()))) == own
    assert own.of_label("rain") is own
    hash(own)


@pytest.mark.parametrize(
    ("table", "reason"),
    [
        ({"horse": {"texture_min_s": 1.0}}, "cannot set 'texture_min_s'"),
        ({"horse": {"threshold": 2.0}}, "2.0 is out of range"),
        ({"horse": 0.2}, "is no table"),
    ],
)
def test_a_label_can_set_hits_alone(table, reason):
    with pytest.raises(SilentFoleyError, match=reason):
        DecodeSettings(by_label=table)


def test_a_horse_may_be_decoded_by_strides_and_nobody_else():
    # A trot of which the curve saw three beats in four, one of them twice.
    beats = [0.1 + 0.33 * i for i in range(12)]
    seen = bumps([*(t for i, t in enumerate(beats) if i % 4 != 2), beats[5] + 0.09], duration_s=4)
    by_strides = DecodeSettings(strides=StrideModel())
    for label, rule in (("horse", DecodeSettings()), ("footsteps", by_strides)):
        assert len(decode(perception(label, onset=seen), rule)) == 10
    cues = decode(perception("horse", onset=seen, strength=np.full(seen.size, 0.8)), by_strides).cues
    np.testing.assert_allclose([cue.start_s for cue in cues], beats, atol=0.03)
    assert {cue.strength for cue in cues} == {round(float(amplitude(0.8)), 3)}
    # Landings that nobody saw are less sure than those that were seen.
    sure = np.array([cue.confidence for cue in cues])
    assert sure[[2, 6, 10]].max() < 0.2 < sure[[0, 1, 3, 4]].min()


def test_strides_shift_by_the_bias_and_leave_silent_clips_silent():
    beats = [0.1 + 0.33 * i for i in range(12)]
    seen = perception("horse", onset=bumps(beats, [0.5] * 12))
    late = decode(seen, DecodeSettings(strides=StrideModel(), bias_s=0.02)).starts_s()
    np.testing.assert_allclose(late, np.array(decode(seen, DecodeSettings(strides=StrideModel())).starts_s()) + 0.02)
    assert len(decode(seen, DecodeSettings(strides=StrideModel(), threshold=0.6))) == 0
    assert len(decode(seen, DecodeSettings(strides=StrideModel(), clip_threshold=0.6))) == 0


def test_hoofs_of_a_gallop_may_land_nearer_than_the_least_gap():
    starts = 0.05 + 0.45 * np.arange(9)
    beats = sorted(t for t in (starts[:, None] + 0.45 * np.array([0, 0.14, 0.32, 0.46])).ravel() if t < 4)
    seen = perception("horse", onset=bumps(beats))
    assert len(decode(seen, DecodeSettings(min_gap_s=0.12))) < 0.7 * len(beats)
    found = decode(seen, DecodeSettings(min_gap_s=0.12, strides=StrideModel())).starts_s()
    np.testing.assert_allclose(found, beats, atol=0.03)


def test_settings_with_strides_survive_json():
    settings = DecodeSettings(strides=StrideModel(floor=0.1), by_label={"horse": {"bias_s": 0.01}})
    assert DecodeSettings.from_dict(json.loads(json.dumps(settings.to_dict()))) == settings
    with pytest.raises(SilentFoleyError, match="no table of its numbers"):
        DecodeSettings.from_dict({"strides": 3})
    with pytest.raises(SilentFoleyError, match="is no StrideModel"):
        DecodeSettings(strides={"floor": 0.1})
