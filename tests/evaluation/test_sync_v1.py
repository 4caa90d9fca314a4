import shutil

import numpy as np
import pytest
from support.judges import tiny_judge

from silentfoley.evaluation import sync_v1, synchrony_extractors, synchrony_model
from silentfoley.evaluation.clip_features import ClipFeatures, Pair
from silentfoley.evaluation.extractor import OpenClip
from silentfoley.evaluation.motion_extractor import MotionExtractor
from silentfoley.evaluation.sync_v1 import SyncV1, heard_windows
from silentfoley.evaluation.synchrony_judge import SILENT, embed_sound, judge
from silentfoley.evaluation.synchrony_model import VARIABLE, load_judge, the_judge
from silentfoley.metrics.av_align import av_align
from silentfoley.waveform import Waveform


def clip(events, motion=(1.0, 2.0, 3.0), windows=None, control=""):
    groups = {
        "events": {"start_s": np.array(events, float), "strength": np.ones(len(events))},
        "motion": {"peak_s": np.array(motion, float)},
    }
    if windows is not None:
        groups["synchrony_picture"] = {"visual": windows[0], "column_rate_hz": np.array([50.0])}
        groups["synchrony_sound"] = {"columns": windows[1]}
    return ClipFeatures("a", "a", "", 4.0, {}, control=control).with_arrays(**groups)


def columns(n, seed=0):
    return np.abs(np.random.default_rng(seed).normal(size=(n, 16))).astype(np.float32)


@pytest.fixture
def net(tmp_path, monkeypatch):
    """Of a judge that is at hand."""
    monkeypatch.setenv(VARIABLE, str(tiny_judge(tmp_path / "judge")))
    return the_judge().net


def test_av_align_is_of_the_generated_sound_and_the_true_picture():
    values = SyncV1().per_clip(clip([1.0, 2.0, 3.0]), clip([1.04, 2.5, 5.0], motion=()), 0)
    # 5 s lies past the end of the clip.
    assert values["av_align"] == av_align([1, 2, 3], [1.04, 2.5]) == 0.25
    assert 0 < values["av_align_chance"] < 0.2
    assert values == pytest.approx(SyncV1().per_clip(clip([]), clip([1.04, 2.5]), 0), nan_ok=True)
    assert values["av_align_chance"] != SyncV1().per_clip(clip([]), clip([1.04, 2.5]), 1)["av_align_chance"]


@pytest.fixture
def no_judge(tmp_path, monkeypatch):
    """Neither named nor in the package."""
    monkeypatch.delenv(VARIABLE, raising=False)
    monkeypatch.setattr(synchrony_model, "EMBEDDED", tmp_path / "none")


def test_the_judge_of_the_package_knows_what_it_is_worth(monkeypatch):
    monkeypatch.delenv(VARIABLE, raising=False)
    accuracy = the_judge().config["accuracy"]
    assert accuracy["n"] >= 100
    assert accuracy["told_apart"] > 0.8
    assert accuracy["in_step"] > 4 * accuracy["in_step_chance"]


def test_without_a_judge_its_row_is_empty_and_said_so(no_judge):
    values = SyncV1().per_clip(clip([1.0]), clip([1.0]), 0)
    assert np.isnan([v for k, v in values.items() if k.startswith("judge")]).all()
    remarks = SyncV1().remarks([Pair(clip([1.0]), clip([1.0])), Pair(clip([], motion=()), clip([]))])
    assert remarks == ["1 of 2 pictures have no peak of motion", "no synchrony judge is at hand: its rows are empty"]


def test_the_judge_s_own_answer_on_the_true_sound_stands_beside(net):
    true, wrong = columns(200), columns(200, 5)
    # A picture seen as the judge hears the true sound.
    visual = embed_sound(net, true)
    values = SyncV1().per_clip(clip([1.0], windows=(visual, true)), clip([1.0], windows=(visual, wrong)), 0)
    assert values["judge_true_told_apart"] == 1
    assert values["judge_told_apart"] == judge(visual, embed_sound(net, wrong), 50).told_apart
    truth = SyncV1().per_clip(*[clip([1.0], windows=(visual, true))] * 2, 0)
    assert (truth["judge_told_apart"], truth["judge_in_step"], truth["judge_offset_ms"]) == (1, 1, 0)


def test_the_judge_hears_a_short_answer_followed_by_silence_and_a_long_one_cut(net):
    true, made = columns(200), columns(320, 5)
    reference = clip([1.0], windows=(embed_sound(net, true), true))

    def verdict(heard):
        found = SyncV1().per_clip(reference, clip([1.0], windows=(None, heard)), 0)
        return {k: v for k, v in found.items() if k.startswith("judge")}

    for n in (3, 60, 150):
        padded = np.concatenate([made[:n], np.zeros((200 - n, 16), np.float32)])
        assert verdict(made[:n]) == verdict(padded)
        assert heard_windows(net, made[:n], 176).shape == (176, 8)
    assert verdict(made) == verdict(made[:200]) != verdict(made[:60])
    silent = verdict(np.zeros((7, 16), np.float32))
    assert (silent["judge_told_apart"], silent["judge_offset_ms"]) == (SILENT.told_apart, 1000 * SILENT.offset_s)
    assert "followed by silence; the judge hears as many columns as the picture has" in SyncV1().length_rule


