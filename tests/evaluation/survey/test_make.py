import base64
import json
from collections import Counter
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from support.judged import clicks, write_clip

from silentfoley.errors import DataError
from silentfoley.evaluation.media_folder import MediaClip, list_media
from silentfoley.evaluation.survey.clips import Sides, in_turns, match_folders
from silentfoley.evaluation.survey.design import TRUTH
from silentfoley.evaluation.survey.make import make_survey, write_survey
from silentfoley.evaluation.survey.media import RATE_HZ
from silentfoley.media.audio import read_audio, write_wav
from silentfoley.media.encode import write_video
from silentfoley.media.video import probe, read_frames
from silentfoley.waveform import Waveform


def played(made, clip, side, folder):
    """The embedded file of one side, on disk."""
    kind, _, data = made.media[clip.media[side]].partition(";base64,")
    path = folder / f"{side}{'.mp4' if kind == 'data:video/mp4' else '.flac'}"
    path.write_bytes(base64.b64decode(data))
    return path


def ramp(n_frames, height=48, width=64):
    return (np.full((height, width, 3), 10 + 6 * i, np.uint8) for i in range(n_frames))


def test_both_sides_of_a_sound_differ_in_sound_alone(tmp_path):
    write_clip(tmp_path / TRUTH, "a", [0.2], 1.0, rate_hz=22_050, channels=2)
    write_clip(tmp_path / "ours", "a", [0.5], 1.4, rate_hz=44_100)
    write_clip(tmp_path / "theirs", "a", [0.5], 0.7)
    made = make_survey(tmp_path / TRUTH, {"ours": tmp_path / "ours", "theirs": tmp_path / "theirs"})
    (clip,) = made.survey.clips
    assert (clip.id, clip.duration_s, clip.picture, made.survey.systems) == ("a", 1.0, False, ("ours", "theirs"))
    sounds = {s: read_audio(played(made, clip, s, tmp_path)) for s in (TRUTH, "ours", "theirs")}
    for side, at_s in ((TRUTH, 0.2), ("ours", 0.5), ("theirs", 0.5)):
        sound = sounds[side]
        assert (sound.sample_rate_hz, sound.n_channels, sound.n_samples) == (RATE_HZ, 1, RATE_HZ)
        # Resampling rings a little before a click.
        assert np.flatnonzero(np.abs(sound.samples[0]) > 0.05)[0] / RATE_HZ == pytest.approx(at_s, abs=0.002)
    assert not sounds["theirs"].samples[0, round(0.7 * RATE_HZ) + 50 :].any()


def test_both_sides_of_a_video_have_one_picture(tmp_path):
    for name, at_s in ((TRUTH, 0.2), ("video", 0.4)):
        (tmp_path / name).mkdir()
        write_video(tmp_path / name / "a.mp4", ramp(25), Fraction(25), clicks([at_s], 1.0))
    write_clip(tmp_path / "sound", "a", [0.6], 1.0)
    made = make_survey(tmp_path / TRUTH, {n: tmp_path / n for n in ("video", "sound")})
    (clip,) = made.survey.clips
    assert (clip.picture, clip.duration_s) == (True, 1.0)
    files = {s: played(made, clip, s, tmp_path) for s in (TRUTH, "video", "sound")}
    frames = {s: read_frames(p) for s, p in files.items()}
    for side, at_s in ((TRUTH, 0.2), ("video", 0.4), ("sound", 0.6)):
        np.testing.assert_array_equal(frames[side].frames, frames[TRUTH].frames)
        np.testing.assert_array_equal(frames[side].times_s, np.arange(25) / 25)
        heard = np.abs(read_audio(files[side]).mono())
        assert np.flatnonzero(heard > 0.15)[0] / RATE_HZ == pytest.approx(at_s, abs=0.01)
    # No frame moved: brightness rises as it was drawn.
    brightness = frames[TRUTH].frames.mean(axis=(1, 2, 3))
    np.testing.assert_allclose(brightness, 10 + 6 * np.arange(25), atol=4)


