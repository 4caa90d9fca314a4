"""``silentfoley generate``: a silent video in, a video with sound out."""

from __future__ import annotations

import argparse
import time
from contextlib import nullcontext
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from silentfoley.cli.console import UsageError, bar, note
from silentfoley.cli.jobs import (
    DEMO,
    DEMO_SILENT,
    INPUTS_HELP,
    SHEETS,
    DemoJob,
    Job,
    SheetJob,
    check_job,
    earlier_outputs,
    is_many,
    plan_jobs,
    with_sides,
)
from silentfoley.cli.model import add_model_arguments, load_model
from silentfoley.cli.numbers import loudness, offset, rate, seed
from silentfoley.cli.outcome import Done, each, report
from silentfoley.cli.outputs import all_or_none
from silentfoley.errors import CueError, LabelError

# Frameworks are imported where the work begins: --help and wrong calls answer at once.
if TYPE_CHECKING:
    from silentfoley.cues import CueSheet
    from silentfoley.generators.rooms import Room
    from silentfoley.inference.foley import Foley
    from silentfoley.inference.track import FoleyTrack


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command's arguments."""
    parser.add_argument(
        "inputs",
        nargs="*",
        type=Path,
        metavar="IN",
        help=f"{INPUTS_HELP}; none: make a clip first, or perform --cues to a .wav",
    )
    parser.add_argument("-o", "--output", type=Path, help="file (.mp4 .mov .m4v .mkv .webm, or .wav) or folder")
    add_model_arguments(parser)
    parser.add_argument(
        "--cues", type=Path, metavar="FILE", help="perform this sheet (.json .csv .txt .mid), or NAME.* of this folder"
    )
    parser.add_argument(
        "--shift",
        type=offset,
        metavar="S",
        help="every cue of the sheet S seconds later (earlier if negative); refused where one would leave the video",
    )
    parser.add_argument("--bank", type=Path, metavar="DIR", help="perform with takes of this bank, where it has any")
    parser.add_argument("--variant", help="material or manner of cues that state none, such as gravel")
    parser.add_argument("--save-cues", type=Path, metavar="FILE", help="write the sheet (a folder if many inputs)")
    parser.add_argument("--stems", type=Path, metavar="DIR", help="write one WAV per class")
    parser.add_argument("--plot", type=Path, metavar="PNG", help="draw spectrogram and cues (a folder if many inputs)")
    parser.add_argument(
        "--pan-from-motion",
        action=argparse.BooleanOptionalAction,
        help="pan every cue to where something moves at its time, or none (default: as the model or the sheet says)",
    )
    parser.add_argument("--room", metavar="NAME", help="hear it in a room: booth, bathroom, living_room, hall, ...")
    parser.add_argument("--lufs", type=loudness, metavar="LUFS", help="master to this loudness, e.g. -23 (EBU R 128)")
    parser.add_argument("--seed", type=seed, default=0, help="draws the take (default 0)")
    parser.add_argument("--keep-original", type=float, metavar="DB", help="mix existing sound under at this level")
    parser.add_argument("--rate", type=rate, metavar="HZ", help="sample rate of a .wav output (default: the model's)")
    parser.add_argument("--bits", type=int, choices=(16, 24), help="of a .wav output (default 16)")
    parser.add_argument("--json", action="store_true", help="print the result as JSON")
    parser.add_argument("--overwrite", action="store_true", help="replace existing outputs")


def run(arguments: argparse.Namespace) -> int:
    """Do it."""
    jobs, many = _planned(arguments), is_many(arguments.inputs)
    left_out = earlier_outputs(arguments.inputs, arguments.output)
    _check_call(arguments, jobs)
    if not many:
        _check_single(jobs[0], arguments)
    sheets, arguments.room = _Sheets(arguments.cues, arguments.shift or 0.0), _room(arguments.room)
    makes_demo = isinstance(jobs[0], DemoJob)
    demo = all_or_none([jobs[0].source]) if makes_demo else nullcontext()
    with bar("loading the model", len(jobs)) as progress, demo:
        foley = _with_bank(load_model(arguments), arguments.bank)
        if makes_demo:
            _make_demo(jobs[0], arguments)
        progress.move_to(0, len(jobs), jobs[0].source.name)

        def work(job: Job) -> Done:
            return _one(foley, job, sheets, arguments)

        outcomes = each(jobs, work, progress) if many else [work(jobs[0])]
    return report(outcomes, many=many, as_json=arguments.json, folder=arguments.output, left_out=left_out)


