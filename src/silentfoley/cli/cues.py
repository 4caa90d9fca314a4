"""``silentfoley cues``: write down what sounds when."""

from __future__ import annotations

import argparse
import time
from pathlib import Path
from typing import TYPE_CHECKING

from silentfoley.cli.checks import check_job, check_sheet
from silentfoley.cli.console import OK, UsageError, bar, note, say, say_json
from silentfoley.cli.jobs import Job, plan_cues
from silentfoley.cli.model import add_model_arguments, check_wishes, load_model, open_bank, repertoire
from silentfoley.cli.numbers import seconds, seed
from silentfoley.cli.outcome import BESIDE, Done, each, report, summary
from silentfoley.cli.output_option import add_output_argument
from silentfoley.cli.outputs import all_or_none
from silentfoley.cli.sheet_edits import lost, rounded
from silentfoley.cli.sheet_format import add_format_argument, check_format, suffix_of
from silentfoley.cli.sheets import doubled
from silentfoley.cli.silence import why_silent
from silentfoley.cli.sources import INPUTS_HELP, Sources, find_sources

if TYPE_CHECKING:
    from silentfoley.cues import Cue, CueSheet
    from silentfoley.inference.foley import Foley
    from silentfoley.perception import Perception


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command's arguments."""
    parser.add_argument("inputs", type=Path, nargs="*", metavar="IN", help=INPUTS_HELP)
    add_output_argument(
        parser,
        "sheet: .json .csv .txt (Audacity labels) .mid; or folder of a NAME.json each "
        "(default: one video's is printed, those of several are put beside them)",
    )
    add_format_argument(parser, "of sheets in a folder or beside the videos, instead of json: a NAME.csv each, say")
    add_model_arguments(parser)
    gait = parser.add_argument_group("hoof beats instead of videos")
    gait.add_argument("--gait", metavar="GAIT", help="walk, trot, canter or gallop")
    gait.add_argument("--duration", type=seconds, metavar="S", help="length of the sheet")
    gait.add_argument("--stride", type=seconds, metavar="S", help="from a hoof's landing to its next (default: usual)")
    gait.add_argument("--variant", help="the ground, such as gravel")
    gait.add_argument("--bank", type=Path, metavar="DIR", help="a bank, which may know more grounds than the model")
    gait.add_argument("--seed", type=seed, help="draws the unevenness (default 0)")
    parser.add_argument("--json", action="store_true", help="print the sheet, or what came of several, as JSON")
    parser.add_argument("--overwrite", action="store_true", help="replace existing outputs")


def run(arguments: argparse.Namespace) -> int:
    """Do it."""
    _check_call(arguments)
    if arguments.gait is not None:
        return _gait(arguments)
    sources = find_sources(arguments.inputs, arguments.output, out_is_folder=arguments.into)
    return _many(arguments, sources) if sources.many else _single(arguments, sources)


def _many(arguments: argparse.Namespace, sources: Sources) -> int:
    jobs = plan_cues(sources, arguments.output, suffix_of(arguments))
    check_wishes(arguments)
    with bar("loading the model", len(jobs)) as progress:
        foley = load_model(arguments)
        outcomes = each(jobs, lambda job: _written(foley, job, arguments), progress)
    place = arguments.output or BESIDE
    return report(outcomes, many=True, as_json=arguments.json, folder=place, left_out=sources.left_out)


def _written(foley: Foley, job: Job, arguments: argparse.Namespace) -> Done:
    started = time.perf_counter()
    check_job(job, overwrite=arguments.overwrite)
    seen, sheet, notes = _look(foley, job.source, arguments.label)
    _write(sheet, job.target, arguments)
    notes = (*notes, *lost(sheet, job.target), *doubled(job.target, job.source))
    return Done(job, sheet, notes, seen, time.perf_counter() - started)


def _single(arguments: argparse.Namespace, sources: Sources) -> int:
    from silentfoley.media.opening import check_file

    (video,) = sources.files
    target: Path | None = None
    check_file(video)
    if arguments.output is not None or arguments.format is not None:
        (job,) = plan_cues(sources, arguments.output, suffix_of(arguments))
        check_format(arguments, job.target, arguments.output, "-o")
        check_job(job, overwrite=arguments.overwrite)
        target = job.target
    check_wishes(arguments)
    with bar(f"looking at {video.name}"):
        _, sheet, notes = _look(load_model(arguments), video, arguments.label)
    if target is not None:
        notes = (*notes, *lost(sheet, target), *doubled(target, video))
    return _told(sheet, target, arguments, [f"{video.name}: {text}" for text in notes])


