"""``silentfoley bank build``: recordings to takes."""

from __future__ import annotations

import argparse
from pathlib import Path

from silentfoley.cli.console import say
from silentfoley.cli.main import OK


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command's arguments."""
    actions = parser.add_subparsers(dest="action", required=True, metavar="ACTION")
    build = actions.add_parser("build", help="cut recordings into takes")
    build.add_argument("dirs", nargs="+", type=Path, metavar="DIR", help="folders of class/recording files")
    build.add_argument("-o", "--output", type=Path, default=Path("bank"), help="bank folder (default ./bank)")
    build.add_argument("--overwrite", action="store_true", help="replace an existing bank")
    info = actions.add_parser("info", help="what a bank holds")
    info.add_argument("bank", type=Path)


def run(arguments: argparse.Namespace) -> int:
    """Do it."""
    if arguments.action == "info":
        from silentfoley.bank.bank import Bank

        say(Bank.load(arguments.bank).summary())
        return OK
    from silentfoley.bank.build import build_bank

    bank = build_bank(arguments.dirs, arguments.output, overwrite=arguments.overwrite)
    say(bank.summary())
    return OK
