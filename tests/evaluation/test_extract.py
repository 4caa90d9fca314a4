import os
import shutil

import numpy as np
import pytest
from support.judged import write_clip

from silentfoley.data.cache import FeatureCache
from silentfoley.errors import DataError, MediaError, NoPictureError, OutputError, SilentFoleyError
from silentfoley.evaluation import extract as module
from silentfoley.evaluation.extract import extract_folder
from silentfoley.evaluation.extraction import INDEX, Extraction, is_extraction
from silentfoley.evaluation.media_folder import list_media
from silentfoley.evaluation.onset_extractor import OnsetExtractor
from silentfoley.evaluation.registry import make_extractor
from silentfoley.files import sha256_file

TIMES = [0.3, 0.9, 1.5]


@pytest.fixture
def media(tmp_path):
    folder = tmp_path / "media"
    write_clip(folder, "a", TIMES)
    write_clip(folder, "b", TIMES[:2], sheet=False, rate_hz=48_000, channels=2)
    return folder


def extracted(folder, out, **kwargs):
    return extract_folder(list_media(folder), out, ["sound", "onsets"], optional=["cues"], **kwargs)


def test_folder_lists_files_of_one_stem_as_one_clip(media):
    (media / "a.mp4").write_bytes(b"x")
    write_clip(media, "sub/walk@2", [], suffix=".json")
    (media / ".hidden.wav").write_bytes(b"x")
    (media / "notes.json").write_text("{}")
    listing = list_media(media)
    assert [c.id for c in listing.clips] == ["a", "b", "sub/walk@2"]
    a, b, walk = listing.clips
    assert (a.sound.name, a.video.name, a.cues.name) == ("a.wav", "a.mp4", "a.cues.json")
    assert (b.cues, b.label, b.source) == (None, "", "b")
    assert (walk.cues.name, walk.label, walk.source) == ("walk@2.json", "sub", "sub/walk")
    (media / "a.flac").write_bytes(b"x")
    listing = list_media(media)
    assert [b.path for b in listing.bad] == ["a"]
    assert listing.bad[0].reason == "two files share its stem: a.flac, a.wav"


def test_lists_name_classes_and_recordings(media):
    (media / "clips.csv").write_text("path,label,source\na.wav,clock,r1\n")
    a, b = list_media(media).clips
    assert (a.label, a.source, b.label) == ("clock", "r1", "")
    (media / "clips.jsonl").write_text('{"label": "x"}\n')
    with pytest.raises(DataError, match="row 1: names no clip"):
        list_media(media)


def test_no_folder_and_nothing_in_it(tmp_path):
    with pytest.raises(DataError, match="is not a folder"):
        list_media(tmp_path / "none")
    with pytest.raises(DataError, match="holds no video, sound file or cue sheet"):
        list_media(tmp_path)


def test_sheets_alone_are_clips(tmp_path):
    write_clip(tmp_path, "a", TIMES)
    (tmp_path / "a.wav").unlink()
    done = extract_folder(list_media(tmp_path), tmp_path / "f", ["cues"], optional=["sound"])
    clip = done.clips()["a"]
    assert clip["cues.start_s"].tolist() == TIMES
    assert (clip.duration_s, clip.label) == (2.0, "clock")
    assert done.entries[0].without == {"sound": "has no sound"}


def test_what_is_extracted(media, tmp_path):
    done = extracted(media, tmp_path / "f")
    clips = done.clips()
    for name, n in (("a", 3), ("b", 2)):
        np.testing.assert_allclose(clips[name]["onsets.start_s"], TIMES[:n], atol=0.03)
        assert clips[name].duration_s == pytest.approx(2.0, abs=1e-3)
        assert clips[name].sound(1.0).size == 22_050
        assert clips[name].sound(3.0).size == 3 * 22_050
    assert clips["b"].notes["sound"]["n_channels"] == 2
    assert clips["b"].notes["sound"]["sample_rate_hz"] == 48_000
    assert "cues.start_s" not in clips["b"]
    with pytest.raises(DataError, match="clip 'b': has no cues"):
        clips["b"]["cues.start_s"]


def test_index_round_trip(media, tmp_path):
    done = extracted(media, tmp_path / "f")
    assert not is_extraction(tmp_path / "f")
    done.save()
    assert is_extraction(tmp_path / "f")
    again = Extraction.load(tmp_path / "f")
    assert again.digest == done.digest
    assert [e.id for e in again.entries] == ["a", "b"]
    np.testing.assert_array_equal(again.clips()["a"].sound(), done.clips()["a"].sound())
    assert str(tmp_path) not in (tmp_path / "f" / INDEX).read_text()
    (tmp_path / "f" / INDEX).write_text('{"format": "other"}')
    with pytest.raises(DataError, match="is not 'silentfoley features 1'"):
        Extraction.load(tmp_path / "f")


def count_calls(monkeypatch, cls, fail_at=None):
    calls = []
    original = cls.extract

    def counted(self, clip):
        calls.append(clip.id)
        if len(calls) == fail_at:
            raise KeyboardInterrupt
        return original(self, clip)

    monkeypatch.setattr(cls, "extract", counted)
    return calls


def test_a_killed_run_goes_on_where_it_was(media, tmp_path, monkeypatch):
    calls = count_calls(monkeypatch, OnsetExtractor, fail_at=2)
    with pytest.raises(KeyboardInterrupt):
        extracted(media, tmp_path / "f")
    assert not list((tmp_path / "f").rglob("*.part*"))
    done = extracted(media, tmp_path / "f")
    assert calls == ["a", "b", "b"]
    assert len(done.entries) == 2
    extracted(media, tmp_path / "f")
    assert calls == ["a", "b", "b"]