def _gait(arguments: argparse.Namespace) -> int:
    from silentfoley.stage.hoof_beats import hoof_beats

    if arguments.into:
        raise UsageError(arguments.output, "names a folder, but hoof beats have no name of their own", "name the sheet")
    if arguments.output is not None:
        check_sheet(arguments.output, Path(), overwrite=arguments.overwrite)
    sheet = hoof_beats(
        arguments.gait,
        arguments.duration,
        stride_s=arguments.stride,
        variant=arguments.variant,
        seed=arguments.seed or 0,
    )
    _check_ground(arguments)
    return _told(sheet, arguments.output, arguments, [])


def _check_ground(arguments: argparse.Namespace) -> None:
    """Refuse a ground that neither the model nor the bank knows; without a ground no model is looked at.

    Raises:
        CheckpointError: if there is no such model, or it was altered or is of another version.
        CueError: naming those that are known.
        DataError: if there is no such bank, or it is damaged.
    """
    from silentfoley.generators.variants import check_variant

    bank = open_bank(arguments.bank)
    if arguments.variant is None:
        return
    known = repertoire(arguments, bank)
    if known is not None:
        check_variant("horse", arguments.variant, known, "hoof beats")


def _told(sheet: CueSheet, target: Path | None, arguments: argparse.Namespace, notes: list[str]) -> int:
    """One sheet, written or printed."""
    from silentfoley.cue_formats import sheet_to_dict

    if target is not None:
        _write(sheet, target, arguments)
    # A sheet has no place for them: on stderr also of JSON.
    for text in notes:
        note(text)
    if arguments.json:
        say_json(sheet_to_dict(sheet))
        return OK
    for line in _lines(sheet) if target is None else [f"{target}: {summary(sheet)}"]:
        say(line)
    return OK


def _write(sheet: CueSheet, target: Path, arguments: argparse.Namespace) -> None:
    from silentfoley.cue_formats import write_cues

    with all_or_none([target]):
        write_cues(sheet, target, overwrite=arguments.overwrite)


def _look(foley: Foley, video: Path, label: str | None) -> tuple[Perception, CueSheet, tuple[str, ...]]:
    """What was seen, its sheet, and what is to be said of it; who names the class is told of no other, but of none."""
    from silentfoley.decode import decode
    from silentfoley.inference.foley import remarks

    seen = foley.perceive(video)
    sheet = rounded(decode(seen, foley.settings, label=label))
    if label is None:
        return seen, sheet, remarks(seen, sheet, foley.settings)
    return seen, sheet, () if len(sheet) else (why_silent(seen, foley.settings, label),)


def _check_call(arguments: argparse.Namespace) -> None:
    if bool(arguments.inputs) == (arguments.gait is not None):
        raise UsageError("cues", "wants a video or a gait", "name IN, or --gait with --duration")
    if arguments.gait is None:
        options = (("--duration", arguments.duration), ("--stride", arguments.stride), ("--variant", arguments.variant))
        for option, value in (*options, ("--bank", arguments.bank), ("--seed", arguments.seed)):
            if value is not None:
                raise UsageError(option, "concerns hoof beats alone", "drop it, or use --gait instead of a video")
    elif arguments.format is not None:
        raise UsageError("--format", "concerns sheets of videos alone", "drop it: -o names the sheet")
    elif arguments.duration is None:
        raise UsageError("--gait", "needs a length", "give --duration in seconds")


def _lines(sheet: CueSheet) -> list[str]:
    return [_line(cue) for cue in sheet]


def _line(cue: Cue) -> str:
    what = cue.label if cue.variant is None else f"{cue.label}:{cue.variant}"
    lasts = "" if cue.duration_s is None else f"  lasts {cue.duration_s:.3f} s"
    return f"{cue.start_s:8.3f} s  {what:<10}  strength {cue.strength:.2f}  confidence {cue.confidence:.2f}{lasts}"