def _with_bank(foley: Foley, folder: Path | None) -> Foley:
    """The model, with the bank's takes for the classes that it has any of.

    Raises:
        DataError: if there is no such bank, or it is empty.
    """
    if folder is None:
        return foley
    from silentfoley.generators.units import BankShelf
    from silentfoley.generators.with_bank import WithTakes

    return replace(foley, generator=WithTakes(BankShelf(folder), foley.generator), name=f"{foley.name} with {folder}")


def _planned(arguments: argparse.Namespace) -> list[Job]:
    return with_sides(
        plan_jobs(arguments.inputs, arguments.output) if arguments.inputs else [_without_input(arguments)],
        many=is_many(arguments.inputs),
        sheet=arguments.save_cues,
        plot=arguments.plot,
        stems=arguments.stems,
    )


def _without_input(arguments: argparse.Namespace) -> Job:
    """A sheet's sound, if one is given; the demo otherwise.

    Raises:
        UsageError: if sheets are given, but no sound is asked for: the demo is another's picture.
    """
    out = arguments.output or Path()
    if arguments.cues is not None and arguments.cues.is_file() and not out.is_dir() and out.suffix.lower() == ".wav":
        return SheetJob(arguments.cues, out)
    if arguments.cues is not None and arguments.cues.exists():
        raise UsageError("--cues", "has no video to go with", "name the video, or one sheet and a sound: -o NAME.wav")
    target = out / DEMO if out.is_dir() or out.suffix == "" else out
    # The first command may be run again and again, as long as it writes under its own name.
    return DemoJob(target.with_name(DEMO_SILENT), target, own=target.name == DEMO)


def _check_call(arguments: argparse.Namespace, jobs: list[Job]) -> None:
    if arguments.label is not None and arguments.cues is not None:
        raise UsageError("--label", "was given together with --cues", "edit the labels in the sheet instead")
    if arguments.shift is not None and arguments.cues is None:
        raise UsageError("--shift", "concerns given sheets alone", "drop it, or name a sheet with --cues")
    sound = jobs[0].target.suffix.lower() == ".wav"
    for option, value in (("--rate", arguments.rate), ("--bits", arguments.bits)):
        if value is not None and not sound:
            raise UsageError(option, "concerns .wav outputs alone", "drop it, or name a .wav with -o")
    if arguments.pan_from_motion and isinstance(jobs[0], SheetJob):
        raise UsageError("--pan-from-motion", "has no video to look at", "drop it, or name the video")
    if arguments.keep_original is not None and sound:
        raise UsageError("--keep-original", "concerns video outputs alone", "drop it, or name a video with -o")
    if arguments.keep_original is not None and not -200 <= arguments.keep_original <= 60:
        raise UsageError("--keep-original", f"{arguments.keep_original:g} dB is no level", "give decibels such as -12")


def _check_single(job: Job, arguments: argparse.Namespace) -> None:
    """What would fail later anyway fails before the model is loaded."""
    from silentfoley.media.opening import check_file

    if arguments.inputs:
        check_file(job.source)
    check_job(job, overwrite=arguments.overwrite)


def _make_demo(job: Job, arguments: argparse.Namespace) -> None:
    """A stage clip without its sound, so that the first command has something to look at."""
    from silentfoley.stage.demo import write_demo

    clip = write_demo(job.source, seed=arguments.seed)
    note(f"no input given: drew a silent clip of {clip.label}, {job.source}")


def _room(name: str | None) -> Room | None:
    """The room that was named; found out before the model is loaded."""
    from silentfoley.generators.rooms import room_named

    return None if name is None else room_named(name)


