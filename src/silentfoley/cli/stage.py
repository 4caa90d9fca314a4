"""``silentfoley stage``: clips of the procedural laboratory."""

from __future__ import annotations

import argparse
from pathlib import Path

from silentfoley.cli.console import say
from silentfoley.cli.main import OK


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command's arguments."""
    parser.add_argument("--out", type=Path, required=True, metavar="DIR", help="folder to write to")
    parser.add_argument("--clips", type=int, default=24, help="number of clips (default 24)")
    parser.add_argument("--seed", type=int, default=0, help="root seed (default 0)")
    parser.add_argument("--label", help="one act only")
    parser.add_argument("--bank", type=Path, metavar="DIR", help="a bank of takes to sound with (default: synthesiser)")
    parser.add_argument("--workers", type=int, default=2, help="processes (default 2); the result is the same for any")


def run(arguments: argparse.Namespace) -> int:
    """Do it."""
    from silentfoley.stage.write import write_stage

    summary = write_stage(
        arguments.out,
        arguments.clips,
        seed=arguments.seed,
        label=arguments.label,
        bank=arguments.bank,
        workers=arguments.workers,
    )
    say(str(summary))
    return OK