@pytest.mark.parametrize(("n_frames", "first"), [(5, "short"), (40, "long")])
def test_a_borrowed_picture_takes_the_length_of_the_true_sound(tmp_path, n_frames, first):
    # 0.99 s of sound; the last click would be lost with a picture of 0.2 s.
    write_clip(tmp_path / TRUTH, "a", [0.9], 0.99)
    (tmp_path / first).mkdir()
    write_video(tmp_path / first / "a.mp4", ramp(n_frames, 32, 32), Fraction(25), clicks([0.1], n_frames / 25))
    write_clip(tmp_path / "sound", "a", [0.6], 3.0)
    made = make_survey(tmp_path / TRUTH, {n: tmp_path / n for n in (first, "sound")})
    (clip,) = made.survey.clips
    assert (clip.picture, clip.duration_s) == (True, 1.0), "the true 0.99 s, up to the next frame"
    for side, at_s in ((TRUTH, 0.9), (first, 0.1), ("sound", 0.6)):
        path = played(made, clip, side, tmp_path)
        assert (probe(path).n_frames, probe(path).duration_s) == (25, 1)
        heard = np.abs(read_audio(path).mono())
        assert np.flatnonzero(heard > 0.15)[0] / RATE_HZ == pytest.approx(at_s, abs=0.01)
    brightness = read_frames(path).frames.mean(axis=(1, 2, 3))
    np.testing.assert_allclose(brightness, 10 + 6 * np.minimum(np.arange(25), n_frames - 1), atol=4)


def test_a_long_picture_may_be_borrowed_but_no_long_sound_taken(tmp_path):
    write_clip(tmp_path / TRUTH, "a", [0.1], 0.5)
    (tmp_path / "ours").mkdir()
    write_video(tmp_path / "ours" / "a.mp4", ramp(20, 16, 16), Fraction(1, 4), clicks([0.1], 80.0))
    (clip,) = make_survey(tmp_path / TRUTH, {"ours": tmp_path / "ours"}).survey.clips
    assert clip.duration_s == 4.0, "one frame of four seconds"
    write_wav(tmp_path / TRUTH / "a.wav", Waveform(np.zeros((1, 61 * 8000), np.float32), 8000))
    with pytest.raises(DataError, match="a lasts 61 s"):
        make_survey(tmp_path / TRUTH, {"ours": tmp_path / "ours"})


def test_a_large_fast_picture_is_made_smaller_and_slower(tmp_path):
    for name, at_s in ((TRUTH, 0.1), ("ours", 0.05)):
        (tmp_path / name).mkdir()
        write_video(tmp_path / name / "a.mp4", ramp(20, 600, 300), Fraction(100), clicks([at_s], 0.2))
    made = make_survey(tmp_path / TRUTH, {"ours": tmp_path / "ours"})
    info = probe(played(made, made.survey.clips[0], TRUTH, tmp_path))
    assert (info.height, info.width, info.n_frames, info.rate_fps) == (480, 240, 12, 60)
    assert info.codec == "h264"


def test_a_rate_that_varies_keeps_its_times(tmp_path):
    import av

    for name in (TRUTH, "ours"):
        (tmp_path / name).mkdir()
        write_wav(tmp_path / name / "a.wav", clicks([0.1 if name == TRUTH else 0.2], 0.8))
    with av.open(str(tmp_path / TRUTH / "a.mkv"), "w") as out:
        stream = out.add_stream("libx264", rate=20)
        stream.width, stream.height, stream.pix_fmt = 32, 32, "yuv420p"
        stream.codec_context.time_base = Fraction(1, 1000)
        # Dark for half a second in two frames, then bright in eight.
        for at_ms, level in [(0, 20), (250, 20), *((500 + 37 * i, 220) for i in range(8))]:
            frame = av.VideoFrame.from_ndarray(np.full((32, 32, 3), level, np.uint8), format="rgb24")
            frame.pts, frame.time_base = at_ms, Fraction(1, 1000)
            out.mux(stream.encode(frame))
        out.mux(stream.encode(None))
    made = make_survey(tmp_path / TRUTH, {"ours": tmp_path / "ours"})
    frames = read_frames(played(made, made.survey.clips[0], TRUTH, tmp_path))
    bright = frames.frames.mean(axis=(1, 2, 3)) > 100
    assert abs(frames.times_s[np.argmax(bright)] - 0.5) <= 0.05
    assert bright[np.argmax(bright) :].all()


def test_the_same_folders_make_the_same_page(tmp_path):
    for name in (TRUTH, "ours"):
        (tmp_path / name).mkdir()
        at_s = 0.1 if name == TRUTH else 0.05
        write_video(tmp_path / name / "v.mp4", ramp(6), Fraction(25), clicks([at_s], 0.24))
        write_clip(tmp_path / name, "s", [at_s], 0.3)
    made = [make_survey(tmp_path / TRUTH, {"ours": tmp_path / "ours"}, seed=s) for s in (1, 1, 2)]
    assert made[0].html() == made[1].html()
    assert made[0].survey.digest != made[2].survey.digest
    write_wav(tmp_path / "ours" / "s.wav", clicks([0.2], 0.3))
    assert make_survey(tmp_path / TRUTH, {"ours": tmp_path / "ours"}, seed=1).survey.digest != made[0].survey.digest
    size_mb = write_survey(tmp_path / "deep" / "page.html", made[0])
    assert (tmp_path / "deep" / "page.html").read_text() == made[0].html()
    assert size_mb == pytest.approx(len(made[0].html().encode()) / 1e6)


