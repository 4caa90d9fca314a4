"""Options that name an output: a path, and whether it was named as a folder."""

from __future__ import annotations

import argparse
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any


def add_output_argument(parser: argparse.ArgumentParser, help: str) -> None:
    """Declare ``-o``: ``output`` is its path or None, ``into`` whether a slash at its end says that it is a folder."""
    parser.add_argument("-o", "--output", action=_Output, into="into", help=help)
    parser.set_defaults(into=False)


def add_side_argument(parser: argparse.ArgumentParser, option: str, metavar: str, help: str) -> None:
    """Declare the option of another output: its path or None, and as ``NAME_into`` whether a slash ends it."""
    into = f"{option.strip('-').replace('-', '_')}_into"
    parser.add_argument(option, action=_Output, into=into, metavar=metavar, help=help)
    parser.set_defaults(**{into: False})


class _Output(argparse.Action):
    """Looks at the end of the word, which a path does not keep; ``into`` is where the answer goes."""

    def __init__(self, *words: Any, into: str, **settings: Any) -> None:
        super().__init__(*words, **settings)
        self._into = into

    def __call__(
        self,
        parser: argparse.ArgumentParser,
        namespace: argparse.Namespace,
        values: str | Sequence[Any] | None,
        option_string: str | None = None,
    ) -> None:
        word = str(values)
        setattr(namespace, self.dest, Path(word))
        setattr(namespace, self._into, word.endswith(("/", os.sep)))
