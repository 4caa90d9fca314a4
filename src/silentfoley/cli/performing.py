"""One job of ``silentfoley generate``: a track made, and its outputs written together."""

from __future__ import annotations

import argparse
import time
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from silentfoley.cli.checks import check_job
from silentfoley.cli.jobs import Job, SheetJob
from silentfoley.cli.outcome import Done
from silentfoley.cli.outputs import all_or_none
from silentfoley.cli.sheet_edits import lost, rounded
from silentfoley.cli.sheets import Given, Sheets, doubled
from silentfoley.cli.silence import why_silent
from silentfoley.errors import CueError, LabelError, OutputError
from silentfoley.labels import known_spelling

if TYPE_CHECKING:
    from silentfoley.inference.foley import Foley
    from silentfoley.inference.track import FoleyTrack


def perform(foley: Foley, job: Job, sheets: Sheets, arguments: argparse.Namespace) -> Done:
    """Make and write what a job asks for.

    Raises:
        SilentFoleyError: if it cannot be done; then nothing is written.
    """
    started = time.perf_counter()
    file = sheets.file_of(job)
    check_job(job, overwrite=arguments.overwrite, given=file)
    given = _spelt(sheets.of(job), foley)
    try:
        track = _track(foley, job, given, arguments)
    except (CueError, LabelError) as error:
        if file is None:
            raise
        raise sheets.located(file, error) from None
    track = _remarked(track, foley, arguments)
    stems = _stem_files(job, track, overwrite=arguments.overwrite)
    if arguments.lufs is not None:
        track = track.mastered(arguments.lufs)
    with all_or_none([*(path for path, _ in job.files()), *stems]):
        _write(job, track, arguments)
    notes = (*track.notes, *_strays(job, stems), *_of_sheet(job, track))
    return Done(job, track.cues, notes, track.perception, time.perf_counter() - started, track.seed)


def _spelt(given: Given | None, foley: Foley) -> Given | None:
    """The sheet with classes as the model writes them, where a spreadsheet has capitalised them."""
    if given is None:
        return None
    cues = tuple(replace(c, label=known_spelling(c.label, foley.generator.labels)) for c in given.cues)
    return replace(given, cues=replace(given.cues, cues=cues))


def _track(foley: Foley, job: Job, given: Given | None, arguments: argparse.Namespace) -> FoleyTrack:
    if given is not None and isinstance(job, SheetJob):
        track = foley.perform(given.cues, variant=arguments.variant, seed=arguments.seed, room=arguments.room)
    else:
        track = foley.generate(
            job.source,
            cues=None if given is None else given.cues,
            label=arguments.label,
            variant=arguments.variant,
            seed=arguments.seed,
            room=arguments.room,
            pan_from_motion=arguments.pan_from_motion,
        )
    return track if given is None else replace(track, notes=(*given.notes, *track.notes))


def _remarked(track: FoleyTrack, foley: Foley, arguments: argparse.Namespace) -> FoleyTrack:
    """The track with a note on silence where the class was named, or on classes that its bank has no takes of."""
    label: str | None = arguments.label
    if label is not None and track.perception is not None and not len(track.cues):
        return replace(track, notes=(*track.notes, why_silent(track.perception, foley.settings, label)))
    recorded = getattr(foley.generator, "recorded", track.stem_labels)
    lacking = [label for label in track.stem_labels if label not in recorded]
    if not lacking:
        return track
    have, choose = ", ".join(recorded), "choose with --label" if arguments.cues is None else "edit the sheet"
    told = f"no takes of {', '.join(lacking)} in the bank: made by the model (it has {have}; {choose})"
    return replace(track, notes=(*track.notes, told))


def _stem_files(job: Job, track: FoleyTrack, *, overwrite: bool) -> list[Path]:
    """The stems to write; which there are is known only now.

    Raises:
        OutputError: if one is another output of the job, or exists and must not be replaced.
    """
    if job.stems is None:
        return []
    files = [job.stems / f"{label}.wav" for label in track.stem_labels]
    others = _resolved(job)
    for path in files:
        if path.resolve() in others:
            raise OutputError(path, "would hold two outputs", "name another folder with --stems, or another -o")
        if path.exists() and not overwrite:
            raise OutputError(path, "exists", "pass --overwrite or name another folder with --stems")
    return files


def _strays(job: Job, stems: list[Path]) -> tuple[str, ...]:
    """What is to be said of stems beside ours, of a run before the labels were edited: who adds up all hears them."""
    if job.stems is None or not job.stems.is_dir():
        return ()
    ours = {*_resolved(job), *(path.resolve() for path in stems)}
    others = ", ".join(path.name for path in sorted(job.stems.glob("*.wav")) if path.resolve() not in ours)
    return (f"{job.stems} also holds {others}: no part of this mix",) if others else ()


def _of_sheet(job: Job, track: FoleyTrack) -> tuple[str, ...]:
    """What is to be said of the sheet that was written."""
    if job.sheet is None:
        return ()
    return (*lost(track.cues, job.sheet), *doubled(job.sheet, job.source))


def _resolved(job: Job) -> set[Path]:
    """Outputs with names of their own, however they are spelled."""
    return {path.resolve() for path, _ in job.files()}


def _write(job: Job, track: FoleyTrack, arguments: argparse.Namespace) -> None:
    from silentfoley.cue_formats import write_cues

    overwrite = arguments.overwrite or job.own
    if job.sheet is not None:
        write_cues(rounded(track.cues), job.sheet)
    if job.stems is not None:
        track.save_stems(job.stems, overwrite=arguments.overwrite)
    if job.plot is not None:
        track.plot(job.plot)
    if job.target.suffix.lower() == ".wav":
        track.save(job.target, sample_rate_hz=arguments.rate, bits=arguments.bits or 16, overwrite=overwrite)
    else:
        track.mux(job.target, keep_original_db=arguments.keep_original, overwrite=overwrite)
