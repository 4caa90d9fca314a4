"""``silentfoley export RUN -o DIR [--generator RUN]``: a trained run becomes a model folder.

A synchrony run becomes a judge of ``sync_v1``, which ``SILENTFOLEY_SYNCHRONY=DIR`` puts to work.
"""

from __future__ import annotations

import argparse
from pathlib import Path

from silentfoley.cli.console import say
from silentfoley.cli.main import OK
from silentfoley.errors import OutputError, SilentFoleyError, missing_extra


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command's arguments."""
    parser.add_argument("run", type=Path, help="run folder that silentfoley train made")
    parser.add_argument("-o", "--output", type=Path, required=True, metavar="DIR", help="model folder to write")
    parser.add_argument("--generator", type=Path, metavar="RUN", help="run of a generator (default: the synthesiser)")
    parser.add_argument("--overwrite", action="store_true", help="replace an existing folder")


def run(arguments: argparse.Namespace) -> int:
    """Do it."""
    from silentfoley.training.run_folder import check_run

    # What can be refused is refused before torch is loaded.
    if arguments.output.exists() and not arguments.overwrite:
        raise OutputError(arguments.output, "exists", "pass --overwrite or choose another folder")
    for folder in (arguments.run, arguments.generator):
        if folder is not None:
            check_run(folder)
    try:
        from silentfoley.training.export import export_run
        from silentfoley.training.export_judge import export_judge, is_synchrony_run
    except ModuleNotFoundError as error:
        raise missing_extra("silentfoley export", error.name, "train") from None
    if is_synchrony_run(arguments.run):
        if arguments.generator is not None:
            raise SilentFoleyError("--generator", "a synchrony judge performs nothing", "leave it out")
        say(str(export_judge(arguments.run, arguments.output, arguments.overwrite)))
        return OK
    say(str(export_run(arguments.run, arguments.output, arguments.overwrite, arguments.generator)))
    return OK
