"""Which input becomes which outputs."""

from __future__ import annotations

from collections.abc import Container, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from silentfoley.cli.console import UsageError
from silentfoley.cli.names import PLOTS, SHEETS, TARGETS, plot_of, sheet_of, target_of
from silentfoley.cli.sources import Sources
from silentfoley.errors import OutputError


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
            yield self.plot, PLOTS


class SheetJob(Job):
    """A job without a video: ``source`` is the sheet that is performed, ``target`` a WAV."""


class DemoJob(Job):
    """A job whose ``source`` is drawn before it is looked at."""


class CuesJob(Job):
    """A video whose sheet is written: ``target``."""

    def files(self) -> Iterator[tuple[Path, tuple[str, ...]]]:
        """The sheet."""
        yield self.target, SHEETS


def plan_jobs(sources: Sources, out: Path | None, suffix: str | None = None) -> list[Job]:
    """Pair videos with outputs.

    One file goes to ``out``, or into it if it is a folder. Several files and folders go into ``out``, which is then a
    folder, under their own stems. Without ``out`` each lies beside its video as ``NAME_foley``.

    Args:
        sources: the videos.
        out: file or folder.
        suffix: of files whose names are ours; None for the videos' own containers.

    Raises:
        UsageError: if ``out`` names a file though there are several inputs.
        OutputError: if two inputs would share an output, or an input would be overwritten.
    """
    if sources.many:
        _check_folder_meant(out, () if sources.out_is_folder else TARGETS)
    jobs = [Job(file, target_of(file, out, into=sources.into, suffix=suffix)) for file in sources.files]
    _check_clashes(jobs)
    return jobs


def plan_cues(sources: Sources, out: Path | None, suffix: str = ".json") -> list[CuesJob]:
    """Pair videos with the sheets to write of them.

    One video's goes to ``out``; that of several, or of any if ``out`` is a folder, into it as ``NAME`` and ``suffix``.
    Without ``out`` they lie beside the videos, where ``generate --cues FOLDER`` finds them.

    Raises:
        UsageError: if ``out`` names a file though there are several inputs.
        OutputError: if two inputs would share a sheet.
    """
    jobs = [CuesJob(file, sheet_of(file, out, into=sources.into, suffix=suffix)) for file in sources.files]
    if sources.many:
        _check_folder_meant(out, () if sources.out_is_folder else SHEETS)
        _check_clashes(jobs)
    return jobs


def with_sides(
    jobs: Sequence[Job],
    *,
    many: bool,
    sheet: Path | None = None,
    plot: Path | None = None,
    stems: Path | None = None,
    folders: Container[str] = (),
    suffix: str = ".json",
) -> list[Job]:
    """The jobs with their side outputs: the paths themselves, or in folders, as where there are many inputs.

    Args:
        jobs: of the inputs.
        many: there are several, or a folder was named.
        sheet, plot, stems: what was named, or None.
        folders: ``"sheet"`` and ``"plot"`` are in it if they were named as folders.
        suffix: of sheets in folders.

    Raises:
        UsageError: if one names a file though there are several inputs.
        OutputError: if two inputs would share an output.
    """
    sheets_into, plots_into = "sheet" in folders, "plot" in folders
    if many:
        _check_folder_meant(sheet, () if sheets_into else SHEETS, "--save-cues")
        _check_folder_meant(plot, () if plots_into else PLOTS, "--plot")
    out = [
        replace(
            job,
            sheet=None if sheet is None else sheet_of(job.source, sheet, into=many or sheets_into, suffix=suffix),
            plot=None if plot is None else plot_of(job.source, plot, into=many or plots_into),
            stems=stems / job.source.stem if many and stems is not None else stems,
        )
        for job in jobs
    ]
    if many:
        _check_clashes(out)
        _check_apart_from_stems(out)
    return out


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
    inputs = {job.source.resolve() for job in jobs}
    for job in jobs:
        if job.target.resolve() in inputs:
            raise OutputError(job.target, f"is an input, and {job.source.name} becomes it", "name a folder with -o")


def _check_apart_from_stems(jobs: Sequence[Job]) -> None:
    """Stems are called after what is heard in them, which nobody knows yet: a sound among another's may be one."""
    owners = {job.stems.resolve(): job.source for job in jobs if job.stems is not None}
    for job in jobs if owners else ():
        owner = owners.get(job.target.parent.resolve(), job.source)
        if owner != job.source and job.target.suffix.lower() == ".wav":
            raise OutputError(job.target, f"would lie among the stems of {owner}", "name another folder with --stems")


def _check_folder_meant(out: Path | None, suffixes: tuple[str, ...], option: str = "-o") -> None:
    if out is not None and not out.is_dir() and (out.exists() or out.suffix.lower() in suffixes):
        raise UsageError(out, "names a file, but there are several inputs", f"name a folder with {option}")
