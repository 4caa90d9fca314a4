"""Sheets on disk: JSON and CSV exactly, Audacity and MIDI up to what they hold, bad rows by line and reason."""

from __future__ import annotations

import io
import json
from dataclasses import replace
from pathlib import Path

import mido
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from silentfoley.cue_formats import cue_places, read_cues, sheet_from_dict, sheet_to_dict, write_cues
from silentfoley.cue_formats.audacity import from_audacity, to_audacity
from silentfoley.cue_formats.midi import from_midi, to_midi
from silentfoley.cue_formats.plain import from_json, to_json
from silentfoley.cue_formats.table import from_csv, to_csv
from silentfoley.cues import Cue, CueSheet
from silentfoley.errors import CueError, OutputError

DURATION_S = 10.0
wild_text = (
    st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\t\r\n\0"), min_size=1, max_size=12)
    .map(str.strip)
    .filter(bool)
)
plain_text = st.sampled_from(["rain", "dog bark", "x", "footsteps", "wet gravel", "é ü"])


def cue_strategy(text: st.SearchStrategy[str]) -> st.SearchStrategy[Cue]:
    timed = st.floats(1e-6, 100)
    return st.builds(
        Cue,
        start_s=st.floats(0, DURATION_S, exclude_max=True),
        label=text,
        strength=st.floats(0, 1),
        duration_s=st.none() | timed,
        variant=st.none() | text,
        pan=st.floats(-1, 1),
        distance_m=st.floats(0, 1e6),
        confidence=st.floats(0, 1),
    ).flatmap(
        lambda c: (
            st.just(c)
            if c.duration_s is None
            else st.builds(
                replace,
                st.just(c),
                envelope=st.none() | st.lists(st.floats(0, 1e3), min_size=1, max_size=4).map(tuple),
            )
        )
    )


def sheet_strategy(text: st.SearchStrategy[str]) -> st.SearchStrategy[CueSheet]:
    return st.builds(CueSheet, st.lists(cue_strategy(text), max_size=5).map(tuple), st.floats(DURATION_S, 5_000))


SHEET = CueSheet(
    (
        Cue(0.5, "footsteps", strength=0.8, variant="gravel", pan=-0.3, id="left foot"),
        Cue(1.25, "dog bark", duration_s=0.5, envelope=(0.1, 1.0), confidence=0.25, distance_m=7.0),
        Cue(1.25, "footsteps"),
    ),
    4.0,
)


@settings(deadline=None)
@given(sheet_strategy(wild_text))
def test_json_and_csv_are_exact(sheet: CueSheet):
    assert from_json(to_json(sheet)) == sheet
    assert from_csv(to_csv(sheet)) == sheet
    assert sheet_from_dict(sheet_to_dict(sheet)) == sheet
    # Equal numbers may still differ in sign of zero: the text is the same too.
    assert to_csv(from_csv(to_csv(sheet))) == to_csv(sheet)


@settings(max_examples=40, deadline=None)
@given(sheet_strategy(plain_text))
def test_audacity_holds_all_but_id_envelope_and_length(sheet: CueSheet):
    got = from_audacity(to_audacity(sheet), duration_s=sheet.duration_s + 1e-6)
    assert len(got) == len(sheet)
    for before, after in zip(by_content(sheet), by_content(got), strict=True):
        assert after.start_s == pytest.approx(before.start_s, abs=1e-9)
        assert same_duration(before, after, 2e-9)
        assert kept(after) == kept(before)
        assert after.strength == before.strength


@settings(max_examples=40, deadline=None)
@example(CueSheet((Cue(9.999999999999996, "rain", 0.0),), 10.0))
@given(sheet_strategy(plain_text))
def test_midi_holds_all_but_id_and_envelope(sheet: CueSheet):
    got = from_midi(to_midi(sheet))
    # A cue at the very end is moved by a tick exactly, give or take how seconds are rounded.
    tick = 1 / 48_000 + 1e-9
    assert got.duration_s == pytest.approx(sheet.duration_s, abs=tick)
    assert len(got) == len(sheet)
    for before, after in zip(by_content(sheet), by_content(got), strict=True):
        assert after.start_s == pytest.approx(before.start_s, abs=tick)
        assert same_duration(before, after, 2 * tick)
        assert kept(after) == kept(before)
        assert after.strength == pytest.approx(before.strength, abs=0.5 / 126 + 1e-9)


def kept(cue: Cue) -> tuple[object, ...]:
    return cue.label, cue.variant, cue.pan, cue.distance_m, cue.confidence


def by_content(sheet: CueSheet) -> list[Cue]:
    """In an order that rounding of times and equal starts do not change."""
    return sorted(sheet, key=lambda c: (repr(kept(c)), round(c.start_s, 3), c.strength, c.duration_s or 0))


def same_duration(before: Cue, after: Cue, tolerance_s: float) -> bool:
    if before.duration_s is None or after.duration_s is None:
        return before.duration_s is after.duration_s
    return abs(before.duration_s - after.duration_s) <= tolerance_s


