"""The page itself, in headless Chromium, by keyboard from the first key to the saved file."""

import json
import re
import time
from dataclasses import asdict
from fractions import Fraction

import numpy as np
import pytest
from support.browser import Browser
from support.judged import clicks, write_clip
from support.surveys import survey

from silentfoley.cli.main import main
from silentfoley.evaluation.survey.analysis import analyse_files
from silentfoley.evaluation.survey.design import TRUTH
from silentfoley.evaluation.survey.make import make_survey, write_survey
from silentfoley.evaluation.survey.order import listener_order
from silentfoley.media.encode import write_video

NO_STORAGE = "Object.defineProperty(window, 'localStorage', { get() { throw new Error('not here'); } })"


@pytest.fixture(scope="module")
def folders(tmp_path_factory):
    """One clip with a picture, two without; 0.2 s each."""
    root = tmp_path_factory.mktemp("survey")
    for name, shift in ((TRUTH, 0.0), ("ours", 0.1)):
        for clip in ("one", "two </script> & é"):
            write_clip(root / name, clip, [0.02 + shift], 0.2, sheet=False)
        picture = (np.full((32, 48, 3), 20 * i, np.uint8) for i in range(6))
        write_video(root / name / "three.mp4", picture, Fraction(30), clicks([shift], 0.2))
    return root


@pytest.fixture(scope="module")
def made(folders):
    return make_survey(folders / TRUTH, {"ours": folders / "ours"}, seed=5, n_checks=1)


@pytest.fixture
def page(made, tmp_path):
    write_survey(tmp_path / "survey.html", made)
    return tmp_path / "survey.html"


def shown(browser):
    return browser.run("['start', 'trial', 'end'].filter((id) => !document.getElementById(id).hidden)")


def start(browser, code):
    """Type a code over the one drawn, and press Enter."""
    assert re.fullmatch("[a-z0-9]{8}", browser.run("document.activeElement.value"))
    browser.run("document.activeElement.select()")
    for letter in code:
        browser.press(letter)
    browser.press("Enter")
    assert shown(browser) == ["trial"]


def hear(browser):
    for key, side in (("1", "left"), ("2", "right")):
        browser.press(key)
        browser.wait_for(f"heard.{side}")


def answer(browser, side):
    """One question, by keys alone."""
    number = browser.run("answers.length")
    if not browser.run("heard.left && heard.right"):
        hear(browser)
    browser.press({"left": "ArrowLeft", "right": "ArrowRight"}[side])
    browser.press("Enter")
    assert browser.run("answers.length") == number + 1


def saved(folder, code):
    path = folder / f"answers-{code}.json"
    end = time.monotonic() + 20
    while not path.is_file():
        assert time.monotonic() < end, "nothing was saved"
        time.sleep(0.05)
    return path


def test_a_listener_answers_by_keyboard_alone(made, page, tmp_path, capsys):
    trials = listener_order(made.survey, "anna.1")
    # Always fooled, always for the system, never inattentive.
    sides = ["left" if t.left in ("ours", "sound") else "right" for t in trials]
    with Browser(page, tmp_path) as browser:
        start(browser, "anna.1")
        for side, trial in zip(sides, trials, strict=True):
            assert (
                browser.run("document.getElementById('question').textContent")
                == made.survey.header()["questions"][trial.question]
            )
            answer(browser, side)
        assert shown(browser) == ["end"]
        browser.press("Enter")
        path = saved(tmp_path, "anna.1")
        assert browser.requested == []
        assert browser.errors == []
    value = json.loads(path.read_text())
    assert value["finished"] is True
    assert value["survey"] == made.survey.header()
    assert [{k: a[k] for k in ("question", "clip", "left", "right")} for a in value["answers"]] == list(
        map(asdict, trials)
    )
    assert all(0 < a["seconds"] < 60 for a in value["answers"])
    assert [a["choice"] for a in value["answers"]] == sides
    # 3 real or fake, 4 preferences of the clip with a picture, 2 of each without, 1 check.
    assert len(trials) == 3 + 4 + 2 * 2 + 1

    analysis = analyse_files([path])
    assert analysis.left_out == {}
    assert [(s.what, s.value, s.n) for s in analysis.fooled if not s.label] == [("ours", 1.0, 3)]
    assert all(s.value == 1.0 for s in analysis.preferred if s.n)
    assert main(["survey", "analyse", str(path)]) == 0
    assert "too few for an interval: 1 listeners, 3 recordings" in capsys.readouterr().out


