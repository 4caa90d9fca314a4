"""``silentfoley cues``: write down what sounds when."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from silentfoley.cli.console import OK, bar, note, say, say_json
from silentfoley.cli.jobs import check_sheet
from silentfoley.cli.model import add_model_arguments, load_model
from silentfoley.cli.outcome import summary
from silentfoley.cli.outputs import all_or_none

if TYPE_CHECKING:
    from silentfoley.cues import CueSheet


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command's arguments."""
    parser.add_argument("input", type=Path, metavar="IN", help="a video")
    parser.add_argument("-o", "--output", type=Path, help="sheet: .json .csv .txt (Audacity labels) .mid")
    add_model_arguments(parser)
    parser.add_argument("--json", action="store_true", help="print the sheet as JSON")
    parser.add_argument("--overwrite", action="store_true", help="replace an existing output")


def run(arguments: argparse.Namespace) -> int:
    """Do it."""
    from silentfoley.cue_formats import sheet_to_dict, write_cues
    from silentfoley.media.opening import check_file

    output: Path | None = arguments.output
    check_file(arguments.input)
    if output is not None:
        check_sheet(output, arguments.input, overwrite=arguments.overwrite)
    with bar(f"looking at {arguments.input.name}"):
        sheet, remark = _look(arguments)
    if output is not None:
        with all_or_none([output]):
            write_cues(sheet, output, overwrite=arguments.overwrite)
    if arguments.json:
        say_json(sheet_to_dict(sheet))
        return OK
    note(remark)
    for line in _lines(sheet) if output is None else [f"{output}: {summary(sheet)}"]:
        say(line)
    return OK


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