@pytest.mark.parametrize("name", ["a.json", "a.csv", "A.CSV", "ä ö.json"])
def test_files_round_trip_exactly(tmp_path: Path, name: str):
    write_cues(SHEET, tmp_path / name)
    assert read_cues(tmp_path / name) == SHEET
    assert [p.name for p in tmp_path.iterdir()] == [name]


@pytest.mark.parametrize("name", ["a.txt", "a.mid", "a.midi"])
def test_other_files_come_close(tmp_path: Path, name: str):
    write_cues(SHEET, tmp_path / name)
    got = read_cues(tmp_path / name, duration_s=4.0)
    assert [(c.start_s, c.label, c.variant, c.pan) for c in got] == [
        (c.start_s, c.label, c.variant, c.pan) for c in SHEET
    ]


def test_audacity_text_is_readable():
    assert to_audacity(SHEET).splitlines() == [
        "0.500000000\t0.500000000\tfootsteps:gravel strength=0.8 pan=-0.3",
        "1.250000000\t1.750000000\tdog bark distance_m=7.0 confidence=0.25",
        "1.250000000\t1.250000000\tfootsteps",
    ]


def test_label_times_with_a_decimal_comma():
    assert from_audacity("0,5\t1,75\train\n", duration_s=2.0).cues[0].end_s == 1.75


def test_labels_a_person_made_in_audacity():
    text = "0.5\t0.5\tdog bark\r\n\\\t100.0\t2000.0\r\n\r\n1.000000\t2.500000\train:heavy  strength=0.5\r\n"
    got = from_audacity(text)
    assert [(c.start_s, c.duration_s, c.label, c.variant, c.strength) for c in got] == [
        (0.5, None, "dog bark", None, 1.0),
        (1.0, 1.5, "rain", "heavy", 0.5),
    ]
    assert got.duration_s == 3.5


@pytest.mark.parametrize(
    ("text", "line", "reason"),
    [
        ("0.5\t0.5\train\n1.0\train\n", 2, "2 columns"),
        ("0.5\t0.4\train\n", 1, "ends before it starts"),
        ("a\t0.4\train\n", 1, "is no time"),
        ("0.5\t0.5\t\n", 1, "label is empty"),
        ("0.5\t0.5\train strength=2\n", 1, "outside"),
        ("0.5\t0.5\train pan=0 pan=1\n", 1, "pan comes twice"),
        ("0.5\t0.5\train pan=left\n", 1, "is not a number"),
    ],
)
def test_bad_labels_are_refused_by_line(tmp_path: Path, text: str, line: int, reason: str):
    (tmp_path / "bad.txt").write_text(text)
    with pytest.raises(CueError, match=reason) as error:
        read_cues(tmp_path / "bad.txt")
    assert f"bad.txt, line {line}:" in str(error.value)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ('{"cues": [\n', "line 2: is not JSON"),
        ("[1]", "no list 'cues'"),
        ('{"cues": []}', "no duration_s"),
        ('{"version": 3, "duration_s": 1, "cues": []}', "version 3"),
        (
            '{"duration_s": 1, "cues": [{"start_s": 0, "label": "rain"}, {"label": "rain"}]}',
            "cue 2: start_s is missing",
        ),
        ('{"duration_s": 1, "cues": [{"start_s": 0, "label": "rain", "x": 1}]}', "cue 1: unknown field 'x'"),
        ('{"duration_s": 1, "cues": [3]}', "cue 1: 3 is not a set"),
        ('{"duration_s": 1, "cues": [{"start_s": 0, "label": "a", "duration_s": 1, "envelope": 2}]}', "cue 1: "),
        ('{"duration_s": 1, "cues": [{"start_s": 5, "label": "rain"}]}', "past the end"),
        ("[" * 100_000, "nested too deeply|not JSON"),
    ],
)
def test_bad_json(tmp_path: Path, text: str, reason: str):
    (tmp_path / "bad.json").write_text(text)
    with pytest.raises(CueError, match=reason) as error:
        read_cues(tmp_path / "bad.json")
    assert "bad.json" in str(error.value)


def test_every_cue_is_found_in_its_file(tmp_path: Path):
    table = "start_s,label,id\n2,rain,c1\n1,rain,\n\n2,clock,c1\n0.5,fire,k\n"
    (tmp_path / "a.csv").write_text(table)
    assert cue_places(tmp_path / "a.csv") == {"k": "line 6", "c2": "line 3", "c1": "line 2", "c3": "line 5"}
    (tmp_path / "a.txt").write_text("2\t2\train\n1\t1\tclock\n\\\t1\t2\n1\t2\tfire\n")
    assert cue_places(tmp_path / "a.txt") == {"c1": "line 2", "c2": "line 4", "c3": "line 1"}
    write_cues(SHEET, tmp_path / "a.mid")
    assert set(cue_places(tmp_path / "a.mid").values()) == {"note at 0.500 s", "note at 1.250 s"}
    write_cues(SHEET, tmp_path / "a.json")
    assert cue_places(tmp_path / "a.json") == {}


