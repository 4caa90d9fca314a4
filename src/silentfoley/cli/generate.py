"""``silentfoley generate``: a silent video in, a video with sound out."""

from __future__ import annotations

import argparse
from contextlib import nullcontext
from pathlib import Path
from typing import TYPE_CHECKING

from silentfoley.cli.checks import check_job
from silentfoley.cli.console import UsageError, bar, note
from silentfoley.cli.jobs import DemoJob, Job, SheetJob, plan_jobs, with_sides
from silentfoley.cli.model import add_model_arguments, check_wishes, load_model, open_bank
from silentfoley.cli.names import DEMO, DEMO_SILENT, demo_of, sound_of
from silentfoley.cli.numbers import loudness, offset, rate, seed
from silentfoley.cli.outcome import BESIDE, Done, each, report
from silentfoley.cli.output_option import add_output_argument, add_side_argument
from silentfoley.cli.outputs import all_or_none
from silentfoley.cli.performing import perform
from silentfoley.cli.sheet_format import add_format_argument, check_format, suffix_of
from silentfoley.cli.sheets import Sheets
from silentfoley.cli.sources import INPUTS_HELP, Sources, find_sources

# Frameworks are imported where the work begins: --help and wrong calls answer at once.
if TYPE_CHECKING:
    from silentfoley.generators.rooms import Room


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command's arguments."""
    parser.add_argument(
        "inputs",
        nargs="*",
        type=Path,
        metavar="IN",
        help=f"{INPUTS_HELP}; none: make a clip first, or perform --cues to a sound",
    )
    add_output_argument(
        parser, "file (.mp4 .mov .m4v .mkv .webm, or .wav) or folder (default: a NAME_foley beside each video)"
    )
    parser.add_argument(
        "--wav", action="store_true", help="write sounds instead of videos: a NAME.wav each (without -o NAME_foley.wav)"
    )
    add_model_arguments(parser)
    parser.add_argument(
        "--cues",
        type=Path,
        metavar="FILE|DIR",
        help="perform this sheet (.json .csv .txt .mid), or of this folder the NAME.* of each NAME; two are refused",
    )
    parser.add_argument(
        "--shift",
        type=offset,
        metavar="S",
        help="every cue of the sheet S seconds later (earlier if negative); a texture that goes on into the clip is "
        "cut at the start, what would leave the clip otherwise is refused",
    )
    parser.add_argument("--bank", type=Path, metavar="DIR", help="perform with takes of this bank, where it has any")
    parser.add_argument("--variant", help="material or manner of cues that state none, such as gravel")
    add_side_argument(parser, "--save-cues", "FILE|DIR", "write the sheet (a folder if many inputs)")
    add_format_argument(parser, "of sheets that --save-cues puts into a folder, instead of json: a NAME.csv each, say")
    parser.add_argument("--stems", type=Path, metavar="DIR", help="write one WAV per class")
    add_side_argument(parser, "--plot", "PNG|DIR", "draw spectrogram and cues (a folder if many inputs)")
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
    sources = find_sources(arguments.inputs, arguments.output, out_is_folder=arguments.into)
    jobs, many = _planned(arguments, sources), sources.many
    _check_call(arguments, jobs)
    sheets = Sheets(arguments.cues, arguments.shift or 0.0)
    if not many:
        _check_single(jobs[0], sheets, arguments)
    arguments.room = _room(arguments.room)
    bank = open_bank(arguments.bank)
    check_wishes(arguments, bank, arguments.variant, sheets)
    makes_demo = isinstance(jobs[0], DemoJob)
    demo = all_or_none([jobs[0].source]) if makes_demo else nullcontext()
    with bar("loading the model", len(jobs)) as progress, demo:
        foley = load_model(arguments, bank)
        if makes_demo:
            _make_demo(jobs[0], arguments)
        progress.move_to(0, len(jobs), jobs[0].source.name)

        def work(job: Job) -> Done:
            return perform(foley, job, sheets, arguments)

        outcomes = each(jobs, work, progress) if many else [work(jobs[0])]
    place = arguments.output or BESIDE
    return report(outcomes, many=many, as_json=arguments.json, folder=place, left_out=sources.left_out)