def test_classes_and_recordings_come_from_the_truths_list(tmp_path):
    for i in range(3):
        write_clip(tmp_path / TRUTH, f"c{i}", [0.1], 0.3)
        write_clip(tmp_path / "ours", f"c{i}", [0.2], 0.3)
    rows = [{"id": f"c{i}", "label": "fire" if i else "rain", "source": "tape"} for i in range(3)]
    (tmp_path / TRUTH / "clips.jsonl").write_text("".join(json.dumps(r) + "\n" for r in rows))
    clips = make_survey(tmp_path / TRUTH, {"ours": tmp_path / "ours"}).survey.clips
    assert [(c.id, c.label, c.source) for c in clips] == [
        ("c0", "rain", "tape"), ("c1", "fire", "tape"), ("c2", "fire", "tape")
    ]  # fmt: skip


def test_levels_are_left_and_told(tmp_path):
    sound = 0.5 * clicks([0.1], 0.3, RATE_HZ).samples
    for name, gains in ((TRUTH, (1, 1, 1, 1)), ("ours", (0.5, 0.25, 0.25, 0))):
        (tmp_path / name).mkdir()
        for i, gain in enumerate(gains):
            write_wav(tmp_path / name / f"c{i}.wav", Waveform(sound * gain, RATE_HZ))
    made = make_survey(tmp_path / TRUTH, {"ours": tmp_path / "ours"})
    assert made.level_db == pytest.approx({"ours": 20 * np.log10(0.25)}, abs=0.01)
    quiet = read_audio(played(made, made.survey.clips[1], "ours", tmp_path))
    loud = read_audio(played(made, made.survey.clips[1], TRUTH, tmp_path))
    np.testing.assert_allclose(quiet.samples, 0.25 * loud.samples, atol=2**-15)


def test_rightly_silent_clips_say_nothing_of_levels(tmp_path):
    sound = 0.5 * clicks([0.1], 0.3, RATE_HZ).samples
    for name, gains in ((TRUTH, (0, 0, 1)), ("ours", (0, 0.5, 0.25))):
        (tmp_path / name).mkdir()
        for i, gain in enumerate(gains):
            write_wav(tmp_path / name / f"c{i}.wav", Waveform(sound * gain, RATE_HZ))
    made = make_survey(tmp_path / TRUTH, {"ours": tmp_path / "ours"})
    assert made.alike == {"c0": (TRUTH, "ours")}
    assert made.level_db == pytest.approx({"ours": 20 * np.log10(0.25)}, abs=0.01)
    for name in (TRUTH, "ours"):
        (tmp_path / name / "c2.wav").unlink()
    assert make_survey(tmp_path / TRUTH, {"ours": tmp_path / "ours"}).level_db == {}


def test_checks_are_one_sound_and_one_silence(tmp_path):
    write_clip(tmp_path / TRUTH, "a", [0.1], 0.3)
    write_clip(tmp_path / "ours", "a", [0.2], 0.3)
    made = make_survey(tmp_path / TRUTH, {"ours": tmp_path / "ours"})
    both = {k: base64.b64decode(made.media[v].partition(",")[2]) for k, v in made.survey.checks.items()}
    for name, data in both.items():
        (tmp_path / f"{name}.flac").write_bytes(data)
    sound, silence = (read_audio(tmp_path / f"{n}.flac").samples for n in ("sound", "silence"))
    assert sound.shape == silence.shape
    assert 0.05 < np.abs(sound).max() < 0.15
    assert not silence.any()
    without = make_survey(tmp_path / TRUTH, {"ours": tmp_path / "ours"}, n_checks=0)
    assert without.survey.checks == {}
    assert len(without.media) == 2


def test_sides_that_are_alike_are_not_compared(tmp_path):
    for name, silent_too in ((TRUTH, True), ("ours", True), ("theirs", False)):
        write_clip(tmp_path / name, "fine", [{TRUTH: 0.1, "ours": 0.15, "theirs": 0.2}[name]], 0.3)
        write_clip(tmp_path / name, "decoy", [] if silent_too else [0.2], 0.3)
        # Told apart from the truth, but not from one another.
        write_clip(tmp_path / name, "twins", [0.1 if name == TRUTH else 0.2], 0.3)
    made = make_survey(tmp_path / TRUTH, {n: tmp_path / n for n in ("ours", "theirs")})
    assert [c.id for c in made.survey.clips] == ["fine", "twins"]
    assert made.alike == {"decoy": (TRUTH, "ours")}
    assert made.missing == {}
    assert len(made.media) == 3 + 2, "what is not asked about is no part of the page"
    alone = make_survey(tmp_path / TRUTH, {"theirs": tmp_path / "theirs"})
    assert [c.id for c in alone.survey.clips] == ["decoy", "fine", "twins"]
    assert alone.alike == {}
    with pytest.raises(
        DataError,
        match=r"no clip can be used \(first: decoy: truth and same are the same\); give systems whose sound is not",
    ):
        make_survey(tmp_path / TRUTH, {"same": tmp_path / TRUTH})


