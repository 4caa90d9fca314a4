"""Which model a command uses."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from silentfoley.inference.foley import Foley


def add_model_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare ``--label``, ``--model`` and ``--allow``."""
    parser.add_argument("--label", help="the sound class, instead of the network's guess")
    parser.add_argument("--model", metavar="NAME|DIR", help="best, fast, or a model folder (default: best)")
    parser.add_argument(
        "--allow", action="append", default=[], metavar="PACKAGE", help="let the model use methods of this package"
    )


def load_model(arguments: argparse.Namespace) -> Foley:
    """The model, which knows the label if one is given.

    Raises:
        CheckpointError: if the folder is damaged, altered, or of another version or package.
        LabelError: if the model cannot perform the label.
    """
    from silentfoley.inference.foley import Foley
    from silentfoley.labels import check_label

    foley = Foley.from_pretrained(arguments.model, allow=tuple(arguments.allow))
    if arguments.label is not None:
        check_label(arguments.label, foley.generator.labels)
    return foley
