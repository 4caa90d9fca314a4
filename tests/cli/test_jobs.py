from __future__ import annotations

from pathlib import Path

import pytest

from silentfoley.cli.checks import check_job, check_sheet
from silentfoley.cli.console import UsageError
from silentfoley.cli.jobs import CuesJob, Job, SheetJob, plan_cues, plan_jobs, with_sides
from silentfoley.cli.outputs import all_or_none
from silentfoley.cli.sources import find_sources
from silentfoley.errors import MediaError, OutputError


def jobs_of(inputs: list[Path], out: Path | None) -> list[Job]:
    return plan_jobs(find_sources(inputs, out), out)


def cues_of(inputs: list[Path], out: Path | None) -> list[CuesJob]:
    return plan_cues(find_sources(inputs, out), out)


def left_out(inputs: list[Path], out: Path | None) -> list[Path]:
    return list(find_sources(inputs, out).left_out)


@pytest.fixture
def clips(tmp_path: Path) -> Path:
    folder = tmp_path / "in"
    folder.mkdir()
    for name in ("a.mp4", "b.mkv", "c.avi", "notes.txt", "._a.mp4"):
        (folder / name).write_bytes(b"x")
    return folder


def test_one_file_beside_itself(clips: Path) -> None:
    assert jobs_of([clips / "a.mp4"], None) == [Job(clips / "a.mp4", clips / "a_foley.mp4")]
    assert jobs_of([clips / "c.avi"], None) == [Job(clips / "c.avi", clips / "c_foley.mp4")], "avi becomes mp4"


def test_one_file_to_a_file_or_into_a_folder(clips: Path, tmp_path: Path) -> None:
    assert jobs_of([clips / "a.mp4"], tmp_path / "out.mov")[0].target == tmp_path / "out.mov"
    assert jobs_of([clips / "a.mp4"], tmp_path / "out.wav")[0].target == tmp_path / "out.wav"
    assert jobs_of([clips / "a.mp4"], tmp_path)[0].target == tmp_path / "a.mp4"
    assert jobs_of([clips / "a.mp4"], tmp_path / "new")[0].target == tmp_path / "new" / "a.mp4"


def test_folder_gives_folder_with_the_same_stems_and_leaves_dot_files(clips: Path, tmp_path: Path) -> None:
    jobs = jobs_of([clips], tmp_path / "out")
    assert [j.target for j in jobs] == [tmp_path / "out" / n for n in ("a.mp4", "b.mkv", "c.mp4")]


def test_several_inputs_without_an_output_lie_beside_themselves(clips: Path, tmp_path: Path) -> None:
    beside = [clips / name for name in ("a_foley.mp4", "b_foley.mkv", "c_foley.mp4")]
    assert [job.target for job in jobs_of([clips], None)] == beside
    _made(beside[0])
    assert [job.target for job in jobs_of([clips], None)] == beside, "again: what came of it is left out"
    with pytest.raises(OutputError, match=r"a_foley\.mp4: is an input, and a\.mp4 becomes it; name a folder with -o"):
        jobs_of(sorted(clips.glob("*.mp4")), None)
    assert jobs_of(sorted(clips.glob("*.mp4")), tmp_path / "out")


