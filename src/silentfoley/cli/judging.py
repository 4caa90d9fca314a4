"""What the commands that judge have in common."""

from __future__ import annotations

import argparse
import os
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from silentfoley.cli.console import UsageError
from silentfoley.errors import OutputError
from silentfoley.spelling import did_you_mean

if TYPE_CHECKING:
    from silentfoley.evaluation.protocol import Protocol

DEFAULT_PROTOCOL = "events_v1"


def add_protocol_argument(parser: argparse.ArgumentParser) -> None:
    """Declare ``--protocol``."""
    from silentfoley.evaluation.registry import PROTOCOLS

    text = f"comma-separated, of {', '.join(PROTOCOLS)} (default {DEFAULT_PROTOCOL})"
    parser.add_argument("--protocol", default=DEFAULT_PROTOCOL, metavar="NAMES", help=text)


def parse_protocols(text: str) -> list[Protocol]:
    """The protocols named.

    Raises:
        UsageError: if none is named, or one is unknown.
    """
    from silentfoley.evaluation.registry import PROTOCOLS, make_protocol

    names = list(dict.fromkeys(n.strip() for n in text.split(",") if n.strip()))
    unknown = [n for n in names if n not in PROTOCOLS]
    if not names or unknown:
        asked = (unknown or [text])[0]
        remedy = f"{did_you_mean(asked, PROTOCOLS)}use some of {', '.join(PROTOCOLS)}"
        raise UsageError("--protocol", f"{asked!r} is unknown", remedy)
    return [make_protocol(n) for n in names]


def check_result(path: Path, suffix: str, *, overwrite: bool) -> None:
    """Refuse an output before the slow part.

    Raises:
        OutputError: if it has another suffix, is a folder, exists and must not be replaced, or lies where none can be
            made.
    """
    if path.suffix.lower() != suffix:
        raise OutputError(path, f"suffix {path.suffix!r} cannot be written", f"name a {suffix} file")
    if path.is_dir():
        raise OutputError(path, "is a folder", "name a file")
    if path.exists() and not overwrite:
        raise OutputError(path, "exists", "pass --overwrite or name another output")
    there = next((p for p in path.parents if p.exists()), Path())
    if not there.is_dir() or not os.access(there, os.W_OK):
        raise OutputError(path, f"cannot be written: {there} is no folder one may write to", "choose another")


def check_results(outputs: Sequence[tuple[Path, str]], *, overwrite: bool) -> None:
    """Refuse outputs with their suffixes before the slow part; those that exist are told all at once.

    Raises:
        OutputError: as :func:`check_result`.
    """
    for path, suffix in outputs:
        check_result(path, suffix, overwrite=True)
    there = [str(path) for path, _ in outputs if path.exists()]
    if len(there) > 1 and not overwrite:
        raise OutputError(", ".join(there), "exist", "pass --overwrite or name other outputs")
    for path, suffix in outputs:
        check_result(path, suffix, overwrite=overwrite)


def default_cache() -> Path:
    """The user's folder for features."""
    base = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(base) / "silentfoley" / "features"
