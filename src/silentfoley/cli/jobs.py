"""Which input becomes which outputs, decided and checked before the slow part."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from silentfoley.cli.console import UsageError
from silentfoley.errors import MediaError, OutputError

#: Containers we write; others become ``.mp4``.
CONTAINERS = (".mp4", ".mov", ".m4v", ".mkv", ".webm")
#: What the main output may be.
TARGETS = (*CONTAINERS, ".wav")
#: What a cue sheet may be.
SHEETS = (".json", ".csv", ".txt", ".mid", ".midi")
#: Files taken from a folder.
INPUTS = (*CONTAINERS, ".avi", ".mpg", ".mpeg", ".ts", ".flv", ".wmv", ".3gp", ".ogv")
#: What ``--help`` says of inputs.
INPUTS_HELP = (
    "videos or folders (neither what is below them nor, in them, a NAME_foley beside its NAME: an earlier output)"
)

#: Name of the clip that is made when none is given, and of what it becomes.
DEMO_SILENT, DEMO = "silentfoley_demo_silent.mp4", "silentfoley_demo.mp4"


@dataclass(frozen=True)
class Job:
    """One input with its outputs.

    Attributes:
        source: the video.
        target: the video or WAV to write.
        sheet, plot: cue sheet and PNG to write, or None.
        stems: folder for one WAV per class, or None.
        own: the target has a name of our choosing and may be replaced.
    """

    source: Path
    target: Path
    sheet: Path | None = None
    plot: Path | None = None
    stems: Path | None = None
    own: bool = False

    def files(self) -> Iterator[tuple[Path, tuple[str, ...]]]:
        """Outputs whose names are known beforehand, with the suffixes they may have."""
        yield self.target, TARGETS
        if self.sheet is not None:
            yield self.sheet, SHEETS
        if self.plot is not None:
            yield self.plot, (".png",)


class SheetJob(Job):
    """A job without a video: ``source`` is the sheet that is performed, ``target`` a WAV."""


class DemoJob(Job):
    """A job whose ``source`` is drawn before it is looked at."""


class CuesJob(Job):
    """A video whose sheet is written: ``target``."""

    def files(self) -> Iterator[tuple[Path, tuple[str, ...]]]:
        """The sheet."""
        yield self.target, SHEETS


def plan_jobs(inputs: Sequence[Path], out: Path | None) -> list[Job]:
    """Pair inputs with outputs.

    One file goes to ``out``, or into it if it is a folder, or beside itself as ``NAME_foley``. Several files and
    folders go into ``out``, which is then a folder, under their own stems. What came of earlier runs is left out
    (:func:`earlier_outputs`).

    Args:
        inputs: files and folders.
        out: file or folder.

    Raises:
        UsageError: if ``out`` is missing or names a file though there are several inputs.
        MediaError: for a missing input or an empty folder.
        OutputError: if two inputs would share an output, or an input would be overwritten.
    """
    many = is_many(inputs)
    if many and out is None:
        raise UsageError("--output", "is missing for several inputs", "name a folder with -o")
    if many:
        _check_folder_meant(out, TARGETS)
    jobs = [Job(file, _target(file, out, many=many)) for file in _sources(inputs, out)]
    _check_clashes(jobs)
    return jobs


def plan_cues(inputs: Sequence[Path], out: Path | None) -> list[CuesJob]:
    """Pair videos with the sheets to write of them.

    One video's goes to ``out``; that of several, or of any if ``out`` is a folder, into it as ``NAME.json``. Without
    ``out`` they lie beside the videos, where ``generate --cues FOLDER`` finds them. Inputs are taken as
    :func:`plan_jobs` takes them.

    Raises:
        UsageError: if ``out`` names a file though there are several inputs.
        MediaError: for an empty folder.
        OutputError: if two inputs would share a sheet.
    """
    many = is_many(inputs)
    jobs = [CuesJob(file, _sheet_target(file, out, many=many)) for file in _sources(inputs, out)]
    if many:
        _check_folder_meant(out, SHEETS)
        _check_clashes(jobs)
    return jobs


def is_many(inputs: Sequence[Path]) -> bool:
    """Whether outputs go into a folder and a failure concerns one of many."""
    return len(inputs) > 1 or any(p.is_dir() for p in inputs)


def earlier_outputs(inputs: Sequence[Path], out: Path | None) -> list[Path]:
    """What :func:`plan_jobs` takes for outputs of earlier runs, and leaves out.

    In a folder a ``NAME_foley`` beside the NAME it is made of, told by the name that is given here, its container too,
    and the demo by its own; unless it is named itself. Among several inputs the folder ``out``, which ``IN/*`` finds,
    if it holds nothing but what the others become.
    """
    folders = [path for path in inputs if _holds_outputs(path, inputs, out)]
    files = {file for path in inputs if path.is_dir() for file in _made(_videos(path))}
    return [*folders, *sorted(files - set(inputs))]


def with_sides(
    jobs: Sequence[Job], *, many: bool, sheet: Path | None = None, plot: Path | None = None, stems: Path | None = None
) -> list[Job]:
    """The jobs with their side outputs: the paths themselves, or folders of them where there are many inputs."""
    if not many:
        return [replace(job, sheet=sheet, plot=plot, stems=stems) for job in jobs]
    out = [
        replace(
            job,
            sheet=None if sheet is None else sheet / f"{job.source.stem}.json",
            plot=None if plot is None else plot / f"{job.source.stem}.png",
            stems=None if stems is None else stems / job.source.stem,
        )
        for job in jobs
    ]
    _check_clashes(out)
    return out


def check_job(job: Job, *, overwrite: bool = False) -> None:
    """Refuse outputs that cannot, or must not, be written. Nothing is made.

    Raises:
        OutputError: if an output has a suffix we do not write, is a folder or the input, exists and must not be
            replaced, or lies where no folder can be made.
    """
    paths = [path for path, _ in job.files()]
    for path, suffixes in job.files():
        replaced = overwrite or (job.own and path == job.target)
        _check_file(path, suffixes, job.source, overwrite=replaced)
        if paths.count(path) > 1:
            raise OutputError(path, "would hold two outputs", "name each its own")
    if job.stems is not None:
        _check_folder(job.stems)


def check_sheet(path: Path, source: Path, *, overwrite: bool = False) -> None:
    """Refuse a cue sheet that cannot, or must not, be written. Nothing is made.

    Raises:
        OutputError: as :func:`check_job`.
    """
    _check_file(path, SHEETS, source, overwrite=overwrite)


def _check_file(path: Path, suffixes: tuple[str, ...], source: Path, *, overwrite: bool) -> None:
    if path.suffix.lower() not in suffixes:
        raise OutputError(path, f"suffix {path.suffix!r} is not written", f"use one of {', '.join(suffixes)}")
    if path.is_dir():
        raise OutputError(path, "is a folder", "name a file")
    if path.exists() and source.exists() and path.samefile(source):
        raise OutputError(path, "is the input itself", "name another output")
    if path.exists() and not overwrite:
        raise OutputError(path, "exists", "pass --overwrite or name another output")
    _check_folder(path.parent)


def _check_folder(folder: Path) -> None:
    """The folder, or the nearest one above it that is there, can be written to."""
    there = next((p for p in (folder, *folder.parents) if p.exists()), Path())
    if not there.is_dir():
        raise OutputError(folder, f"cannot be made: {there} is a file", "choose another folder")
    if not os.access(there, os.W_OK):
        raise OutputError(folder, f"cannot be written: {there} is read-only", "choose another folder")


def _check_clashes(jobs: Sequence[Job]) -> None:
    taken: dict[Path, Path] = {}
    for job in jobs:
        outputs = [path for path, _ in job.files()]
        for path in [*outputs, job.stems] if job.stems is not None else outputs:
            if path in taken and taken[path] != job.source:
                raise OutputError(path, f"would hold both {taken[path]} and {job.source}", "rename one of them")
            taken[path] = job.source
        if job.target.exists() and job.source.exists() and job.target.samefile(job.source):
            raise OutputError(job.target, "is the input itself", "name another output with -o")


def _check_folder_meant(out: Path | None, suffixes: tuple[str, ...]) -> None:
    if out is not None and not out.is_dir() and (out.exists() or out.suffix.lower() in suffixes):
        raise UsageError(out, "names a file, but there are several inputs", "name a folder with -o")


def _sources(inputs: Sequence[Path], out: Path | None) -> list[Path]:
    return [file for path in inputs if not _holds_outputs(path, inputs, out) for file in _files(path)]


def _files(path: Path) -> list[Path]:
    if not path.is_dir():
        return [path]
    videos = _videos(path)
    files = sorted(videos - _made(videos))
    if not files:
        raise MediaError(
            path, "holds no video of its own", f"name files ({path}/*/*.mp4) or a folder of {', '.join(INPUTS)}"
        )
    return files


