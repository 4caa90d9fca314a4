import numpy as np
import pytest
from support.judged import features

from silentfoley.errors import DataError
from silentfoley.evaluation.clip_features import SOUND_RATE_HZ, ClipFeatures
from silentfoley.evaluation.controls import control_times_s, derangement, make_control, perform_grain
from silentfoley.evaluation.extractor import OpenClip
from silentfoley.evaluation.onset_extractor import OnsetExtractor
from silentfoley.waveform import Waveform

TRUTH = [0.4, 1.1, 1.8, 2.9, 3.5]


def control(name, clips, folder, needs=("events",), events_from="cues", seed=0):
    return make_control(name, clips, needs, events_from=events_from, folder=folder, seed=seed)


def test_times_of_the_blind_controls():
    clip = features("c", TRUTH)
    assert control_times_s("silence", clip, 0).size == 0
    beats = control_times_s("metronome", clip, 0)
    np.testing.assert_allclose(np.diff(beats), 0.2)
    assert beats[0] < 0.2 <= 4.0 - beats[-1] + 0.2
    random = control_times_s("random", clip, 0)
    assert random.size == len(TRUTH)
    assert (random == control_times_s("random", clip, 0)).all()
    assert (random != control_times_s("random", clip, 1)).all()
    assert (random != control_times_s("random", features("d", TRUTH), 0)).all()


@pytest.mark.parametrize("seed", range(20))
def test_nobody_answers_for_his_own_recording(seed):
    sources = ["a"] * 4 + ["b"] * 3 + ["c", "d"]
    partner = derangement(sources, seed)
    assert all(sources[i] != sources[j] for i, j in enumerate(partner))
    assert sorted(partner) == list(range(9))


def test_a_recording_larger_than_the_rest_shares_partners():
    partner = derangement(["a"] * 5 + ["b"], 0)
    assert partner[:5] == [5] * 5
    assert partner[5] < 5
    with pytest.raises(DataError, match="all clips are of one recording"):
        derangement(["a", "a"], 0)


def test_shuffled_keeps_ids_and_takes_the_other_answer(tmp_path):
    clips = [features("a", [1.0]), features("b", [2.0])]
    a, b = control("shuffled", clips, tmp_path)
    assert (a.id, b.id, a.control) == ("a", "b", "shuffled")
    assert a.events_s().tolist() == [2.0]


def test_grain_is_played_where_it_is_asked_for(tmp_path):
    clip = features("c", TRUTH, sound=True)
    sound = perform_grain(clip, np.array([1.0, 3.95]))
    assert sound.size == 4 * SOUND_RATE_HZ
    assert np.abs(sound[: SOUND_RATE_HZ - 10]).max() == 0
    assert np.abs(sound[SOUND_RATE_HZ : SOUND_RATE_HZ + 2000]).max() > 0.2
    assert np.abs(sound[round(1.21 * SOUND_RATE_HZ) : round(3.94 * SOUND_RATE_HZ)]).max() == 0
    (made,) = control("random", [clip], tmp_path, needs=("events", "onsets"))
    heard = OnsetExtractor().extract(OpenClip("c", 4.0, memory=Waveform(sound[None], SOUND_RATE_HZ))).arrays["start_s"]
    assert np.abs(heard[0] - 1.0) < 0.03
    assert made["onsets.start_s"].size > 0
    assert made.events_s().tolist() == control_times_s("random", clip, 0).tolist()


def test_redetection_of_annotated_truth_takes_the_detectors_events(tmp_path):
    clip = features("c", TRUTH).with_arrays(onsets={"start_s": np.array([0.41]), "strength": np.ones(1)})
    (made,) = control("truth_redetected", [clip], tmp_path)
    assert made.events_s().tolist() == [0.41]
    with pytest.raises(DataError, match="has no true sound to detect in"):
        control("truth_redetected", [features("c", TRUTH)], tmp_path)
    with pytest.raises(DataError, match="reads no events"):
        control("truth_redetected", [clip], tmp_path, needs=("sound",))


def test_redetection_of_detected_truth_moves_the_sound_under_the_detector(tmp_path):
    clip = features("c", TRUTH, sound=True)
    (made,) = control("truth_redetected", [clip], tmp_path, events_from="onsets")
    np.testing.assert_allclose(made.events_s(), TRUTH, atol=0.03)


def test_sound_controls_need_sound(tmp_path):
    with pytest.raises(DataError, match="has no true sound to make it from"):
        control("silence", [features("c", TRUTH)], tmp_path, needs=("sound",))
    (silent,) = control("silence", [features("c", TRUTH, sound=True)], tmp_path, needs=("sound",))
    assert not silent.sound().any()


def test_what_other_protocols_ask_for_does_not_change_a_row(tmp_path):
    clip = features("c", TRUTH, sound=True)
    heard = {"start_s": np.array([0.4]), "strength": np.ones(1)}
    alone = clip.with_arrays(events={}, onsets=heard)
    beside = clip.with_arrays(onsets=heard)
    for name in ("random", "metronome"):
        rows = [control(name, [c], tmp_path, needs=("sound",))[0] for c in (alone, beside)]
        assert rows[0].events_s().tolist() == rows[1].events_s().tolist()
        np.testing.assert_array_equal(rows[0].sound(), rows[1].sound())
    assert rows[1].sound().any()


def test_without_events_random_timing_is_as_dense_as_the_detector_hears():
    clip = features("c", TRUTH)
    arrays = {"onsets.start_s": np.array([0.5, 1.0, 4.5]), "onsets.strength": np.ones(3)}
    heard = ClipFeatures(clip.id, clip.source, clip.label, clip.duration_s, arrays, {})
    assert control_times_s("random", heard, 0).size == 2, "the third lies behind the clip's end"
    with pytest.raises(DataError, match="clip 'd' has neither events nor onsets"):
        control_times_s("random", ClipFeatures("d", "d", "", 4.0, {}, {}), 0)
