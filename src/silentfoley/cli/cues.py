"""``silentfoley cues``: write down what sounds when."""

from __future__ import annotations

import argparse
from pathlib import Path

from silentfoley.cli.console import note, say, say_json
from silentfoley.cli.main import OK
from silentfoley.cue_formats import sheet_to_dict, write_cues
from silentfoley.errors import OutputError
from silentfoley.inference.foley import Foley


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command's arguments."""
    parser.add_argument("input", type=Path, metavar="IN", help="a video")
    parser.add_argument("-o", "--output", type=Path, help="sheet: .json .csv .txt (Audacity labels) .mid")
    parser.add_argument("--label", help="the sound class, instead of the network's guess")
    parser.add_argument("--model", type=Path, metavar="DIR", help="a model folder (default: the embedded one)")
    parser.add_argument("--json", action="store_true", help="print the sheet as JSON")
    parser.add_argument("--overwrite", action="store_true", help="replace an existing output")


def run(arguments: argparse.Namespace) -> int:
    """Do it."""
    output: Path | None = arguments.output
    if output is not None and output.exists() and not arguments.overwrite:
        raise OutputError(output, "exists", "pass --overwrite or name another output")
    sheet = Foley.from_pretrained(arguments.model).cues(arguments.input, label=arguments.label)
    if output is not None:
        write_cues(sheet, output)
    if arguments.json:
        say_json(sheet_to_dict(sheet))
        return OK
    if output is None:
        for cue in sheet:
            say(f"{cue.start_s:8.3f} s  {cue.label:<10}  strength {cue.strength:.2f}  confidence {cue.confidence:.2f}")
        note(str(sheet))
    else:
        say(f"{output}: {len(sheet)} cues ({', '.join(sheet.labels) or 'silent'})")
    return OK