def test_content_and_settings_are_the_key(media, tmp_path, monkeypatch):
    calls = count_calls(monkeypatch, OnsetExtractor)
    before = extracted(media, tmp_path / "f")
    os.utime(media / "a.wav")
    shutil.copy(media / "a.wav", media / "copy.wav")
    extracted(media, tmp_path / "f")
    assert calls == ["a", "b"]
    write_clip(media, "a", TIMES[:1])
    assert extracted(media, tmp_path / "f").digest != before.digest
    assert calls == ["a", "b", "a"]
    monkeypatch.setattr(OnsetExtractor, "settings", lambda self: {"other": 1})
    extracted(media, tmp_path / "f")
    assert len(calls) == 6


def test_damaged_features_are_made_again(media, tmp_path, monkeypatch):
    extracted(media, tmp_path / "f")
    for path in (tmp_path / "f").rglob("*.safetensors"):
        path.write_bytes(path.read_bytes()[:20])
    calls = count_calls(monkeypatch, OnsetExtractor)
    extracted(media, tmp_path / "f")
    assert calls == ["a", "b"]


def test_bad_files_are_listed_and_counted(media, tmp_path):
    (media / "empty.wav").write_bytes(b"")
    (media / "noise.wav").write_bytes(b"no sound at all")
    (media / "b.json").write_text('{"cues": 3}')
    done = extracted(media, tmp_path / "f")
    assert [e.id for e in done.entries] == ["a"]
    reasons = {b.path: b.reason for b in done.bad}
    assert set(reasons) == {"b", "empty", "noise"}
    assert reasons["empty"] == "is empty (0 bytes)"
    assert "no list 'cues'" in reasons["b"]
    only_sound = extract_folder(list_media(media), tmp_path / "f", ["sound"])
    assert [e.id for e in only_sound.entries] == ["a", "b"]


def test_a_file_that_cannot_be_read_is_bad(media, tmp_path, monkeypatch):
    def refuse(path):
        if path.stem == "a":
            raise PermissionError(13, "Permission denied")
        return sha256_file(path)

    monkeypatch.setattr(module, "sha256_file", refuse)
    done = extract_folder(list_media(media), tmp_path / "f", ["sound"])
    assert [e.id for e in done.entries] == ["b"]
    assert [(b.path, b.reason) for b in done.bad] == [("a", "cannot be read (Permission denied)")]


def test_features_that_cannot_be_stored_are_no_fault_of_the_clips(media, tmp_path, monkeypatch):
    def full(*args, **kwargs):
        raise OutputError("f", "cannot be written: No space left on device", "check the folder, its rights and space")

    monkeypatch.setattr(FeatureCache, "put", full)
    for groups, optional in ((["sound"], []), ([], ["sound"])):
        with pytest.raises(OutputError, match="No space left"):
            extract_folder(list_media(media), tmp_path / "f", groups, optional=optional)


def test_silence_has_no_events_even_in_noise(tmp_path):
    from silentfoley.media.audio import write_wav
    from silentfoley.waveform import Waveform

    noise = 3e-4 * np.random.default_rng(0).standard_normal((1, 44_100)).astype(np.float32)
    (tmp_path / "m").mkdir()
    write_wav(tmp_path / "m" / "hiss.wav", Waveform(np.clip(noise, -9e-4, 9e-4), 22_050))
    clip = extract_folder(list_media(tmp_path / "m"), tmp_path / "f", ["onsets"]).clips()["hiss"]
    assert clip["onsets.start_s"].size == 0


def test_workers_change_nothing(tmp_path):
    media = tmp_path / "media"
    for i in range(8):
        write_clip(media, f"c{i}", TIMES[: i % 3], 0.5 + 1.5)
    (media / "bad.wav").write_bytes(b"")
    alone = extracted(media, tmp_path / "one", workers=1)
    together = extracted(media, tmp_path / "two", workers=2)
    assert alone.entries == together.entries
    assert alone.bad == together.bad


def test_unknown_group():
    with pytest.raises(SilentFoleyError, match="feature group 'smell': is unknown; use one of sound"):
        make_extractor("smell")


def test_dead_worker_is_one_line(media, tmp_path, monkeypatch):
    from concurrent.futures.process import BrokenProcessPool

    class Pool:
        def __init__(self, *args, **kwargs): ...
        def __enter__(self):
            return self

        def __exit__(self, *args): ...
        def map(self, *args):
            raise BrokenProcessPool

    monkeypatch.setattr(module, "ProcessPoolExecutor", Pool)
    monkeypatch.setattr(module, "_CLIPS_PER_WORKER", 1)
    with pytest.raises(DataError, match="a worker died"):
        extracted(media, tmp_path / "f", workers=2)


def test_a_container_without_pictures_is_a_sound_and_a_damaged_one_is_not(media, tmp_path, monkeypatch):
    (media / "a.mp4").write_bytes(b"x")
    probe = "silentfoley.media.video_info.probe"

    def refuse(error):
        def probed(path):
            raise error

        monkeypatch.setattr(probe, probed)
        return extracted(media, tmp_path / type(error).__name__)

    done = refuse(NoPictureError("a.mp4", "worded anyhow", "nothing to do"))
    assert [e.id for e in done.entries] == ["a", "b"]
    assert done.entries[0].duration_s == 2.0
    # The kind of the error decides, not its words.
    done = refuse(MediaError("a.mp4", "is damaged: no picture after the first", "copy it again"))
    assert [(b.path, b.reason) for b in done.bad] == [("a", "is damaged: no picture after the first")]
