"""``silentfoley bank``: recordings to takes."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING, Any

from silentfoley.cli.console import OK, bar, say, say_json
from silentfoley.cli.outputs import all_or_none

if TYPE_CHECKING:
    from silentfoley.bank.bank import Bank

#: Pairs of near-duplicates that are printed.
PAIRS = 12


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command's arguments."""
    actions = parser.add_subparsers(dest="action", required=True, metavar="ACTION")
    build = actions.add_parser("build", help="cut recordings into takes")
    build.add_argument("dirs", nargs="+", type=Path, metavar="DIR", help="folders of class/recording files")
    build.add_argument("-o", "--output", type=Path, default=Path("bank"), help="bank folder (default ./bank)")
    build.add_argument("--overwrite", action="store_true", help="replace an existing bank")
    build.add_argument("--json", action="store_true", help="print the figures as JSON")
    info = actions.add_parser("info", help="what a bank holds")
    info.add_argument("bank", type=Path)
    info.add_argument("--sheets", type=Path, metavar="DIR", help="draw spectrograms of the takes, a PNG per class")
    info.add_argument("--json", action="store_true", help="print the figures as JSON")


def run(arguments: argparse.Namespace) -> int:
    """Do it."""
    if arguments.action == "info":
        return _info(arguments)
    bank = _build(arguments)
    say_json(_facts(bank)) if arguments.json else say(_line(bank))
    return OK


def _info(arguments: argparse.Namespace) -> int:
    from silentfoley.bank.bank import Bank
    from silentfoley.bank.duplicates import duplicates, named

    bank = Bank.load(arguments.bank)
    with bar("comparing takes", len(bank.all_takes)) as progress:
        near = duplicates(bank, progress.move_to)
    if arguments.sheets is not None:
        from silentfoley.viz import plot_bank

        with bar("drawing takes"):
            plot_bank(bank, arguments.sheets)
    if arguments.json:
        say_json({**_facts(bank), "near_duplicates": [n._asdict() for n in near]})
        return OK
    say(bank.summary())
    say(f"{len(near)} pairs of takes of different recordings are almost the same sound" + (":" if near else ""))
    for line in named(bank, near, PAIRS):
        say(line)
    return OK


def _build(arguments: argparse.Namespace) -> Bank:
    from silentfoley.bank.build import build_bank

    with all_or_none([arguments.output]), bar("reading recordings") as progress:
        return build_bank(arguments.dirs, arguments.output, overwrite=arguments.overwrite, progress=progress.move_to)


def _line(bank: Bank) -> str:
    left_out = len(bank.report.get("skipped", ()))
    takes = f"{len(bank.all_takes)} takes of {', '.join(bank.labels)}"
    return f"{bank.folder}: {takes}; left out: {left_out} (reasons in REPORT.md)"


def _facts(bank: Bank) -> dict[str, Any]:
    facts = {key: bank.report.get(key, []) for key in ("classes", "licences", "split_notes", "skipped")}
    return {"bank": str(bank.folder), "sample_rate_hz": bank.sample_rate_hz, "takes": len(bank.all_takes), **facts}
