"""``silentfoley compare RUN RUN ...``: results side by side."""

from __future__ import annotations

import argparse
from pathlib import Path

from silentfoley.cli.console import OK, UsageError, bar, say, say_json
from silentfoley.cli.numbers import seconds


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command's arguments."""
    parser.add_argument("runs", nargs="+", type=Path, metavar="RUN", help="metrics.json files, or folders with one")
    parser.add_argument("-o", "--output", type=Path, metavar="JSON", help="also write the comparison")
    parser.add_argument(
        "--budget",
        type=seconds,
        default=20.0,
        metavar="SECONDS",
        help="for each paired test of a measure of the set (default 20); fewer permutations where it does not suffice",
    )
    parser.add_argument("--json", action="store_true", help="print it as JSON")
    parser.add_argument("--overwrite", action="store_true", help="replace an earlier comparison")


def run(arguments: argparse.Namespace) -> int:
    """Do it."""
    from silentfoley.cli.judging import check_result
    from silentfoley.evaluation.answers import load_answers
    from silentfoley.evaluation.compare import compare, load_result
    from silentfoley.files import write_json

    if len(arguments.runs) < 2:
        raise UsageError("compare", "one run has nothing to be compared with", "name two or more")
    if arguments.output is not None:
        check_result(arguments.output, ".json", overwrite=arguments.overwrite)
    results, answers = {}, {}
    for path, name in zip(arguments.runs, run_names(arguments.runs), strict=True):
        results[name] = load_result(path)
        beside = load_answers(results[name], path if path.is_dir() else path.parent)
        if beside is not None:
            answers[name] = beside
    with bar("comparing"):
        comparison = compare(results, answers, budget_s=arguments.budget)
    if arguments.output is not None:
        write_json(arguments.output, comparison.to_dict())
    if arguments.json:
        say_json(comparison.to_dict())
    else:
        say(comparison.table())
    return OK


def run_names(paths: list[Path]) -> list[str]:
    """Short names, all different: the file's stem or its folder's name, or the whole path where these clash.

    Raises:
        UsageError: if a run is named twice.
    """
    if len({p.resolve() for p in paths}) < len(paths):
        raise UsageError("compare", "a run is named twice", "name each once")
    short = [p.parent.resolve().name if p.name == "metrics.json" else p.stem for p in paths]
    return short if len(set(short)) == len(short) else [str(p) for p in paths]
