"""Tables as people type them and spreadsheets save them; bad rows by line and reason."""

from __future__ import annotations

from pathlib import Path

import pytest

from silentfoley.cue_formats import read_cues
from silentfoley.cue_formats.table import from_csv, to_csv
from silentfoley.cues import Cue, CueSheet
from silentfoley.errors import CueError

HEAD = "# silentfoley cues, version=1, duration_s=4.0\n"


def test_a_table_a_person_typed():
    got = from_csv("\ufeff".strip("\ufeff") + "start_s, label\n 0.5, footsteps\n\n1.25,rain\n", duration_s=4.0)
    assert [(c.start_s, c.label, c.id) for c in got] == [(0.5, "footsteps", "c1"), (1.25, "rain", "c2")]
    assert got.duration_s == 4.0
    assert from_csv("label,start_s,strength\nrain,2,\n").cues == (Cue(2.0, "rain", id="c1"),)
    assert from_csv("start_s,label\n").duration_s == 1.0


def test_a_person_s_notes_are_passed_over():
    text = 'start_s,Notes,label,COMMENT,note\n0.5,"louder, later",rain,,x\n,only a remark,,,\n1.25,,clock\n'
    assert [(c.start_s, c.label) for c in from_csv(text)] == [(0.5, "rain"), (1.25, "clock")]
    assert from_csv("start_s;label;comments;comments\n0,5;rain;a;b\n").cues == (Cue(0.5, "rain", id="c1"),)
    with pytest.raises(CueError, match=r"line 2: 4 cells under 3 columns; .*quote cells with commas"):
        from_csv("start_s,label,notes\n0.5,rain,louder, later\n")


def test_a_decimal_comma_does_not_hide_behind_notes():
    with pytest.raises(CueError, match=r"line 3: the label is a number: 75; write decimals with a point"):
        from_csv("start_s,label,notes\n0.5,horse,\n0,75,horse\n")


def test_labels_come_back_as_they_were_written():
    sheet = CueSheet((Cue(0.5, "Rain"), Cue(1.0, "dog bark")), 2.0)
    assert from_csv(to_csv(sheet)).labels == sheet.labels


@pytest.mark.parametrize("typed", ["00:01:01.5", "1:01.5", "0:01:01.5", "01:01.500", '"1:01,5"', "61.5"])
def test_times_as_an_editor_shows_them(typed: str):
    (cue,) = from_csv(f"start_s,label,duration_s\n{typed},rain,0:02\n")
    assert (cue.start_s, cue.duration_s) == (61.5, 2.0)


@pytest.mark.parametrize("typed", ["00:00:01:12", "1:75", "1:5", "1:99:00", "1:", ":30", "-0:01", "1:01;12", "١:٠١"])
def test_what_is_no_time_code_is_refused(typed: str):
    with pytest.raises(CueError, match=r"line 2: start_s .* is not a number"):
        from_csv(f"start_s,label\n{typed},rain\n")
    with pytest.raises(CueError, match=r"line 2: strength '0:01' is not a number"):
        from_csv("start_s,label,strength\n0:01,rain,0:01\n")


def test_a_copied_row_gets_an_id_of_its_own():
    sheet = from_csv("start_s,label,id\n0.5,rain,c1\n1.5,rain,c1\n0.25,rain,c2\n0.75,rain,\n")
    assert [(c.start_s, c.id) for c in sheet] == [(0.25, "c2"), (0.5, "c1"), (0.75, "c3"), (1.5, "c4")]


@pytest.mark.parametrize("separator", [";", "\t"])
def test_tables_where_the_comma_is_the_decimal_point(separator: str):
    sheet = CueSheet((Cue(0.5, "rain", 0.25, 1.5, "a, b", envelope=(0.0, 0.5)), Cue(1.25, "clock")), 4.5)
    typed = [
        "start_s;label;strength;duration_s;variant;envelope",
        "0,5;rain;0.25;1,5;a, b;0,0 0,5",
        "1,25;clock;1;;;",
    ]
    text = "\r\n".join(typed).replace(";", separator)
    assert from_csv(text, duration_s=4.5) == sheet
    for head in ("# silentfoley cues; version=1; duration_s=4,5;;;", "# silentfoley cues; version=1; duration_s=4.5"):
        assert from_csv(head.replace(";", separator) + "\r\n" + text) == sheet
    with pytest.raises(CueError, match=r"line 2: strength '1\.000\.5' is not a number"):
        from_csv("start_s;label;strength\n0,5;rain;1.000,5\n".replace(";", separator))