def test_several_inputs_need_no_file(clips: Path, tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    for out in (tmp_path / "file", tmp_path / "new.mp4", tmp_path / "new.wav"):
        with pytest.raises(UsageError, match="names a file, but there are several inputs"):
            jobs_of([clips], out)


def test_side_outputs_are_paths_of_one_and_folders_of_many(clips: Path, tmp_path: Path) -> None:
    (one,) = with_sides(jobs_of([clips / "a.mp4"], None), many=False, sheet=tmp_path / "x.csv")
    assert (one.sheet, one.plot, one.stems) == (tmp_path / "x.csv", None, None)
    many = with_sides(jobs_of([clips], tmp_path / "out"), many=True, sheet=tmp_path / "s", stems=tmp_path / "w")
    assert [j.sheet for j in many] == [tmp_path / "s" / f"{n}.json" for n in "abc"]
    assert [j.stems for j in many] == [tmp_path / "w" / n for n in "abc"]


def test_side_outputs_of_many_need_no_file(clips: Path, tmp_path: Path) -> None:
    jobs = jobs_of([clips], tmp_path / "out")
    file = _made(tmp_path / "file")
    for side, option in (("sheet", "--save-cues"), ("plot", "--plot")):
        suffix = {"sheet": "csv", "plot": "PNG"}[side]
        for out in (file, tmp_path / f"s.{suffix}"):
            with pytest.raises(UsageError, match=f"names a file, but .* several inputs; name a folder with {option}"):
                with_sides(jobs, many=True, **{side: out})
        (tmp_path / f"s.{suffix}").mkdir()
        assert with_sides(jobs, many=True, **{side: tmp_path / f"s.{suffix}"}), "there it is a folder"


def test_no_sound_lies_among_the_stems_of_another(clips: Path, tmp_path: Path) -> None:
    for suffix, stems in ((".mp4", tmp_path), (".wav", tmp_path / "w")):
        jobs = plan_jobs(find_sources([clips], tmp_path / "b"), tmp_path / "b", suffix)
        assert with_sides(jobs, many=True, stems=stems)
    with pytest.raises(
        OutputError, match=r"a\.wav: would lie among the stems of .*b\.mkv; name another folder with --st"
    ):
        with_sides(jobs, many=True, stems=tmp_path)


def test_a_job_stays_of_its_kind_with_sides(tmp_path: Path) -> None:
    job = SheetJob(tmp_path / "a.csv", tmp_path / "a.wav")
    (with_plot,) = with_sides([job], many=False, plot=tmp_path / "p.png")
    assert with_plot == SheetJob(job.source, job.target, plot=tmp_path / "p.png")
    assert with_plot != Job(job.source, job.target, plot=tmp_path / "p.png")


def test_existing_output_is_kept(clips: Path, tmp_path: Path) -> None:
    (tmp_path / "out.mp4").write_bytes(b"precious")
    job = Job(clips / "a.mp4", tmp_path / "out.mp4")
    with pytest.raises(OutputError, match="exists; pass --overwrite"):
        check_job(job)
    check_job(job, overwrite=True)
    check_job(Job(clips / "a.mp4", tmp_path / "out.mp4", own=True))
    with pytest.raises(OutputError, match="exists; pass --overwrite"):
        check_job(Job(clips / "a.mp4", tmp_path / "new.mp4", plot=_made(tmp_path / "p.png"), own=True))


def _made(path: Path) -> Path:
    path.write_bytes(b"x")
    return path


def test_outputs_that_cannot_be(clips: Path, tmp_path: Path) -> None:
    source, file = clips / "a.mp4", _made(tmp_path / "file")
    bad = {
        Job(source, tmp_path / "o.gif"): r"suffix '\.gif' cannot be written; use one of \.mp4",
        Job(source, tmp_path / "o.mp4", sheet=tmp_path / "s.xml"): r"suffix '\.xml'",
        Job(source, tmp_path / "o.mp4", plot=tmp_path / "p.jpg"): r"suffix '\.jpg' cannot be written; use one of \.png",
        Job(source, clips / "sub.mp4"): "is a folder; name a file",
        Job(source, file / "deep" / "o.mp4"): r"deep: cannot be made: .*file is a file",
        Job(source, tmp_path / "o.mp4", stems=file): r"cannot be made: .*file is a file",
        Job(source, tmp_path / "o.wav", stems=tmp_path / "o.wav"): r"o\.wav: would be both a file and the folder of",
    }
    (clips / "sub.mp4").mkdir()
    for job, message in bad.items():
        with pytest.raises(OutputError, match=message):
            check_job(job)
    with pytest.raises(OutputError, match="is the input itself"):
        check_sheet(_made(tmp_path / "v.csv"), tmp_path / "v.csv", overwrite=True)


def test_input_is_never_its_own_output(clips: Path, tmp_path: Path) -> None:
    (tmp_path / "link.mp4").symlink_to(clips / "a.mp4")
    for out in (clips / "a.mp4", tmp_path / "link.mp4"):
        with pytest.raises(OutputError, match="is the input itself"):
            jobs_of([clips / "a.mp4"], out)
    with pytest.raises(OutputError, match="is the input itself"):
        jobs_of([clips], clips)


def test_two_inputs_of_one_stem_clash(clips: Path, tmp_path: Path) -> None:
    (clips / "a.avi").write_bytes(b"x")
    with pytest.raises(OutputError, match="would hold both"):
        jobs_of([clips], tmp_path / "out")
    (clips / "a.avi").rename(clips / "b.mov")
    jobs = jobs_of([clips], tmp_path / "out")
    with pytest.raises(OutputError, match=r"b\.json: would hold both"):
        with_sides(jobs, many=True, sheet=tmp_path / "sheets")


def test_earlier_outputs_of_a_folder_are_no_sources(clips: Path, tmp_path: Path) -> None:
    made = [clips / name for name in ("a_foley.mp4", "b_foley.mkv", "c_foley.mp4", "a_foley_foley.mp4")]
    made.append(clips / "silentfoley_demo.mp4")
    others = [clips / name for name in ("b_foley.mp4", "lone_foley.mp4", "silentfoley_demo_silent.mp4")]
    for path in (*made, *others):
        _made(path)
    taken = [job.source for job in jobs_of([clips], tmp_path / "out")]
    assert taken == sorted([clips / "a.mp4", clips / "b.mkv", clips / "c.avi", *others]), "b.mkv never becomes .mp4"
    assert left_out([clips], None) == sorted(made)
    # Who names one means it.
    assert jobs_of([made[0]], None) == [Job(made[0], clips / "a_foley_foley.mp4")]
    assert made[0] in [job.source for job in jobs_of([clips, made[0]], tmp_path / "out")]
    assert left_out([clips, made[0]], None) == sorted(made[1:])


def test_the_output_folder_among_the_inputs_is_no_input(clips: Path) -> None:
    out = clips / "out"
    inputs = [clips / "a.mp4", clips / "b.mkv", out]
    first = jobs_of(inputs[:2], out)
    out.mkdir()
    for job in first:
        _made(job.target)
    assert jobs_of(inputs, out) == first, "IN/* finds the folder that the first run has made"
    assert left_out(inputs, out) == [out]
    with pytest.raises(OutputError, match="is the input itself"):
        jobs_of([out], out)
    _made(out / "somebody's.mp4")
    assert left_out(inputs, out) == []
    with pytest.raises(OutputError, match="would hold both"):
        jobs_of(inputs, out)


def test_a_folder_among_folders_is_meant_though_it_is_the_output(clips: Path, tmp_path: Path) -> None:
    other = tmp_path / "day2"
    other.mkdir()
    _made(other / "a.mp4")
    assert left_out([clips, other], other) == []
    with pytest.raises(OutputError, match="would hold both"):
        jobs_of([clips, other], other)


def test_sheets_of_videos(clips: Path, tmp_path: Path) -> None:
    one = clips / "a.mp4"
    assert cues_of([one], tmp_path / "x.csv") == [CuesJob(one, tmp_path / "x.csv")]
    assert cues_of([one], tmp_path) == cues_of([one], tmp_path / "a.json") == [CuesJob(one, tmp_path / "a.json")]
    assert cues_of([one], None) == [CuesJob(one, clips / "a.json")]
    assert [j.target for j in cues_of([clips], None)] == [clips / f"{n}.json" for n in "abc"]
    assert [j.target for j in cues_of([clips], tmp_path / "s")] == [tmp_path / "s" / f"{n}.json" for n in "abc"]
    _made(clips / "a_foley.mp4")
    (clips / "s").mkdir()
    assert [j.source.stem for j in cues_of([clips, clips / "s"], clips / "s")] == ["a", "b", "c"]
    (tmp_path / "d.csv").mkdir()
    assert cues_of([one], tmp_path / "d.csv")[0].target == tmp_path / "d.csv", "is refused later, in one voice"
    for out in ("x.csv", "x.JSON"):
        with pytest.raises(UsageError, match="names a file, but there are several inputs"):
            cues_of([clips], tmp_path / out)
    _made(clips / "a.mov")
    with pytest.raises(OutputError, match="would hold both"):
        cues_of([clips], None)
    with pytest.raises(OutputError, match=r"suffix '\.wav' cannot be written"):
        check_job(CuesJob(one, tmp_path / "x.wav"))


def test_missing_input_beside_an_existing_output(clips: Path) -> None:
    assert jobs_of([clips / "gone.mp4"], clips / "a.mp4"), "who is missing is said later, in one voice"


def test_empty_folder(tmp_path: Path) -> None:
    with pytest.raises(MediaError, match="holds no video"):
        jobs_of([tmp_path], tmp_path / "out")


def test_all_or_none_removes_only_what_is_new(tmp_path: Path) -> None:
    old, new, deep = _made(tmp_path / "old"), tmp_path / "new", tmp_path / "a" / "b" / "deep"

    def work() -> None:
        with all_or_none([old, new, deep]):
            for path in (old, new, deep):
                path.write_bytes(b"written")
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        work()
    assert list(tmp_path.iterdir()) == [old]
    with all_or_none([deep]):
        deep.write_bytes(b"y")
    assert deep.is_file()


def test_what_is_named_twice_is_taken_once(clips: Path, tmp_path: Path) -> None:
    named = [clips / "b.mkv", clips, clips / "a.mp4", clips / "b.mkv"]
    assert [job.source.name for job in jobs_of(named, tmp_path / "out")] == ["b.mkv", "a.mp4", "c.avi"]


def test_one_file_named_twice_is_one(clips: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(clips)
    one = find_sources([Path("a.mp4"), Path("a.mp4"), clips / "a.mp4", Path("../in/a.mp4")], None)
    assert (one.files, one.many) == ((Path("a.mp4"),), False)
    Path("link.mp4").symlink_to("a.mp4")
    assert find_sources([Path("a.mp4"), Path("link.mp4")], None).many, "it becomes another output"
    assert jobs_of([Path("a.mp4"), clips / "a.mp4"], tmp_path / "x.mov") == [Job(Path("a.mp4"), tmp_path / "x.mov")]


def test_an_output_named_as_a_folder_is_one(clips: Path, tmp_path: Path) -> None:
    for name in ("out.v2", "out.mp4", "out.csv"):
        out = tmp_path / name
        sources = find_sources([clips / "a.mp4"], out, out_is_folder=True)
        assert (plan_jobs(sources, out)[0].target, sources.many) == (out / "a.mp4", False)
        assert plan_cues(sources, out)[0].target == out / "a.json"
        many = find_sources([clips], out, out_is_folder=True)
        assert [job.target for job in plan_jobs(many, out)] == [out / n for n in ("a.mp4", "b.mkv", "c.mp4")]
        assert plan_cues(many, out)[0].target == out / "a.json"
    file = _made(tmp_path / "file")
    with pytest.raises(UsageError, match="names a file"):
        plan_jobs(find_sources([clips], file, out_is_folder=True), file)
    (job,) = plan_jobs(find_sources([clips / "a.mp4"], file, out_is_folder=True), file)
    with pytest.raises(OutputError, match=r"cannot be made: .*file is a file"):
        check_job(job)
