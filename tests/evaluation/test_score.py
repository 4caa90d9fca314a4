"""The commands extract, score and compare, on folders as people have them."""

import importlib
import json
from contextlib import contextmanager
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from support.judged import clicks, true_times, write_clip

from silentfoley.cli.console import Bar
from silentfoley.cli.main import main
from silentfoley.errors import MediaError
from silentfoley.evaluation.score import FORMAT
from silentfoley.media.audio import write_wav
from silentfoley.media.encode import write_video
from silentfoley.waveform import Waveform

N = 5


@pytest.fixture
def desk(tmp_path, monkeypatch):
    """Truth with annotation, and a system's sounds without."""
    for i, times in enumerate(true_times(N)):
        write_clip(tmp_path / "truth", f"c{i}", times)
        write_clip(tmp_path / "system", f"c{i}", [t + 0.02 for t in times], sheet=False)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    return tmp_path


def call(capfd, *words):
    code = main([*map(str, words)])
    out, err = capfd.readouterr()
    return code, out, err


def scored(capfd, *words, code=0):
    sides = ("--reference", "truth", "--generated", "system")
    got, out, err = call(capfd, "score", *sides, "--resamples", 20, "--workers", 1, "--overwrite", *words)
    assert got == code, err
    return out, json.loads(Path("metrics.json").read_text())


def test_one_command_scores_a_folder(desk, capfd):
    out, value = scored(capfd)
    assert value["format"] == FORMAT
    assert (value["n_reference"], value["n_scored"], value["n_missing"], value["missing"]) == (N, N, 0, {})
    events = value["protocols"]["events_v1"]
    assert set(events["rows"]) == {
        "system", "truth", "truth_redetected", "shuffled", "random", "metronome", "silence",
    }  # fmt: skip
    for measure, figure in events["rows"]["truth"].items():
        best = {"higher": 1.0, "lower": 0.0, "zero": 0.0}[events["measures"][measure]["better"]]
        assert figure["value"] in (best, None) or measure.startswith("chance"), measure
    assert events["rows"]["silence"]["f1@50ms"]["value"] == 0.0
    system = events["rows"]["system"]
    assert system["f1@50ms"]["value"] > 0.9
    # Clicks are 20 ms late, and what the detector adds stands in its own row.
    late = system["timing_bias"]["value"] - events["rows"]["truth_redetected"]["timing_bias"]["value"]
    assert late == pytest.approx(20, abs=12)
    assert "5 recordings: intervals of so few are too narrow" in events["remarks"]
    assert "true events come from cues, judged ones from onsets" in events["remarks"]
    for text in ("system against truth: 5 of 5 clips scored, 0 missing", "skill@50ms", "control orders held: "):
        assert text in out


def test_a_bar_says_how_far_it_is(desk, capfd, monkeypatch):
    seen = []

    class Recorder(Bar):
        def move_to(self, done, total, text=""):
            seen.append((done, total, text))

    @contextmanager
    def recorded(title, total=1):
        yield Recorder(title, total, shown=False)

    monkeypatch.setattr(importlib.import_module("silentfoley.cli.score"), "bar", recorded)
    scored(capfd, "--protocol", "events_v1,sound_v1")
    for name in ("truth", "system"):
        assert [s for s in seen if name in s[2] and "extracting" in s[2]] == [
            (i, N, f"extracting {name} {i}/{N}") for i in range(1, N + 1)
        ]
    # The system and six controls; sound_v1 has no re-detected truth.
    rows = seen[2 * N :]
    assert [done for done, _, _ in rows] == list(range(13))
    assert {total for _, total, _ in rows} == {13}
    assert rows[0][2] == "scoring events_v1: system"
    assert rows[1][2] == "scoring events_v1: control truth"
    assert rows[-1][2] == "scoring sound_v1: control silence"


def test_fingerprint_says_what_decides_the_numbers(desk, capfd):
    _, value = scored(capfd)
    mark = value["protocols"]["events_v1"]["fingerprint"]
    assert mark["version"] == 1
    assert mark["features"]["onsets"]["resampler"] == "soxr HQ"
    assert mark["events"] == {"reference": "cue sheets", "generated": "flux_median_v1"}
    assert "the reference's length" in mark["length_rule"]
    assert set(mark["decoder"]) >= {"av", "soundfile", "soxr"}
    assert (mark["n_scored"], mark["n_missing"], mark["missing"]) == (N, 0, [])
    _, again = scored(capfd)
    assert again["protocols"]["events_v1"]["fingerprint"] == mark
    write_clip(desk / "truth", "c0", [0.5])
    _, other = scored(capfd)
    assert other["protocols"]["events_v1"]["fingerprint"]["digest"] != mark["digest"]