def test_page_is_whole_and_self_contained(made):
    text = made.html()
    assert not re.search(r"https?://|@import|url\(|<link|\ssrc=", text)
    assert text.count("</script>") == 3, "no clip's name ends a script"
    assert "{{" not in text
    media = json.loads(re.search(r'id="media">(.*?)</script>', text, re.S)[1])
    named = {d for c in made.survey.clips for d in c.media.values()} | set(made.survey.checks.values())
    assert set(media) == named
    assert all(re.match(r"data:(video/mp4|audio/flac);base64,", address) for address in media.values())
    assert made.survey.header() == json.loads(re.search(r'id="survey">(.*?)</script>', text, re.S)[1])


def test_orders_are_the_same_in_python_and_on_the_page(page, tmp_path):
    surveys = [
        survey(7, ("a", "b", "ü c")[:n_systems], n_checks=n_checks, seed=seed)
        for n_systems, n_checks, seed in [(1, 2, 3), (2, 0, 0), (3, 5, 2**53 - 1)]
    ]
    listeners = ["a", "b", "abcd", "A-b_c.9"]
    with Browser(page, tmp_path) as browser:
        for asked in surveys:
            header = json.dumps(asked.header())
            orders = browser.run(f"Object.assign(survey, {header}), {json.dumps(listeners)}.map(order)")
            assert orders == [[asdict(t) for t in listener_order(asked, one)] for one in listeners]


def test_rules_of_the_page(made, page, tmp_path):
    with Browser(page, tmp_path) as browser:
        browser.run("document.activeElement.value = 'no names here'")
        browser.press("Enter")
        assert shown(browser) == ["start"], "a code is letters, digits, _ . -"
        browser.run("document.activeElement.value = ''")
        start_again = "document.activeElement.value = 'eve'"
        browser.run(start_again)
        browser.press("Enter")
        status = "document.getElementById('status').textContent"
        browser.press("ArrowLeft")
        browser.press("Enter")
        assert browser.run("[choice, answers.length]") == [None, 0]
        assert "both to the end" in browser.run(status)
        # One in part, the other whole: not enough. Slowed down, the left one cannot end before the right one begins.
        browser.run("player('left').playbackRate = 1 / 16")
        browser.press("1")
        browser.press("2")
        browser.wait_for("heard.right")
        assert browser.run("[heard.left, plays.left, plays.right]") == [False, 1, 1]
        assert browser.run("[...document.querySelectorAll('.choose, #next')].every((b) => b.disabled)")
        browser.run("player('left').playbackRate = 1")
        browser.press("1")
        browser.wait_for("heard.left")
        reached = []
        for _ in range(5):
            browser.press("Tab")
            reached.append(browser.run("document.activeElement.className || document.activeElement.id"))
            assert browser.run("parseFloat(getComputedStyle(document.activeElement).outlineWidth)") >= 2
        assert reached == ["play", "choose", "play", "choose", "soft"]
        browser.press("ArrowLeft")
        browser.press("ArrowRight")
        assert browser.run("[choice, document.activeElement.id]") == ["right", "next"]
        assert browser.run("[...document.querySelectorAll('[aria-pressed=true]')].map((b) => b.innerText)") == [
            "Choose right →"
        ]
        browser.press("Enter")
        assert browser.run("answers[0].choice") == "right"
        assert browser.run("document.activeElement.id") == "question"
        # Names of sides are not on show.
        assert not re.search("truth|ours", browser.run("document.querySelector('main').innerText"))
        browser.run(
            "for (const key of Object.keys(media)) media[key] = 'data:audio/flac;base64,AAAA'; shown = ''; ask()"
        )
        browser.wait_for("broken")
        browser.press("Enter")
        assert browser.run("[answers.length, answers[1].choice]") == [2, None]
        assert browser.run("fetch('https://example.org').then(() => 'fetched', () => 'refused')") == "refused"
        assert [a for a in browser.requested if "example.org" not in a] == []
        assert browser.errors == []


