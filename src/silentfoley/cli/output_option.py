"""``-o``: a path, and whether it was named as a folder."""

from __future__ import annotations

import argparse
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any


def add_output_argument(parser: argparse.ArgumentParser, help: str) -> None:
    """Declare ``-o``: ``output`` is its path or None, ``into`` whether a slash at its end says that it is a folder."""
    parser.add_argument("-o", "--output", action=_Output, help=help)
    parser.set_defaults(into=False)


class _Output(argparse.Action):
    """Looks at the end of the word, which a path does not keep."""

    def __call__(
        self,
        parser: argparse.ArgumentParser,
        namespace: argparse.Namespace,
        values: str | Sequence[Any] | None,
        option_string: str | None = None,
    ) -> None:
        word = str(values)
        namespace.output, namespace.into = Path(word), word.endswith(("/", os.sep))
