"""``silentfoley stage``: clips of the procedural laboratory."""

from __future__ import annotations

import argparse
from pathlib import Path

from silentfoley.cli.console import OK, bar, say
from silentfoley.cli.numbers import count, seed
from silentfoley.cli.outputs import all_or_none
from silentfoley.errors import OutputError
from silentfoley.labels import known_spelling


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command's arguments."""
    parser.add_argument("--out", type=Path, required=True, metavar="DIR", help="folder to write to")
    parser.add_argument("--clips", type=count, default=24, help="number of clips (default 24)")
    parser.add_argument("--seed", type=seed, default=0, help="root seed (default 0)")
    parser.add_argument("--label", type=known_spelling, help="one act only")
    parser.add_argument("--bank", type=Path, metavar="DIR", help="a bank of takes to sound with (default: synthesiser)")
    parser.add_argument("--workers", type=count, default=2, help="processes (default 2); any number gives the same")
    parser.add_argument("--overwrite", action="store_true", help="replace clips of an earlier run")


def run(arguments: argparse.Namespace) -> int:
    """Do it."""
    out: Path = arguments.out
    listing = out / "clips.jsonl"
    if listing.exists() and not arguments.overwrite:
        raise OutputError(out, "holds clips already", "pass --overwrite or name another folder")
    from silentfoley.labels import check_label
    from silentfoley.stage.registry import act_labels
    from silentfoley.stage.write import write_stage

    if arguments.label is not None:
        check_label(arguments.label, act_labels())
    with all_or_none([listing]), bar("rendering clips") as progress:
        summary = write_stage(
            out,
            arguments.clips,
            seed=arguments.seed,
            label=arguments.label,
            bank=arguments.bank,
            workers=arguments.workers,
            progress=progress.move_to,
        )
    say(str(summary))
    return OK