class _Sheets:
    """The sheets of ``--cues``: one for every input, or one per input in a folder; all later by ``shift_s``."""

    def __init__(self, path: Path | None, shift_s: float = 0.0) -> None:
        self.path, self.shift_s = path, shift_s
        # Read now: a malformed sheet should not have to wait for the model.
        self._one = None if path is None or path.is_dir() else self._read(path)

    def of(self, job: Job) -> CueSheet | None:
        """The sheet for a job.

        Raises:
            CueError: if the folder has none for it.
        """
        if self.path is None or self._one is not None:
            return self._one
        for suffix in SHEETS:
            if (path := self.path / f"{job.source.stem}{suffix}").is_file():
                return self._read(path)
        raise CueError(self.path, f"holds no sheet for {job.source.name}", f"add {job.source.stem}.csv or another")

    def _read(self, path: Path) -> CueSheet:
        from silentfoley.cue_formats import read_cues

        sheet = read_cues(path)
        try:
            # Longer by as much: where the end is, the video says.
            return replace(sheet, duration_s=sheet.duration_s + max(self.shift_s, 0.0)).shift(self.shift_s)
        except CueError as error:
            raise CueError(f"{self.called(path)}: {error.subject}", error.cause, error.remedy) from None

    def called_for(self, job: Job) -> str:
        """The same of the one that was meant for a job."""
        assert self.path is not None
        whose = f" for {job.source.name}" if self._one is None else ""
        return self.called(self.path) + whose

    def called(self, path: Path) -> str:
        """What an error calls the sheet, or the folder of sheets, that it is about."""
        return f"{path} shifted by {self.shift_s:g} s" if self.shift_s else str(path)


def _one(foley: Foley, job: Job, sheets: _Sheets, arguments: argparse.Namespace) -> Done:
    started = time.perf_counter()
    check_job(job, overwrite=arguments.overwrite)
    try:
        track = _track(foley, job, sheets, arguments)
    except (CueError, LabelError) as error:
        # The library knows sheets, not the files they came from.
        if sheets.path is None or str(sheets.path) in str(error):
            raise
        raise CueError(f"{sheets.called_for(job)}: {error.subject}", error.cause, error.remedy) from None
    track = _remarked(track, foley)
    if arguments.lufs is not None:
        track = track.mastered(arguments.lufs)
    stems = _stem_files(job, track)
    with all_or_none([*(path for path, _ in job.files()), *stems]):
        _write(job, track, arguments)
    return Done(job, track.cues, track.notes, track.perception, time.perf_counter() - started, track.seed)


def _track(foley: Foley, job: Job, sheets: _Sheets, arguments: argparse.Namespace) -> FoleyTrack:
    sheet = sheets.of(job)
    if sheet is not None and isinstance(job, SheetJob):
        return foley.perform(sheet, variant=arguments.variant, seed=arguments.seed, room=arguments.room)
    return foley.generate(
        job.source,
        cues=sheet,
        label=arguments.label,
        variant=arguments.variant,
        seed=arguments.seed,
        room=arguments.room,
        pan_from_motion=arguments.pan_from_motion,
    )


def _remarked(track: FoleyTrack, foley: Foley) -> FoleyTrack:
    """The track with a note on classes that its bank has no takes of."""
    recorded = getattr(foley.generator, "recorded", track.stem_labels)
    lacking = [label for label in track.stem_labels if label not in recorded]
    if not lacking:
        return track
    have = ", ".join(recorded)
    told = f"no takes of {', '.join(lacking)} in the bank: made by the model (it has {have}; choose with --label)"
    return replace(track, notes=(*track.notes, told))


def _stem_files(job: Job, track: FoleyTrack) -> list[Path]:
    if job.stems is None:
        return []
    return [job.stems / f"{label}.wav" for label in track.stem_labels]


def _write(job: Job, track: FoleyTrack, arguments: argparse.Namespace) -> None:
    overwrite = arguments.overwrite or job.own
    if job.sheet is not None:
        track.save_cues(job.sheet)
    if job.stems is not None:
        track.save_stems(job.stems, overwrite=arguments.overwrite)
    if job.plot is not None:
        track.plot(job.plot)
    if job.target.suffix.lower() == ".wav":
        track.save(job.target, sample_rate_hz=arguments.rate, bits=arguments.bits or 16, overwrite=overwrite)
    else:
        track.mux(job.target, keep_original_db=arguments.keep_original, overwrite=overwrite)
