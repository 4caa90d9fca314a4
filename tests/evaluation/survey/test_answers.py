import json

import pytest
from support.surveys import answer_file, attentive, survey

from silentfoley.errors import DataError
from silentfoley.evaluation.survey.answers import read_answers
from silentfoley.evaluation.survey.design import read_header
from silentfoley.evaluation.survey.page import read_page, survey_page


def left(trial):
    return trial.left


@pytest.fixture
def write(tmp_path):
    def written(name, value):
        path = tmp_path / name
        path.write_text(value if isinstance(value, str) else json.dumps(value))
        return path

    return written


def test_what_the_page_saves_comes_back(write):
    asked = survey()
    files = [
        write(f"{c}.json", answer_file(asked, c, attentive(left), n_answers=n)) for c, n in (("a", None), ("b", 5))
    ]
    found, listeners = read_answers(files)
    assert found == asked
    assert [(x.code, x.finished, len(x.answers)) for x in listeners] == [("a", True, 26), ("b", False, 5)]
    assert listeners[0].checks == (2, 2)
    assert all(a.on_left for a in listeners[0].answers if a.trial.clip)
    assert {a.seconds for x in listeners for a in x.answers} == {2.5}


def test_header_round_trips_and_shows_changes():
    asked = survey(systems=("a", "b"))
    value = json.loads(json.dumps(asked.header()))
    assert read_header(value, "x") == asked
    reworded = survey(questions={**asked.questions, "clean": "Which is cleaner?"}, sound="as found")
    assert read_header(reworded.header(), "x") == reworded, "a page of another release reads as it was written"
    for key, other in (("seed", 4), ("questions", {}), ("sound", ""), ("systems", ["a", "c"]), ("n_checks", 9)):
        with pytest.raises(DataError, match="was changed: the digest does not fit"):
            read_header({**value, key: other}, "x")
    value["clips"][0]["media"]["a"] = "another"
    with pytest.raises(DataError, match="x: its survey was changed"):
        read_header(value, "x")
    with pytest.raises(DataError, match=r"its survey is damaged \(KeyError: 'clips'\)"):
        read_header({k: v for k, v in value.items() if k != "clips"}, "x")
    with pytest.raises(DataError, match="version 2, this release reads 1"):
        read_header({**value, "version": 2}, "x")


def test_another_survey_is_refused(write):
    first = write("a.json", answer_file(survey(), "a", left))
    other = write("b.json", answer_file(survey(seed=8), "b", left))
    with pytest.raises(DataError, match=r"b\.json: answers survey \w{12}, not the one of .*a\.json, \w{12}"):
        read_answers([first, other])
    assert read_answers([first], survey())[0] == survey()
    with pytest.raises(DataError, match=r"a\.json: answers survey \w{12}, not the one asked for, \w{12}"):
        read_answers([first], survey(seed=8))


def test_a_page_tells_its_survey(write):
    asked = survey(systems=("a", "</script>"))
    assert read_page(write("page.html", survey_page(asked, {}))) == asked
    for text in ("<html>", '<script type="application/json" id="survey">{'):
        with pytest.raises(DataError, match=r"other\.html: carries no survey"):
            read_page(write("other.html", text))
    with pytest.raises(DataError, match=r"none\.html: cannot be read"):
        read_page("none.html")


def test_a_listener_counts_once(write):
    value = answer_file(survey(), "a", left)
    with pytest.raises(DataError, match=r"two\.json: listener 'a' is in .*one\.json already"):
        read_answers([write("one.json", value), write("two.json", value)])


def test_no_file_is_no_answer():
    with pytest.raises(DataError, match="there is no file"):
        read_answers([])
    with pytest.raises(DataError, match="there is no file"):
        read_answers([], survey())


def at(value, *path, to):
    """A copy with one thing changed."""
    copy = json.loads(json.dumps(value))
    place = copy
    for key in path[:-1]:
        place = place[key]
    place[path[-1]] = to
    return copy


@pytest.mark.parametrize(
    ("path", "to", "says"),
    [
        (["format"], "else", "is no answer file"),
        (["version"], 7, "is of version 7"),
        (["survey"], None, "carries no survey"),
        (["listener"], "../x y", "is no listener's code"),
        (["listener"], 3, "3 is no listener's code"),
        (["listener"], "b", "answer 1: its .* the survey asked"),
        (["answers"], {}, "holds no list"),
        (["answers"], [None], "answer 1: is no answer"),
        (["answers", 2, "left"], "theirs", "answer 3: its left is 'theirs', the survey asked"),
        (["answers", 2, "clip"], "c99", "answer 3: its clip is 'c99'"),
        (["answers", 2, "choice"], "up", "its choice is 'up', not left, right or null"),
        (["answers", 2, "choice"], ["left"], "its choice is"),
        (["answers", 2, "seconds"], -1, "-1 is no number of seconds"),
        (["answers", 2, "seconds"], float("nan"), "nan is no number of seconds"),
        (["answers", 2, "seconds"], True, "True is no number of seconds"),
    ],
)
def test_malformed_answers_are_named(write, path, to, says):
    value = at(answer_file(survey(), "a", left), *path, to=to)
    with pytest.raises(DataError, match=says) as error:
        read_answers([write("bad.json", value)])
    assert "bad.json" in str(error.value)
    assert "\n" not in str(error.value)


def test_too_many_answers_are_refused(write):
    value = answer_file(survey(), "a", left)
    value["answers"].append(value["answers"][-1])
    with pytest.raises(DataError, match="holds no list of at most 26 answers"):
        read_answers([write("a.json", value)])


@pytest.mark.parametrize(
    ("text", "says"),
    [("{", "is not JSON"), ("[]", "is no answer file"), ("[" * 100_000, "is not JSON"), ("", "not JSON")],
)
def test_files_that_are_something_else(write, text, says):
    with pytest.raises(DataError, match=says):
        read_answers([write("x.json", text)])


def test_missing_file(tmp_path):
    with pytest.raises(DataError, match=r"none\.json: cannot be read \(No such file"):
        read_answers([tmp_path / "none.json"])