def _planned(arguments: argparse.Namespace, sources: Sources) -> list[Job]:
    return with_sides(
        plan_jobs(sources, arguments.output, ".wav" if arguments.wav else None)
        if arguments.inputs
        else [_without_input(arguments)],
        many=sources.many,
        sheet=arguments.save_cues,
        plot=arguments.plot,
        stems=arguments.stems,
        folders=[side for side, into in (("sheet", arguments.save_cues_into), ("plot", arguments.plot_into)) if into],
        suffix=suffix_of(arguments),
    )


def _without_input(arguments: argparse.Namespace) -> Job:
    """A sheet's sound, if one is given; the demo otherwise.

    Raises:
        UsageError: if sheets are given, but no sound is asked for: the demo is another's picture.
    """
    cues, out = arguments.cues, arguments.output
    if cues is not None and cues.is_file():
        target = sound_of(cues, out, into=arguments.into) if arguments.wav else out
        named = arguments.wav or not arguments.into
        if target is not None and named and target.suffix.lower() == ".wav" and not target.is_dir():
            return SheetJob(cues, target)
    if cues is not None and cues.exists():
        remedy = "name the video, or one sheet and a sound: --wav, or -o NAME.wav"
        raise UsageError("--cues", "has no video to go with", remedy)
    target = demo_of(out, into=arguments.into, suffix=".wav" if arguments.wav else None)
    # The first command may be run again and again, as long as it writes under its own name.
    return DemoJob(target.with_name(DEMO_SILENT), target, own=target.stem == Path(DEMO).stem)


def _check_call(arguments: argparse.Namespace, jobs: list[Job]) -> None:
    if arguments.label is not None and arguments.cues is not None:
        raise UsageError("--label", "was given together with --cues", "edit the labels in the sheet instead")
    if arguments.shift is not None and arguments.cues is None:
        raise UsageError("--shift", "concerns given sheets alone", "drop it, or name a sheet with --cues")
    if arguments.format is not None and arguments.save_cues is None:
        raise UsageError("--format", "concerns --save-cues alone", "drop it, or name a folder with --save-cues")
    check_format(arguments, jobs[0].sheet, arguments.save_cues, "--save-cues")
    sound = jobs[0].target.suffix.lower() == ".wav"
    if arguments.wav and not sound:
        raise UsageError("--wav", f"does not go with {jobs[0].target}", "drop it, or name a .wav or a folder with -o")
    for option, value in (("--rate", arguments.rate), ("--bits", arguments.bits)):
        if value is not None and not sound:
            raise UsageError(option, "concerns .wav outputs alone", "pass --wav, or name a .wav with -o")
    if arguments.pan_from_motion and isinstance(jobs[0], SheetJob):
        raise UsageError("--pan-from-motion", "has no video to look at", "drop it, or name the video")
    if arguments.keep_original is not None and sound:
        raise UsageError("--keep-original", "concerns video outputs alone", "drop it, or name a video with -o")
    if arguments.keep_original is not None and not -200 <= arguments.keep_original <= 60:
        raise UsageError("--keep-original", f"{arguments.keep_original:g} dB is no level", "give decibels such as -12")


def _check_single(job: Job, sheets: Sheets, arguments: argparse.Namespace) -> None:
    """What would fail later anyway fails before the model is loaded."""
    from silentfoley.media.opening import check_file

    if arguments.inputs:
        check_file(job.source)
    check_job(job, overwrite=arguments.overwrite, given=sheets.file_of(job))


def _make_demo(job: Job, arguments: argparse.Namespace) -> None:
    """A stage clip without its sound, so that the first command has something to look at."""
    from silentfoley.stage.demo import write_demo

    clip = write_demo(job.source, seed=arguments.seed)
    note(f"no input given: drew a silent clip of {clip.label}, {job.source}")


def _room(name: str | None) -> Room | None:
    """The room that was named; found out before the model is loaded."""
    from silentfoley.generators.rooms import room_named

    return None if name is None else room_named(name)
