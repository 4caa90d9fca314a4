"""Which input becomes which output, decided and checked before the slow part."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from silentfoley.errors import MediaError, OutputError

#: Containers we write; others become ``.mp4``.
CONTAINERS = (".mp4", ".mov", ".m4v", ".mkv", ".webm")
#: Files taken from a folder.
INPUTS = (*CONTAINERS, ".avi", ".mpg", ".mpeg", ".ts", ".flv", ".wmv", ".3gp", ".ogv")


@dataclass(frozen=True)
class Job:
    """One input with its output."""

    source: Path
    target: Path


def plan_jobs(inputs: Sequence[Path], out: Path | None, *, suffix: str = "", overwrite: bool = False) -> list[Job]:
    """Pair inputs with outputs.

    One file goes to ``out``, or into it if it is a folder, or beside itself as ``NAME_foley``. Several files and
    folders go into ``out``, which is then a folder, under their own stems.

    Args:
        inputs: files and folders.
        out: file or folder.
        suffix: of the outputs; empty keeps the input's container.
        overwrite: existing outputs may be replaced.

    Raises:
        MediaError: for a missing input or an empty folder.
        OutputError: if two inputs would share an output, an output exists, or an input would be overwritten.
    """
    many = len(inputs) > 1 or any(p.is_dir() for p in inputs)
    files = [file for path in inputs for file in _files(path)]
    if many and out is None:
        raise OutputError("--output", "is missing for several inputs", "name a folder with -o")
    if many and out is not None and out.exists() and not out.is_dir():
        raise OutputError(out, "is a file, but there are several inputs", "name a folder")
    jobs = [Job(file, _target(file, out, many=many, suffix=suffix)) for file in files]
    taken: dict[Path, Path] = {}
    for job in jobs:
        if job.target in taken:
            raise OutputError(job.target, f"would hold both {taken[job.target]} and {job.source}", "rename one of them")
        taken[job.target] = job.source
        if job.target.exists() and job.target.samefile(job.source):
            raise OutputError(job.target, "is the input itself", "name another output with -o")
        if job.target.exists() and not overwrite and not many:
            raise OutputError(job.target, "exists", "pass --overwrite or name another output")
    return jobs


def _files(path: Path) -> list[Path]:
    if not path.is_dir():
        return [path]
    files = sorted(p for p in path.iterdir() if p.is_file() and p.suffix.lower() in INPUTS)
    if not files:
        raise MediaError(path, "holds no video", f"put files in it that end in {', '.join(INPUTS)}")
    return files


def _target(file: Path, out: Path | None, *, many: bool, suffix: str) -> Path:
    container = suffix or (file.suffix if file.suffix.lower() in CONTAINERS else ".mp4")
    if out is None:
        return file.with_name(f"{file.stem}_foley{container}")
    if many or out.is_dir() or (out.suffix == "" and not out.is_file()):
        return out / f"{file.stem}{container}"
    return out