@pytest.mark.parametrize("seed", range(4))
def test_others_take_the_place_of_what_cannot_be_used(tmp_path, seed):
    for i in range(6):
        write_clip(tmp_path / TRUTH, f"c{i}", [0.1], 0.3)
        write_clip(tmp_path / "ours", f"c{i}", [0.1 if i < 4 else 0.2], 0.3)
    made = make_survey(tmp_path / TRUTH, {"ours": tmp_path / "ours"}, seed=seed, n_clips=2)
    assert [c.id for c in made.survey.clips] == ["c4", "c5"]


def test_what_cannot_be_used_is_named(tmp_path):
    for name in ("fine", "lost", "mute", "broken"):
        write_clip(tmp_path / TRUTH, name, [0.1], 0.3)
    for name in ("fine", "extra"):
        write_clip(tmp_path / "ours", name, [0.2], 0.3)
    (tmp_path / "ours" / "broken.wav").write_bytes(b"RIFF")
    write_video(tmp_path / "ours" / "mute.mp4", ramp(5), Fraction(25))
    made = make_survey(tmp_path / TRUTH, {"ours": tmp_path / "ours"})
    assert [c.id for c in made.survey.clips] == ["fine"]
    assert list(made.missing) == ["broken", "lost", "mute"]
    assert made.missing["lost"] == "ours: no such clip"
    assert "broken.wav is not a media file" in made.missing["broken"]
    assert "mute.mp4 has no sound" in made.missing["mute"]


def test_refusals(tmp_path):
    write_clip(tmp_path / TRUTH, "a", [0.1], 0.3)
    write_clip(tmp_path / "other", "b", [0.1], 0.3)
    write_clip(tmp_path / "ours", "a", [0.2], 0.3)
    here = tmp_path / TRUTH
    with pytest.raises(DataError, match="no clip is on every side"):
        make_survey(here, {"ours": tmp_path / "other"})
    for name in (TRUTH, " "):
        with pytest.raises(DataError, match="is no name for a system"):
            make_survey(here, {name: here})
    with pytest.raises(DataError, match="name at least one"):
        make_survey(here, {})
    with pytest.raises(DataError, match=r"not from 0 to 2\^53 - 1"):
        make_survey(here, {"ours": here}, seed=2**53)
    with pytest.raises(DataError, match=r"1 of 1 clips already take 0 MB, the limit is 0\.001"):
        make_survey(here, {"ours": tmp_path / "ours"}, max_mb=0.001)
    write_wav(here / "a.wav", Waveform(np.zeros((1, 61 * 8000), np.float32), 8000))
    with pytest.raises(DataError, match=r"no clip can be used \(first: a: a lasts 61 s, more than the 60"):
        make_survey(here, {"ours": here})


def sides(clip_id, label):
    clip = MediaClip(clip_id, label, clip_id, Path("x.wav"), None, None)
    return Sides(clip, {"ours": clip})


def test_classes_take_turns():
    clips = [sides(f"{label}{i}", label) for label, n in (("fire", 9), ("rain", 2), ("car", 5)) for i in range(n)]
    for seed in range(5):
        chosen = in_turns(clips, seed)[:8]
        assert Counter(c.truth.label for c in chosen) == {"fire": 3, "rain": 2, "car": 3}
    assert len({tuple(c.truth.id for c in in_turns(clips, s)[:8]) for s in range(10)}) > 5
    assert sorted(c.truth.id for c in in_turns(clips, 0)) == sorted(c.truth.id for c in clips)


def test_stems_match_across_folders_of_classes(tmp_path):
    write_clip(tmp_path / TRUTH, "fire/a", [0.1], 0.3)
    write_clip(tmp_path / "ours", "a", [0.1], 0.3)
    matched = match_folders(list_media(tmp_path / TRUTH), {"ours": list_media(tmp_path / "ours")})
    assert [(c.truth.id, c.systems["ours"].id, c.truth.label) for c in matched.clips] == [("fire/a", "a", "fire")]
