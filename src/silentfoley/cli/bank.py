"""``silentfoley bank``: recordings to takes."""

from __future__ import annotations

import argparse
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

from silentfoley.cli.console import FAILED, OK, bar, counted, say, say_json
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
    manifest = actions.add_parser("manifest", help="list recordings with their hashes, origins and licences")
    manifest.add_argument("dir", type=Path, metavar="DIR", help="folder of class/recording files")
    manifest.add_argument("-o", "--output", type=Path, default=Path("bank_manifest.tsv"), help="TSV to write")
    manifest.add_argument("--overwrite", action="store_true", help="replace an existing file")
    check = actions.add_parser("check", help="compare recordings with such a list")
    check.add_argument("dir", type=Path, metavar="DIR", help="folder of class/recording files")
    check.add_argument("--manifest", type=Path, required=True, metavar="FILE", help="TSV of bank manifest")
    check.add_argument("--json", action="store_true", help="print the differences as JSON")


def run(arguments: argparse.Namespace) -> int:
    """Do it."""
    if arguments.action != "build":
        return {"info": _info, "manifest": _manifest, "check": _check}[arguments.action](arguments)
    bank = _build(arguments)
    say_json(_facts(bank)) if arguments.json else say(_line(bank))
    return OK


def _info(arguments: argparse.Namespace) -> int:
    from silentfoley.bank.bank import Bank
    from silentfoley.bank.duplicates import duplicates, named
    from silentfoley.bank.leave_out import each_left_out

    bank = Bank.load(arguments.bank)
    with bar("comparing takes", len(bank.all_takes)) as progress:
        near = duplicates(bank, progress.move_to)
    if arguments.sheets is not None:
        from silentfoley.viz import plot_bank

        with bar("drawing takes"):
            plot_bank(bank, arguments.sheets)
    if arguments.json:
        sources = [row._asdict() for row in each_left_out(bank.all_takes)]
        say_json({**_facts(bank), "near_duplicates": [n._asdict() for n in near], "sources": sources})
        return OK
    say(bank.summary())
    say(f"{counted(len(bank.all_takes), 'take')} in {bank.folder}; left out: {_n_left_out(bank)}, reasons in REPORT.md")
    for row in each_left_out(bank.all_takes):
        lost = f", none of {', '.join(row.lost)}" if row.lost else ""
        say(f"without {row.source}: {counted(row.held, 'take')} to test on, {row.left} to learn from{lost}")
    pairs, are = counted(len(near), "pair"), "is" if len(near) == 1 else "are"
    say(f"{pairs} of takes of different recordings {are} almost the same sound" + (":" if near else ""))
    for line in named(bank, near, PAIRS):
        say(line)
    return OK


def _manifest(arguments: argparse.Namespace) -> int:
    from silentfoley.bank.manifest import manifest_of, write_manifest
    from silentfoley.files import check_output

    entries = manifest_of(arguments.dir)
    with all_or_none([arguments.output]):
        check_output(arguments.output, overwrite=arguments.overwrite)
        write_manifest(entries, arguments.output)
    sources = counted(len({e.package for e in entries}), "source")
    say(f"{arguments.output}: {counted(len(entries), 'recording')} of {sources}")
    return OK


def _check(arguments: argparse.Namespace) -> int:
    from silentfoley.bank.manifest import compare, read_manifest

    found = compare(arguments.dir, read_manifest(arguments.manifest))
    if arguments.json:
        say_json(asdict(found))
        return FAILED if found else OK
    for word in ("missing", "changed", "extra"):
        for file in getattr(found, word):
            say(f"{word}  {file}")
    counts = ", ".join(f"{len(getattr(found, word))} {word}" for word in ("missing", "changed", "extra"))
    say(f"{arguments.dir}: {found.same} as listed, {counts}")
    return FAILED if found else OK


def _build(arguments: argparse.Namespace) -> Bank:
    from silentfoley.bank.build import build_bank

    with all_or_none([arguments.output]), bar("reading recordings") as progress:
        return build_bank(arguments.dirs, arguments.output, overwrite=arguments.overwrite, progress=progress.move_to)


def _line(bank: Bank) -> str:
    takes = f"{counted(len(bank.all_takes), 'take')} of {', '.join(bank.labels)}"
    return f"{bank.folder}: {takes}; left out: {_n_left_out(bank)} (reasons in REPORT.md)"


def _n_left_out(bank: Bank) -> int:
    return len(bank.report.get("skipped", ()))


def _facts(bank: Bank) -> dict[str, Any]:
    facts = {key: bank.report.get(key, []) for key in ("classes", "licences", "split_notes", "skipped")}
    return {"bank": str(bank.folder), "sample_rate_hz": bank.sample_rate_hz, "takes": len(bank.all_takes), **facts}