def reload(browser):
    browser.run("document.title = 'old'")
    browser.call("Page.reload")
    browser.wait_for("document.title !== 'old' && document.readyState === 'complete'")


def keep(browser, code, text):
    """Put into the browser's store what it would keep for a listener."""
    browser.run(f"shelf.write('listener', {json.dumps(code)})")
    browser.run(f"shelf.write('answers of {code}', {json.dumps(text)})")


def test_the_next_listener_at_a_computer_gets_a_code_of_their_own(made, page, tmp_path):
    rows = [{**asdict(t), "choice": "left", "seconds": 1} for t in listener_order(made.survey, "bob")]
    begin = "[document.getElementById('begin').textContent, document.getElementById('kept').hidden]"
    with Browser(page, tmp_path) as browser:
        assert browser.run(begin) == ["Begin", True]
        # Unfinished: it says whose answers these are, and gives a new code to whoever asks.
        keep(browser, "bob", json.dumps(rows[:2]))
        reload(browser)
        assert browser.run("document.activeElement.value") == "bob"
        assert browser.run(begin) == ["Go on as bob", False]
        browser.press("Tab")
        browser.press("Tab")
        assert browser.run("document.activeElement.id") == "other"
        browser.press("Enter")
        assert browser.run(begin) == ["Begin", True]
        start(browser, "bob")
        assert browser.run("answers.length") == 2, "typed again, they go on too"
        # Finished: the code is not offered again.
        keep(browser, "bob", json.dumps(rows))
        reload(browser)
        assert browser.run(begin) == ["Begin", True]
        assert browser.run("document.activeElement.value") != "bob"
        start(browser, "carl")
        assert browser.run("answers.length") == 0
        assert json.loads(browser.run("shelf.read('answers of bob')")) == rows
        assert browser.errors == []


def test_damaged_answers_are_none(made, page, tmp_path):
    row = {**asdict(listener_order(made.survey, "bob")[0]), "choice": "left", "seconds": 1}
    too_many = [{**asdict(t)} for t in listener_order(made.survey, "bob")] + [{}]
    with Browser(page, tmp_path) as browser:
        for text in ('[{"number": 1, ', "null", "7", "[null]", json.dumps([row, row]), json.dumps(too_many)):
            keep(browser, "bob", text)
            reload(browser)
            start(browser, "bob")
            assert browser.run("answers.length") == 0, text
        answer(browser, "left")
        assert browser.run("kept('bob').length") == 1
        assert browser.errors == []


def test_progress_is_kept_where_the_browser_can(made, page, tmp_path):
    with Browser(page, tmp_path) as browser:
        start(browser, "bob")
        answer(browser, "left")
        browser.run("document.title = 'old'")
        browser.call("Page.reload")
        browser.wait_for("document.title !== 'old' && document.readyState === 'complete'")
        assert browser.run("document.activeElement.value") == "bob"
        browser.press("Enter")
        assert browser.run("answers.map((a) => a.choice)") == ["left"]
        browser.run("document.getElementById('stop').focus()")
        browser.press("Enter")
        browser.press("Enter")
        value = json.loads(saved(tmp_path, "bob").read_text())
        assert [value["finished"], len(value["answers"])] == [False, 1]
        # Some browsers keep nothing for a file and throw.
        browser.call("Page.addScriptToEvaluateOnNewDocument", source=NO_STORAGE)
        browser.run("document.title = 'old'")
        browser.call("Page.reload")
        browser.wait_for("document.title !== 'old' && document.readyState === 'complete'")
        start(browser, "bob")
        assert browser.run("answers.length") == 0
        answer(browser, "left")
        assert browser.errors == []
