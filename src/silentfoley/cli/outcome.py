"""What came of the jobs: lines for people, JSON for scripts, an exit code for both."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from silentfoley.cli.console import FAILED, OK, PARTLY_FAILED, Bar, counted, note, say, say_json
from silentfoley.cli.jobs import Job
from silentfoley.errors import SilentFoleyError

if TYPE_CHECKING:
    from silentfoley.cues import CueSheet
    from silentfoley.perception import Perception

#: How it is said that outputs have no folder of their own.
BESIDE = "beside the videos"
#: Names of files left out that are shown.
_SHOWN = 3


@dataclass(frozen=True)
class Done:
    """What came of one job.

    Attributes:
        job: the job.
        cues: what was performed or written down.
        notes: what a person should know, a line each.
        perception: what was seen, or None if nothing was looked at.
        seconds: time taken.
        seed: what drew the take, or None if none was made.
    """

    job: Job
    cues: CueSheet
    notes: tuple[str, ...]
    perception: Perception | None
    seconds: float
    seed: int | None = None

    def to_dict(self) -> dict[str, Any]:
        """For ``--json``."""
        top = self.perception.top(3) if self.perception is not None else ()
        return {
            "input": str(self.job.source),
            "output": str(self.job.target),
            "duration_s": self.cues.duration_s,
            "cues": len(self.cues),
            "labels": list(self.cues.labels),
            "top": [[name, round(p, 4)] for name, p in top],
            "notes": list(self.notes),
            **({} if self.seed is None else {"seed": self.seed}),
            "seconds": round(self.seconds, 3),
        }


@dataclass(frozen=True)
class Failed:
    """Why one job came to nothing."""

    job: Job
    error: SilentFoleyError

    def __str__(self) -> str:
        """The error, which may be about an option: then with the file that it did not go with."""
        said = str(self.error)
        named = any(" ".join(name.split()) in f"{os.sep}{said}" for name in self._names())
        return said if named else f"{' '.join(str(self.job.source).split())}: {said}"

    def _names(self) -> Iterator[str]:
        """What the job is known by: its files, its folder of stems, a sheet of its name; "one of" is not one.mp4."""
        yield from map(str, (self.job.source, *(path for path, _ in self.job.files())))
        yield from (self.job.source.name, f"{os.sep}{self.job.source.stem}.")
        if self.job.stems is not None:
            yield f"{self.job.stems}{os.sep}"


def each(jobs: Sequence[Job], work: Callable[[Job], Done], progress: Bar) -> list[Done | Failed]:
    """Do every job; one that fails does not stop the rest."""
    outcomes: list[Done | Failed] = []
    for job in jobs:
        progress.move_to(len(outcomes), len(jobs), job.source.name)
        try:
            outcomes.append(work(job))
        except SilentFoleyError as error:
            outcomes.append(Failed(job, error))
        except (ArithmeticError, LookupError, OSError, RuntimeError, ValueError) as error:
            # A fault of ours on one file must not cost the others.
            cause = f"{type(error).__name__}: {error}"
            outcomes.append(Failed(job, SilentFoleyError(job.source, cause, "report it with: silentfoley info")))
    return outcomes


def report(
    outcomes: Sequence[Done | Failed],
    *,
    many: bool,
    as_json: bool,
    folder: Path | str,
    left_out: Sequence[Path] = (),
) -> int:
    """Say what happened.

    Args:
        outcomes: of every job.
        many: one line for all instead of one for the only job.
        as_json: JSON instead of the line; notes are part of it.
        folder: where the outputs of many went, or how that is said.
        left_out: files of folders that were taken for earlier outputs.

    Returns:
        the exit code.
    """
    done = [o for o in outcomes if isinstance(o, Done)]
    failed = [o for o in outcomes if isinstance(o, Failed)]
    if left_out and not as_json:
        note(_left_out(left_out))
    for line in () if as_json else (f"{d.job.source.name}: {text}" for d in done for text in d.notes):
        note(line)
    for bad in failed:
        note(f"error: {bad}")
    if as_json:
        say_json(_to_dict(done, failed, left_out) if many else done[0].to_dict())
    elif many:
        say(f"{folder}: {len(done)} of {counted(len(outcomes), 'file')} done, {len(failed)} failed")
    else:
        say(_line(done[0]))
    if not failed:
        return OK
    return PARTLY_FAILED if done else FAILED


def _left_out(files: Sequence[Path]) -> str:
    names = ", ".join(file.name for file in files[:_SHOWN]) + (", ..." if len(files) > _SHOWN else "")
    return f"left out {counted(len(files), 'earlier output')}: {names}; name a file to take it all the same"


def _to_dict(done: list[Done], failed: list[Failed], left_out: Sequence[Path]) -> dict[str, Any]:
    errors = [{"input": str(f.job.source), "error": str(f.error)} for f in failed]
    return {
        "done": [d.to_dict() for d in done],
        "failed": errors,
        "n_done": len(done),
        "n_failed": len(failed),
        "left_out": [str(file) for file in left_out],
    }


def _line(item: Done) -> str:
    return f"{item.job.target}: {summary(item.cues)}, took {item.seconds:.1f} s"


def summary(cues: CueSheet) -> str:
    """``3 cues (footsteps, rain)``."""
    return f"{counted(len(cues), 'cue')} ({', '.join(cues.labels) or 'silent'})"
