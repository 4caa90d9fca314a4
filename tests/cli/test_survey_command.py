import json
import re
from pathlib import Path

import pytest
from support.judged import clicks, write_clip
from support.surveys import answer_file, attentive

from silentfoley.evaluation.survey.design import HEARD, TRUTH, read_header
from silentfoley.media.audio import write_wav
from silentfoley.waveform import Waveform


@pytest.fixture
def desk(tmp_path, monkeypatch):
    """Six clips of 0.2 s, one of which the system lacks."""
    for i in range(6):
        write_clip(tmp_path / "truth", f"c{i}", [0.05], 0.2)
        if i < 5:
            write_clip(tmp_path / "ours", f"c{i}", [0.1], 0.2)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def make(command, *words):
    return command("survey", "make", "--reference", "truth", "--generated", *words)


def header():
    return json.loads(re.search(r'id="survey">(.*?)</script>', Path("survey.html").read_text(), re.S)[1])


def test_from_folders_to_rates(desk, command):
    said = make(command, "ours", "--seed", "7", "--clips", "5", "--attention", "2")
    assert (said.code, said.err) == (3, "left out c5: ours: no such clip\n")
    assert said.out.startswith("survey.html: 5 clips, 5 real or fake, 10 preferences, 2 checks, 0.")
    asked = read_header(header(), "page")
    assert (asked.seed, asked.systems, len(asked.clips)) == (7, ("ours",), 5)
    answers = desk / "answers"
    answers.mkdir()
    for i in range(6):
        taste = attentive(lambda t, i=i: t.left if (i, t.clip) in {(0, "c0"), (1, "c1")} else TRUTH)
        (answers / f"p{i}.json").write_text(json.dumps(answer_file(asked, f"p{i}", taste)))
    deaf = answer_file(asked, "deaf", lambda t: "silence" if t.question == HEARD else t.left)
    (answers / "deaf.json").write_text(json.dumps(deaf))
    said = command("survey", "analyse", "answers", "--precision", "0.1", "-o", "result.json")
    assert (said.code, said.err) == (0, "")
    assert "6 of 7 listeners counted, 5 clips of 5 recordings, systems: ours" in said.out
    assert "left out deaf: failed 2 of 2 attention checks" in said.out
    assert re.search(r"ours +0\.\d+ \[0\.\d+, 0\.\d+\]", said.out)
    assert "to know ours to +-0.1" in said.out
    value = json.loads(Path("result.json").read_text())
    assert (value["n_listeners"], value["n_left_out"]) == (6, 1)
    again = command("survey", "analyse", "answers", "--survey", "survey.html", "--json")
    assert json.loads(again.out)["fooled"] == value["fooled"]
    said = command("survey", "analyse", "answers", "-o", "result.json")
    assert said.code == 1
    assert "result.json: exists; pass --overwrite" in said.error
    assert command("survey", "analyse", "answers", "-o", "result.json", "--overwrite").code == 0
    make(command, "ours", "--seed", "8", "-o", "other.html")
    said = command("survey", "analyse", "answers", "--survey", "other.html")
    assert said.code == 1
    assert "not the one asked for" in said.error
    again = command("survey", "analyse", *sorted(answers.iterdir()), "--precision", "0.1", "--json")
    assert json.loads(again.out) == value


def test_a_system_of_another_level_is_told(desk, command):
    for i in range(5):
        sound = clicks([0.1], 0.2)
        write_wav(desk / "ours" / f"c{i}.wav", Waveform(sound.samples * 0.25, sound.sample_rate_hz))
    told = "ours is 12 dB quieter than the truth, which is heard: master it (generate --lufs)\n"
    assert told in make(command, "ours").err


def test_names_of_systems(desk, command):
    for i in range(6):
        for name, at_s in (("late", 0.12), ("later", 0.14)):
            write_clip(desk / name, f"c{i}", [at_s], 0.2)
    said = make(command, "a=ours", "b=late", "later", "-o", "page.html", "--json")
    value = json.loads(said.out)
    assert value["systems"] == ["a", "b", "later"]
    assert value["pairs"] == [["a", "b"], ["a", "later"], ["b", "later"]]
    assert value["path"] == "page.html"
    assert value["missing"] == {"c5": "a: no such clip"}
    assert value["alike"] == {}


def test_clips_that_sound_alike_are_told_in_one_line(desk, command):
    for i in range(6):
        write_clip(desk / "quiet", f"c{i}", [0.1] if i else [], 0.2)
    write_clip(desk / "truth", "c0", [], 0.2)
    said = make(command, "quiet")
    assert said.code == 0
    assert said.err == "left out 1 clip on which a system is the truth to the byte: c0 (truth, quiet)\n"
    assert said.out.startswith("survey.html: 5 clips, ")
    for i in range(12):
        for name in ("truth", "quiet"):
            write_clip(desk / name, f"d{i}", [0.1], 0.2)
    said = make(command, "quiet", "--overwrite")
    assert said.err.startswith("left out 13 clips on which a system is the truth to the byte: c0 (truth, quiet), d0 (")
    assert said.err.endswith("d6 (truth, quiet), and 3 more\n")
    assert make(command, "quiet", "--overwrite", "--json").out.count('["truth", "quiet"]') == 13


@pytest.mark.parametrize(
    ("words", "code", "error"),
    [
        (["make", "--reference", "truth", "--generated", "ours", "x=ours", "x=truth"], 2, "two systems are named 'x'"),
        (["make", "--reference", "truth", "--generated", "truth"], 1, "'truth' is no name for a system"),
        (["make", "--reference", "truth", "--generated", "gone"], 1, "gone: is not a folder"),
        (["make", "--reference", "truth", "--generated", "ours", "-o", "page.json"], 1, "name a .html file"),
        (["make", "--reference", "truth", "--generated", "ours", "--clips", "0"], 2, "at least 1"),
        (["make", "--reference", "truth", "--generated", "ours", "--attention", "-1"], 2, "--attention: 0 or more"),
        (["make", "--reference", "truth", "--generated", "ours", "--attention", "x"], 2, "invalid checks value: 'x'"),
        (["make", "--reference", "truth"], 2, "--generated"),
        (["analyse", "gone.json"], 1, "gone.json: cannot be read"),
        (["analyse", "empty"], 1, "empty: holds no .json file; name the folder of the files that listeners saved"),
        (["analyse", "gone.json", "empty"], 1, "empty: holds no .json file"),
        (["analyse", "truth"], 1, "c0.cues.json: is no answer file"),
        (["analyse", "x.json", "--precision", "0.7"], 2, "0.7 is no half width"),
        (["analyse"], 2, "FILE"),
        (["look"], 2, "invalid choice: 'look'"),
        ([], 2, "ACTION"),
    ],
)
def test_errors_are_one_line(desk, command, words, code, error):
    (desk / "empty").mkdir()
    said = command("survey", *words)
    assert said.code == code
    assert error in said.error
    assert not Path("survey.html").exists()


def test_help_needs_no_decoder(command):
    said = command("survey", "make", "--help")
    assert said.code == 0
    assert "--generated" in said.out


def test_a_page_is_not_replaced_unasked(desk, command):
    make(command, "ours", "--clips", "2")
    before = header()
    said = make(command, "ours", "--clips", "3")
    assert "survey.html: exists; pass --overwrite" in said.err
    assert header() == before
    make(command, "ours", "--clips", "3", "--overwrite")
    assert header() != before
