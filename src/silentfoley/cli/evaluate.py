"""``silentfoley evaluate RUN``: judge a trained run on its test splits."""

from __future__ import annotations

import argparse
from pathlib import Path

from silentfoley.cli.console import say, say_json
from silentfoley.cli.main import OK
from silentfoley.errors import missing_extra


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command's arguments."""
    parser.add_argument("run", type=Path, help="run folder that silentfoley train made")
    parser.add_argument("--out", type=Path, metavar="JSON", help="result file (default RUN/evaluation.json)")
    parser.add_argument("--json", action="store_true", help="print the result as JSON")


def run(arguments: argparse.Namespace) -> int:
    """Do it."""
    from silentfoley.training.run_folder import check_run

    # What is no run is refused before torch is loaded.
    check_run(arguments.run)
    try:
        from silentfoley.training.evaluate import evaluate_run
    except ModuleNotFoundError as error:
        raise missing_extra("silentfoley evaluate", error.name, "train") from None
    result = evaluate_run(arguments.run, arguments.out)
    if arguments.json:
        say_json(result.to_dict())
    else:
        say(result.table())
    return OK