def test_missing_short_empty_stereo_and_other_rates_are_handled_and_counted(desk, capfd):
    (desk / "system" / "c0.wav").unlink()
    (desk / "system" / "c1.wav").write_bytes(b"")
    write_wav(desk / "system" / "c2.wav", clicks([0.5], 1.0, 48_000, channels=2))
    write_wav(desk / "system" / "c3.wav", clicks([0.5], 3.0, 8_000))
    write_clip(desk / "system", "unasked", [0.5], sheet=False)
    out, value = scored(capfd, "--json", code=3)
    assert json.loads(out) == value
    assert value["n_scored"] == N - 2
    assert value["missing"] == {"c0": "generated: no such clip", "c1": "generated: is empty (0 bytes)"}
    assert (value["short"], value["long"], value["extra"]) == (["c2"], ["c3"], ["unasked"])
    remarks = value["protocols"]["events_v1"]["remarks"]
    assert "2 of 5 references are not scored" in remarks
    assert "1 generated clips are shorter than their reference: the rest is silence" in remarks
    assert value["protocols"]["events_v1"]["fingerprint"]["missing"] == ["c0", "c1"]


def test_a_bad_reference_is_missing_too(desk, capfd):
    (desk / "truth" / "c4.cues.json").write_text("{")
    _, value = scored(capfd, code=3)
    assert value["n_reference"] == N
    assert value["missing"]["c4"].startswith("reference: ")


def test_features_and_media_give_the_same(desk, capfd):
    _, from_media = scored(capfd)
    for name in ("truth", "system"):
        assert call(capfd, "extract", name, "-o", f"f/{name}", "--workers", 1)[0] == 0
    sides = ("--reference", "f/truth", "--generated", "f/system")
    code, _, _ = call(capfd, "score", *sides, "--resamples", 20, "--overwrite")
    assert code == 0
    assert json.loads(Path("metrics.json").read_text())["protocols"] == from_media["protocols"]


def test_extract_counts_bad_files(desk, capfd):
    (desk / "system" / "c1.wav").write_bytes(b"")
    code, out, _ = call(capfd, "extract", "system", "-o", "f", "--workers", 1, "--json")
    value = json.loads(out)
    assert code == 3
    assert (value["n_clips"], value["n_bad"]) == (N - 1, 1)
    assert value["bad"] == [{"id": "c1", "reason": "is empty (0 bytes)"}]
    code, out, err = call(capfd, "extract", "system", "-o", "f", "--workers", 1)
    assert out.startswith("f: 4 clips extracted, 1 bad")
    assert "c1: is empty" in err


def test_videos_are_judged_by_their_sound_and_sheets_by_themselves(desk, capfd):
    (desk / "system").rename("sounds")
    frames = np.zeros((50, 48, 64, 3), dtype=np.uint8)
    (desk / "system").mkdir()
    for i, times in enumerate(true_times(N)):
        write_video(desk / "system" / f"c{i}.mp4", frames, Fraction(25), clicks(times, 2.0, 44_100))
    _, value = scored(capfd)
    assert value["protocols"]["events_v1"]["rows"]["system"]["f1@50ms"]["value"] > 0.9
    for path in (desk / "system").iterdir():
        path.unlink()
    for i, times in enumerate(true_times(N)):
        write_clip(desk / "system", f"c{i}", times, suffix=".json")
        (desk / "system" / f"c{i}.wav").unlink()
    _, value = scored(capfd)
    assert value["protocols"]["events_v1"]["rows"]["system"]["skill@25ms"]["value"] == 1.0


def test_half_annotated_folders_are_not_guessed_about(desk, capfd):
    write_clip(desk / "system", "c0", [0.5])
    code, _, err = call(capfd, "score", "--reference", "truth", "--generated", "system")
    assert code == 1
    assert "system: 4 of 5 clips have no cue sheet (c1, c2, c3, c4)" in err
    assert err.count("\n") == 1
    scored(capfd, "--cue-events", "detector")
    _, value = scored(capfd, "--cue-events", "cues", code=3)
    assert value["n_scored"] == 1


def test_truth_by_the_detector_has_its_ceiling(desk, capfd):
    _, value = scored(capfd, "--true-events", "detector")
    events = value["protocols"]["events_v1"]
    assert events["fingerprint"]["events"]["reference"] == "flux_median_v1"
    assert 0.8 < events["rows"]["truth_redetected"]["f1@50ms"]["value"] <= 1.0
    assert any("truth_redetected is the ceiling" in r for r in events["remarks"])


@pytest.mark.parametrize(
    ("words", "text", "code"),
    [
        (("score", "--reference", "none", "--generated", "system"), "none: is not a folder", 1),
        (("score", "--reference", "truth", "--generated", "empty"), "empty: holds no video", 1),
        (("score", "--reference", "truth", "--generated", "other"), "no clip of one is in the other", 1),
        (("score", "--reference", "truth", "--generated", "system", "--protocol", "fid"), "'fid' is unknown", 2),
        (("score", "--reference", "truth", "--generated", "system", "-o", "m.txt"), "suffix '.txt'", 1),
        (("score", "--reference", "truth", "--generated", "system", "--report", "r.pdf"), "suffix '.pdf'", 1),
        (("score", "--reference", "truth"), "--generated", 2),
        (("extract", "truth"), "-o/--output", 2),
        (("extract", "empty", "-o", "f"), "empty: holds no video", 1),
        (("compare", "metrics.json"), "one run has nothing", 2),
        (("compare", "a.json", "b.json"), "a.json: cannot be read", 1),
        (("compare", "truth/c0.cues.json", "truth/c1.cues.json"), "is no result of silentfoley score", 1),
    ],
)
def test_mistakes_are_one_line(desk, capfd, words, text, code):
    (desk / "empty").mkdir()
    write_clip(desk / "other", "x", [0.5])
    got, out, err = call(capfd, *words)
    assert (got, out) == (code, "")
    assert text in err
    assert err.count("\n") == 1
    assert not (desk / "metrics.json").exists()