def test_byte_order_mark_of_spreadsheets(tmp_path: Path):
    (tmp_path / "a.csv").write_bytes(b"\xef\xbb\xbfstart_s,label\r\n0.5,rain\r\n")
    assert read_cues(tmp_path / "a.csv").starts_s() == (0.5,)


@pytest.mark.parametrize(
    ("text", "line", "reason"),
    [
        ("start_s,label\n0.5,rain\nsoon,rain\n", 3, "'soon' is not a number"),
        ("start_s,label\n0.5,rain\n-1,rain\n", 3, "before the clip"),
        ("start_s,label\n0.5\n", 2, "label is missing"),
        ("start_s,label\n0,5,rain\n", 2, "3 cells under 2 columns"),
        ("start_s,label\nnan,rain\n", 2, "start_s is nan"),
        ('start_s,label\n0.5,"rain\n', 2, "not CSV"),
        ('start_s,label\n"1,250",rain\n', 2, "'1,250' may be a thousand or a decimal; write decimals with a point"),
        ("start_s,label,\n0.5,rain,\n1.5,rain,loud\n", 3, "'loud' lies under no column name"),
        (";;;\nstart_s;label;;\n1,5;rain;;x\n", 3, "'x' lies under no column name"),
        ("start_s,label,\n0.5,rain,,\n", 2, "4 cells under 3 columns"),
        ("start_s,name\n", 1, "no column 'label'"),
        ("start_s,label,colour\n", 1, "unknown column 'colour'; use start_s, .*, id; notes are passed over"),
        ("start_s,lable\n", 1, "unknown column 'lable'; did you mean 'label'. use start_s, "),
        ("Start,label\n", 1, "unknown column 'Start'; did you mean 'start_s'"),
        ("start_s,label,comentary,coments\n", 1, "unknown column 'comentary'; did you mean 'comment"),
        ("start_s,label,label\n", 1, "comes twice"),
        (HEAD + "start_s,label,pan\n0.5,rain,3\n", 3, "pan 3 is outside"),
        (HEAD + "start_s,label,envelope\n0.5,rain,1 2\n", 3, "without duration_s"),
        (HEAD.replace("1,", "9,") + "start_s,label\n", 1, "version 9"),
        (HEAD.replace("4.0", "long") + "start_s,label\n", 1, "no number"),
    ],
)
def test_bad_rows_are_refused_by_line(tmp_path: Path, text: str, line: int, reason: str):
    (tmp_path / "bad.csv").write_text(text)
    with pytest.raises(CueError, match=reason) as error:
        read_cues(tmp_path / "bad.csv")
    assert f"bad.csv, line {line}:" in str(error.value)
    assert "\n" not in str(error.value)


@pytest.mark.parametrize(
    ("text", "duration_s"),
    [
        ("start_s;label;\n0,5;rain;\n", 1.5),
        ("start_s,label,,\n0.5,rain,,\n", 1.5),
        ('"start_s";"label"\n"0,5";"rain"\n', 1.5),
        ('start_s,label\n"0,5",rain\n', 1.5),
        ('"# silentfoley cues"," version=1"," duration_s=4.0",,\n"start_s","label",,,\n0.5,"rain",,,\n', 4.0),
        ('"# silentfoley cues, version=1, duration_s=4.0";;\n"start_s";"label";\n0,5;"rain";\n', 4.0),
        ("# silentfoley cues, version=1, duration_s=4.0;;;;\nstart_s;label;;;\n0,5;rain;;;\n", 4.0),
        ("# silentfoley cues, version=1, duration_s=4.0\t\t\r\nstart_s\tlabel\t\r\n0.5\train\t\r\n", 4.0),
        ("# silentfoley cues; version=1; duration_s=4,5;;\nstart_s;label\n0,5;rain\n", 4.5),
    ],
)
def test_tables_as_spreadsheets_save_them(tmp_path: Path, text: str, duration_s: float):
    (tmp_path / "a.csv").write_bytes(text.encode())
    got = read_cues(tmp_path / "a.csv")
    assert [(c.start_s, c.label) for c in got] == [(0.5, "rain")]
    assert got.duration_s == duration_s


def test_decimal_commas_of_an_envelope():
    text = 'start_s,label,duration_s,envelope\n"0,125",rain,2,"0,5 1,0"\n'
    (cue,) = from_csv(text)
    assert (cue.start_s, cue.envelope) == (0.125, (0.5, 1.0))
