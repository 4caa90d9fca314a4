"""``silentfoley cues``: write down what sounds when."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from silentfoley.cli.console import OK, UsageError, bar, note, say, say_json
from silentfoley.cli.jobs import check_sheet
from silentfoley.cli.model import add_model_arguments, load_model
from silentfoley.cli.numbers import seconds, seed
from silentfoley.cli.outcome import summary
from silentfoley.cli.outputs import all_or_none

if TYPE_CHECKING:
    from silentfoley.cues import CueSheet


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command's arguments."""
    parser.add_argument("input", type=Path, nargs="?", metavar="IN", help="a video")
    parser.add_argument("-o", "--output", type=Path, help="sheet: .json .csv .txt (Audacity labels) .mid")
    add_model_arguments(parser)
    gait = parser.add_argument_group("hoof beats instead of a video")
    gait.add_argument("--gait", metavar="GAIT", help="walk, trot, canter or gallop")
    gait.add_argument("--duration", type=seconds, metavar="S", help="length of the sheet")
    gait.add_argument("--stride", type=seconds, metavar="S", help="from a hoof's landing to its next (default: usual)")
    gait.add_argument("--variant", help="the ground, such as gravel")
    gait.add_argument("--seed", type=seed, help="draws the unevenness (default 0)")
    parser.add_argument("--json", action="store_true", help="print the sheet as JSON")
    parser.add_argument("--overwrite", action="store_true", help="replace an existing output")


def run(arguments: argparse.Namespace) -> int:
    """Do it."""
    from silentfoley.cue_formats import sheet_to_dict, write_cues
    from silentfoley.media.opening import check_file

    output: Path | None = arguments.output
    _check_call(arguments)
    if arguments.input is not None:
        check_file(arguments.input)
    if output is not None:
        check_sheet(output, arguments.input or Path(), overwrite=arguments.overwrite)
    if arguments.input is None:
        sheet, remark = _gait(arguments)
    else:
        with bar(f"looking at {arguments.input.name}"):
            sheet, remark = _look(arguments)
    if output is not None:
        with all_or_none([output]):
            write_cues(sheet, output, overwrite=arguments.overwrite)
    if arguments.json:
        say_json(sheet_to_dict(sheet))
        return OK
    if remark:
        note(remark)
    for line in _lines(sheet) if output is None else [f"{output}: {summary(sheet)}"]:
        say(line)
    return OK


def _check_call(arguments: argparse.Namespace) -> None:
    if (arguments.input is None) == (arguments.gait is None):
        raise UsageError("cues", "wants a video or a gait", "name IN, or --gait with --duration")
    if arguments.gait is None:
        options = (("--duration", arguments.duration), ("--stride", arguments.stride), ("--variant", arguments.variant))
        for option, value in (*options, ("--seed", arguments.seed)):
            if value is not None:
                raise UsageError(option, "concerns hoof beats alone", "drop it, or use --gait instead of a video")
    elif arguments.duration is None:
        raise UsageError("--gait", "needs a length", "give --duration in seconds")


def _gait(arguments: argparse.Namespace) -> tuple[CueSheet, str]:
    """The sheet of a gait; there is nothing to remark."""
    from silentfoley.stage.hoof_beats import hoof_beats

    sheet = hoof_beats(
        arguments.gait,
        arguments.duration,
        stride_s=arguments.stride,
        variant=arguments.variant,
        seed=arguments.seed or 0,
    )
    return sheet, ""


def _look(arguments: argparse.Namespace) -> tuple[CueSheet, str]:
    """The sheet and the likeliest classes."""
    from silentfoley.decode import decode

    foley = load_model(arguments)
    seen = foley.perceive(arguments.input)
    sheet = decode(seen, foley.settings, label=arguments.label)
    top = ", ".join(f"{name} {p:.0%}" for name, p in seen.top(3))
    return sheet, f"{arguments.input.name}: top three classes: {top}; choose with --label"


def _lines(sheet: CueSheet) -> list[str]:
    return [
        f"{cue.start_s:8.3f} s  {cue.label:<10}  strength {cue.strength:.2f}  confidence {cue.confidence:.2f}"
        for cue in sheet
    ]