def test_report_is_written(desk, capfd):
    scored(capfd, "--report", "r.html")
    assert (desk / "r.html").read_text().startswith("<!DOCTYPE html>")


@pytest.mark.parametrize("there", ["metrics.json", "metrics.answers.safetensors", "r.html"])
def test_an_earlier_result_is_replaced_when_asked_for_alone(desk, capfd, there):
    (desk / there).write_text("of an earlier run")
    words = ("score", "--reference", "truth", "--generated", "system", "--report", "r.html", "--workers", 1)
    code, out, err = call(capfd, *words)
    assert (code, out, err.count("\n")) == (1, "", 1)
    assert f"{there}: exists; pass --overwrite or name another output" in err
    assert (desk / there).read_text() == "of an earlier run"
    assert not (desk / "cache").exists(), "refused before anything is decoded"
    assert call(capfd, *words, "--resamples", 20, "--overwrite")[0] == 0
    assert b"of an earlier run" not in (desk / there).read_bytes()


def test_all_earlier_results_are_named_at_once(desk, capfd):
    for name in ("metrics.json", "r.html"):
        (desk / name).write_text("of an earlier run")
    words = ("score", "--reference", "truth", "--generated", "system", "--report", "r.html")
    code, out, err = call(capfd, *words)
    assert (code, out) == (1, "")
    assert err == "error: metrics.json, r.html: exist; pass --overwrite or name other outputs\n"
    code, _, err = call(capfd, *words, "-o", "m.txt")
    assert (code, err.startswith("error: m.txt: suffix '.txt'")) == (1, True), "what cannot be at all is told first"


def test_silent_sound_is_silence(desk, capfd):
    for i in range(N):
        write_wav(desk / "system" / f"c{i}.wav", Waveform(np.zeros((1, 44_100), dtype=np.float32), 22_050))
    _, value = scored(capfd)
    system = value["protocols"]["events_v1"]["rows"]["system"]
    assert [system[n]["value"] for n in ("f1@50ms", "skill@50ms", "ap@50ms", "recall@100ms")] == [0.0] * 4


def test_what_was_trained_on_is_not_tested_on(desk, capfd):
    (desk / "list.txt").write_text("c1\nother\n")
    code, out, err = call(
        capfd, "score", "--reference", "truth", "--generated", "system", "--trained-on", "list.txt", "--workers", 1
    )
    assert (code, out, err.count("\n")) == (1, "", 1)
    assert "truth (5 clips of 5 recordings" in err
    assert "overlaps what was trained on, list (2 clips of 2 recordings" in err
    assert "1 clips: c1" in err
    (desk / "list.txt").write_text("other\n")
    scored(capfd, "--trained-on", "list.txt")


def test_training_clips_are_told_by_their_files_not_their_names(desk, capfd):
    write_clip(desk / "training", "c0", [0.77], sheet=False)
    scored(capfd, "--training", "training")
    (desk / "training" / "x.wav").write_bytes((desk / "truth" / "c1.wav").read_bytes())
    words = ("--reference", "truth", "--generated", "system", "--training", "training", "-o", "other.json")
    code, _, err = call(capfd, "score", *words, "--workers", 1)
    assert code == 1
    assert "1 identical files: training: x = c1" in err


def test_features_that_do_not_serve_are_refused(desk, capfd):
    assert call(capfd, "extract", "truth", "-o", "f", "--workers", 1)[0] == 0
    code, _, err = call(capfd, "score", "--reference", "f", "--generated", "f", "--protocol", "sync_v1", "--workers", 1)
    assert code == 1
    assert "extract it again with --protocol as scored here" in err
    index = desk / "f" / "index.json"
    index.write_text(index.read_text().replace('"delta": 0.2', '"delta": 0.3'))
    code, _, err = call(capfd, "score", "--reference", "f", "--generated", "f", "--true-events", "detector")
    assert code == 1
    assert "f: its onsets features differ in delta; run silentfoley extract again" in err


def test_a_control_that_cannot_be_made_is_listed_and_the_system_is_scored(desk, capfd, monkeypatch):
    module = importlib.import_module("silentfoley.evaluation.score")
    made = module.make_control

    def without_shuffled(name, *words, **options):
        if name == "shuffled":
            raise MediaError("c1.wav", "cannot be read again", "check the disk")
        return made(name, *words, **options)

    monkeypatch.setattr(module, "make_control", without_shuffled)
    _, value = scored(capfd)
    events = value["protocols"]["events_v1"]
    assert "shuffled" not in events["rows"]
    assert "cannot be read again" in json.dumps(events)
    assert events["rows"]["system"]["f1@50ms"]["value"] > 0.9