def test_what_text_labels_cannot_hold_is_refused_not_lost():
    for cue in (Cue(0.5, "a:b"), Cue(0.5, "rain pan=1"), Cue(0.5, "rain", variant="x strength=0.5")):
        for write in (to_audacity, to_midi):
            with pytest.raises(CueError, match="use JSON or CSV"):
                write(CueSheet((cue,), 1.0))


def test_midi_is_what_it_says():
    file = mido.MidiFile(file=io.BytesIO(to_midi(SHEET)))
    assert [t.name for t in file.tracks[1:]] == ["dog bark", "footsteps"]
    played = [m for m in file.tracks[2] if m.type == "note_on"]
    assert {m.note for m in played} == {41}
    assert [m.velocity for m in played] == [1 + round(126 * 0.8), 127]
    assert file.length == pytest.approx(4.0)


def test_midi_of_another_program():
    file = mido.MidiFile(type=1, ticks_per_beat=480)
    tempo = mido.MidiTrack([mido.MetaMessage("set_tempo", tempo=1_000_000)])
    tempo.append(mido.MetaMessage("set_tempo", tempo=500_000, time=480))
    drums = mido.MidiTrack([mido.MetaMessage("track_name", name="door slam")])
    drums.append(mido.Message("note_on", note=100, velocity=64, time=240))
    drums.append(mido.Message("note_on", note=100, velocity=0, time=240))
    drums.append(mido.Message("note_on", note=100, velocity=127, time=480))
    drums.append(mido.Message("note_off", note=100, time=240))
    file.tracks += [tempo, drums]
    out = io.BytesIO()
    file.save(file=out)
    got = from_midi(out.getvalue(), duration_s=3.0)
    assert [(c.start_s, c.duration_s, c.label, c.strength) for c in got] == [
        (0.5, 0.5, "door slam", 0.5),
        (1.5, 0.25, "door slam", 1.0),
    ]


def test_midi_note_numbers_without_names():
    file = mido.MidiFile(ticks_per_beat=480)
    file.tracks.append(mido.MidiTrack([mido.Message("note_on", note=41, velocity=127, time=10)]))
    out = io.BytesIO()
    file.save(file=out)
    got = from_midi(out.getvalue(), duration_s=1.0)
    assert [c.label for c in got] == ["footsteps"]
    file.tracks[0][0].note = 3
    out = io.BytesIO()
    file.save(file=out)
    with pytest.raises(CueError, match=r"note 3 .* has no label"):
        from_midi(out.getvalue())


def test_many_at_once_in_midi():
    sheet = CueSheet(tuple(Cue(0.001 * i, "rain") for i in range(60)), 4.0)
    got = from_midi(to_midi(sheet))
    assert [c.start_s for c in got] == pytest.approx([c.start_s for c in sheet], abs=1 / 48_000)
    assert all(c.duration_s is None for c in got)


@pytest.mark.parametrize("data", [b"", b"MThd", b"hello" * 20, b"MThd\0\0\0\6\0\1\0\1\xe7\x28MTrk\0\0\0\0"])
def test_what_is_no_midi(tmp_path: Path, data: bytes):
    (tmp_path / "bad.mid").write_bytes(data)
    with pytest.raises(CueError, match=r"bad\.mid") as error:
        read_cues(tmp_path / "bad.mid")
    assert "\n" not in str(error.value)


def test_files_that_are_not_cues(tmp_path: Path):
    with pytest.raises(CueError, match="cannot be read"):
        read_cues(tmp_path / "gone.csv")
    (tmp_path / "a.xml").write_text("")
    with pytest.raises(CueError, match="no cue format"):
        read_cues(tmp_path / "a.xml")
    with pytest.raises(CueError, match="no cue format"):
        write_cues(SHEET, tmp_path / "b.xml")
    (tmp_path / "latin.csv").write_bytes("start_s,label\n1,Tür\n".encode("latin1"))
    with pytest.raises(CueError, match="not UTF-8"):
        read_cues(tmp_path / "latin.csv")


def test_writing_is_whole_or_absent(tmp_path: Path):
    path = tmp_path / "a.csv"
    path.write_text("mine")
    with pytest.raises(OutputError, match="exists already"):
        write_cues(SHEET, path, overwrite=False)
    with pytest.raises(CueError, match="use JSON or CSV"):
        write_cues(CueSheet((Cue(0.5, "a:b"),), 1.0), tmp_path / "b.txt")
    assert path.read_text() == "mine"
    assert [p.name for p in tmp_path.iterdir()] == ["a.csv"]
    write_cues(SHEET, path)
    assert json.loads(to_json(read_cues(path)))["duration_s"] == 4.0