def test_the_judge_is_asked_once_per_picture_and_sound(net, monkeypatch):
    asked, listen = [], sync_v1.embed_sound
    monkeypatch.setattr(sync_v1, "embed_sound", lambda *words: asked.append(1) or listen(*words))
    protocol, visual = SyncV1(), embed_sound(net, columns(200))
    true, long = (clip([1.0], windows=(v, columns(200))) for v in (visual, np.concatenate([visual, visual])))
    # Same id, source and control: another draw of the same row.
    draws = [clip([1.0], windows=(None, columns(200, seed)), control="shuffled") for seed in (5, 6)]
    found = {}
    for seed in (0, 1, 2):
        for reference in (true, long):
            for k, made in enumerate((reference, *draws)):
                values = protocol.per_clip(reference, made, seed)
                found[id(reference), k] = values
    assert len(asked) == 2 * 3
    assert len({v["judge_told_apart"] for v in found.values()}) > 2
    for reference in (true, long):
        for k, made in enumerate((reference, *draws)):
            # As a judge that remembers nothing says.
            assert SyncV1().per_clip(reference, made, 2) == found[id(reference), k]


def test_a_judge_named_later_is_seen(tmp_path, monkeypatch, no_judge):
    before = SyncV1()
    monkeypatch.setenv(VARIABLE, str(tiny_judge(tmp_path / "judge")))
    after = SyncV1()
    groups = {synchrony_extractors.PICTURE_GROUP, synchrony_extractors.SOUND_GROUP}
    assert groups & set(before.needs) == set()
    assert groups <= set(after.needs)
    assert (before.settings()["judge"], after.settings()["judge"]) == (False, True)
    one = the_judge()
    assert the_judge() is one
    monkeypatch.setenv(VARIABLE, str(tiny_judge(tmp_path / "another", seed=1)))
    assert the_judge().config["digest"] != one.config["digest"]
    shutil.rmtree(tmp_path / "judge")
    (tmp_path / "another").rename(tmp_path / "judge")
    monkeypatch.setenv(VARIABLE, str(tmp_path / "judge"))
    assert the_judge().config["digest"] != one.config["digest"], "trained again into the same folder"


def test_measures_take_any_leading_shape_and_have_their_parts():
    protocol = SyncV1()
    values = set(protocol.per_clip(clip([1.0]), clip([1.0]), 0))
    for measure in protocol.measures():
        assert set(measure.parts) <= values
        means = np.random.default_rng(0).random((3, 4, len(measure.parts)))
        assert measure.combine(means).shape == (3, 4)
        assert measure.combine(means)[1, 2] == pytest.approx(measure.combine(means[1, 2]))
    skill = protocol.measures()[0].combine
    assert skill(np.array([0.6, 0.2])) == pytest.approx(0.5)
    assert skill(np.array([1.0, 1.0])) == 0


def test_motion_peaks_of_a_falling_square(clip_of_fall):
    found = MotionExtractor().extract(OpenClip("fall", 2.0, video_path=clip_of_fall)).arrays["peak_s"]
    assert 1 <= found.size <= 4
    assert ((found > 0) & (found < 2)).all()


@pytest.fixture
def clip_of_fall(request):
    return request.getfixturevalue("clip")


def test_extractors_of_the_judge(tmp_path, clip_of_fall, monkeypatch):
    loaded = load_judge(tiny_judge(tmp_path / "judge"))
    monkeypatch.setattr(synchrony_extractors, "the_judge", lambda: loaded)
    opened = OpenClip("fall", 2.0, video_path=clip_of_fall)
    picture = synchrony_extractors.SynchronyPictureExtractor().extract(opened).arrays
    noise = np.random.default_rng(0).normal(0, 0.1, (2, 32_000)).astype(np.float32)
    heard = OpenClip("fall", 2.0, memory=Waveform(noise, 16_000))
    sound = synchrony_extractors.SynchronySoundExtractor().extract(heard).arrays
    # 101 columns of 20 ms, windows of 25.
    assert picture["visual"].shape == (77, 8)
    assert sound["columns"].shape == (101, 16)
    assert picture["column_rate_hz"].tolist() == [50]
    windows = heard_windows(loaded.net, sound["columns"], 77)
    np.testing.assert_array_equal(windows, embed_sound(loaded.net, sound["columns"].astype(np.float32)))
    assert 0 <= judge(picture["visual"], windows, 50.0).told_apart <= 1
    silent = OpenClip("fall", 2.0, memory=Waveform(np.zeros((1, 100), np.float32), 16_000))
    assert not synchrony_extractors.SynchronySoundExtractor().extract(silent).arrays["columns"].any()
