"""``silentfoley COMMAND``: parses, dispatches, turns errors into one line and an exit code."""

from __future__ import annotations

import argparse
import os
import re
import shlex
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from importlib import import_module
from pathlib import Path
from typing import Any, NoReturn

from silentfoley import __version__
from silentfoley.cli.console import FAILED, INTERRUPTED, OK, PARTLY_FAILED, WRONG_CALL, UsageError
from silentfoley.cli.names import SHEETS, TARGETS
from silentfoley.cli.numbers import plain
from silentfoley.errors import SilentFoleyError
from silentfoley.spelling import did_you_mean, nearest

__all__ = ["COMMANDS", "FAILED", "INTERRUPTED", "OK", "PARTLY_FAILED", "WRONG_CALL", "main"]

#: Sub-command to the module that holds ``add_arguments(parser)`` and ``run(arguments) -> int``.
COMMANDS = {
    "generate": ("generate", "a silent video in, a video with sound out; without a file it makes a clip first"),
    "cues": ("cues", "write down what sounds when, as an editable sheet"),
    "stage": ("stage", "make clips of the procedural laboratory, with truth"),
    "bank": ("bank", "cut recordings into takes"),
    "train": ("train", "train by Hydra overrides: silentfoley train experiment=..."),
    "evaluate": ("evaluate", "judge a trained run on its test splits"),
    "extract": ("extract", "features of a folder of clips, once, for silentfoley score"),
    "score": ("score", "judge a folder of sounds, videos or cue sheets against the truth"),
    "compare": ("compare", "results side by side, with paired tests"),
    "survey": ("survey", "a listening test as one page, and what its answers say"),
    "export": ("export", "turn a trained run into a model folder"),
    "info": ("info", "versions, machine, model: for bug reports"),
}
#: Everything after these goes to Hydra as it is.
HYDRA = {"train"}


class _Parser(argparse.ArgumentParser):
    """Says what is wrong in one line, as every other error does; argparse would print the usage before it."""

    def error(self, message: str) -> NoReturn:
        raise UsageError(self.prog, message, f"{_meant(message)}see {self.prog} --help")

    def options(self) -> Iterator[str]:
        """Options of this command and of those below it, such as ``--seed``."""
        for action in self._actions:
            yield from (word for word in action.option_strings if word.startswith("--"))
            if isinstance(action, argparse._SubParsersAction):
                for below in action.choices.values():
                    yield from below.options()


def _meant(message: str) -> str:
    """What a wrong choice was meant to be: argparse gives it, and all that there are, in its text alone."""
    found = re.search(r"invalid choice: '(.*)' \(choose from (.*)\)", message)
    return did_you_mean(found[1], re.findall(r"[\w-]+", found[2])) if found else ""


def _misspelt(words: Sequence[str], options: Iterable[str]) -> str:
    """What the first option that there is not was meant to be. Dashes count for nothing: they are alike in all."""
    known = {option.lstrip("-"): option for option in options}
    given = [word.partition("=")[0] for word in words if word.startswith("--") and word != "--"]
    for option in given:
        # A beginning alone is understood as the option that it begins.
        if not any(name.startswith(option) for name in known.values()):
            near = " or ".join(repr(known[name]) for name in nearest(option.lstrip("-"), known))
            return f"did you mean {near}? " if near else ""
    return ""


def _check_command(words: list[str]) -> None:
    """Refuse a file in place of a command.

    Raises:
        UsageError: with the call that was meant.
    """
    if not words or words[0] in COMMANDS or words[0].startswith("-"):
        return
    path = Path(words[0])
    if path.suffix.lower() in TARGETS or path.exists():
        meant = ["--cues", *words] if path.suffix.lower() in SHEETS else words
        remedy = f"did you mean: silentfoley generate {shlex.join(meant)}?"
        raise UsageError("silentfoley", f"{words[0]!r} is no command", remedy)


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command.

    Returns:
        The exit code: 0 done, 1 failed, 2 wrong call, 3 some files of many failed, 130 interrupted.
    """
    words = list(sys.argv[1:] if argv is None else argv)
    try:
        code = _dispatch(words)
        # Here, where a closed pipe can still be caught, not at exit.
        sys.stdout.flush()
        return code
    except SilentFoleyError as error:
        sys.stderr.write(f"error: {error}\n")
        return WRONG_CALL if isinstance(error, UsageError) else FAILED
    except KeyboardInterrupt:
        sys.stderr.write("interrupted\n")
        return INTERRUPTED
    except BrokenPipeError:
        # Somebody closed our output (| head): not an error of ours. Nothing more may be flushed into it.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return OK
    except OSError as error:
        # Paths the system itself refuses, such as names too long.
        cause = error.strerror or type(error).__name__
        sys.stderr.write(f"error: {SilentFoleyError(error.filename or words[0], cause, 'check the path')}\n")
        return FAILED


def _dispatch(words: list[str]) -> int:
    if words and words[0] in HYDRA:
        return int(_module(words[0]).run(words[1:]))
    _check_command(words)
    parser = _parser(words[0] if words else "")
    try:
        arguments, rest = parser.parse_known_args([plain(word) for word in words])
        if rest:
            called = f"silentfoley {arguments.command}"
            raise UsageError(called, f"unrecognized arguments: {' '.join(rest)}", f"see {called} --help")
    except SystemExit:
        # --help and --version end the parser this way; wrong calls are UsageErrors.
        return OK
    except UsageError as error:
        # Whatever argparse stumbled over, it may be for an option that it took for another word, or passed over.
        raise UsageError(error.subject, error.cause, _misspelt(words, parser.options()) + error.remedy) from None
    run: Callable[[argparse.Namespace], int] = _module(arguments.command).run
    return int(run(arguments))


def _parser(command: str) -> _Parser:
    parser = _Parser(prog="silentfoley", description="Neural Foley for silent video.")
    parser.add_argument("--version", action="version", version=f"silentfoley {__version__}")
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    for name, (_, text) in COMMANDS.items():
        sub = commands.add_parser(name, help=text, description=text, add_help=name not in HYDRA)
        # Only the command asked for is imported: --help stays instant.
        if name == command and name not in HYDRA:
            _module(name).add_arguments(sub)
    return parser


def _module(command: str) -> Any:
    return import_module(f"silentfoley.cli.{COMMANDS[command][0]}")


if __name__ == "__main__":
    sys.exit(main())
