"""``--format``: of sheets whose names are ours."""

from __future__ import annotations

import argparse
from pathlib import Path

from silentfoley.cli.console import UsageError
from silentfoley.cli.names import SHEETS


def add_format_argument(parser: argparse.ArgumentParser, help: str) -> None:
    """Declare it."""
    parser.add_argument("--format", choices=[suffix[1:] for suffix in SHEETS], help=help)


def suffix_of(arguments: argparse.Namespace) -> str:
    """Of sheets whose names are ours."""
    return f".{arguments.format or 'json'}"


def check_format(arguments: argparse.Namespace, sheet: Path | None, named: Path | None, option: str) -> None:
    """Refuse a format beside a sheet that has a name of its own.

    Args:
        arguments: of :func:`add_format_argument`.
        sheet: what is written.
        named: what was named, by ``option``.
        option: that could name a folder instead.

    Raises:
        UsageError: if they are the same.
    """
    if arguments.format is None or sheet is None or sheet != named:
        return
    says = "says again what {} says" if _is_of(sheet, arguments.format) else "contradicts {}"
    raise UsageError("--format", says.format(sheet), f"drop it, or name a folder with {option}")


def _is_of(sheet: Path, kind: str) -> bool:
    """Whether a sheet's suffix is that of a format; ``mid`` and ``midi`` are one."""
    return sheet.suffix[1:].lower().removesuffix("i") == kind.removesuffix("i")