def _videos(folder: Path) -> set[Path]:
    # Dot files are what file managers and unfinished copies leave.
    return {p for p in folder.iterdir() if p.is_file() and p.suffix.lower() in INPUTS and not p.name.startswith(".")}


def _made(videos: set[Path]) -> set[Path]:
    """Those that the others become. Never all of them: the shortest name is nobody's output."""
    names = {_target(video, None, many=False) for video in videos}
    return videos & (names | {video.with_name(DEMO) for video in videos if video.name == DEMO_SILENT})


def _holds_outputs(path: Path, inputs: Sequence[Path], out: Path | None) -> bool:
    """``IN/* -o IN/out`` and nothing else: a folder named among folders is meant, whatever its videos are called."""
    if out is None or not (path.is_dir() and out.is_dir() and path.samefile(out)):
        return False
    others = [p for p in inputs if p.resolve() != path.resolve()]
    beside = out.resolve().parent
    if others and not _videos(path):
        return True
    if not others or any(not p.is_file() or p.resolve().parent != beside for p in others):
        return False
    names = {_target(file, out, many=True).name for other in others for file in _files(other)}
    return {video.name for video in _videos(path)} <= names


def _target(file: Path, out: Path | None, *, many: bool) -> Path:
    container = file.suffix if file.suffix.lower() in CONTAINERS else ".mp4"
    if out is None:
        return file.with_name(f"{file.stem}_foley{container}")
    return out / f"{file.stem}{container}" if many or _is_folder(out) else out


def _sheet_target(file: Path, out: Path | None, *, many: bool) -> Path:
    if out is None:
        return file.with_name(f"{file.stem}.json")
    # A folder may be called anything, but who writes x.csv means a sheet.
    into = many or (_is_folder(out) and out.suffix.lower() not in SHEETS)
    return out / f"{file.stem}.json" if into else out


def _is_folder(out: Path) -> bool:
    """It is one, or will be."""
    return out.is_dir() or (out.suffix == "" and not out.is_file())
