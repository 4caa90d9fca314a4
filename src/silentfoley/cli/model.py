"""Which model and bank a command uses. What they cannot do is refused before a framework is loaded."""

from __future__ import annotations

import argparse
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from silentfoley.errors import CueError
from silentfoley.labels import known_spelling

if TYPE_CHECKING:
    from silentfoley.bank.bank import Bank
    from silentfoley.cli.sheets import Sheets
    from silentfoley.inference.foley import Foley
    from silentfoley.repertoire import Repertoire


def add_model_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare ``--label``, ``--model`` and ``--allow``."""
    parser.add_argument("--label", help="the sound class, instead of the network's guess")
    parser.add_argument("--model", metavar="NAME|DIR", help="best, fast, or a model folder (default: best)")
    parser.add_argument(
        "--allow", action="append", default=[], metavar="PACKAGE", help="let the model use methods of this package"
    )


def open_bank(folder: Path | None) -> Bank | None:
    """The bank of ``--bank``.

    Raises:
        DataError: if there is no such bank, or it is damaged.
    """
    if folder is None:
        return None
    from silentfoley.bank.bank import Bank

    return Bank.load(folder)


def repertoire(arguments: argparse.Namespace, bank: Bank | None = None) -> Repertoire | None:
    """What model and bank together can be asked for; None if only the loaded model can tell.

    Raises:
        CheckpointError: if there is no such model, or it was altered or is of another version.
    """
    from silentfoley.model_folder import model_folder, read_config, weights_of
    from silentfoley.repertoire import Repertoire

    folder = model_folder(arguments.model)
    known = Repertoire.recorded(read_config(folder))
    weights_of(folder)
    return known if known is None or bank is None else known.with_takes(bank)


def check_wishes(
    arguments: argparse.Namespace,
    bank: Bank | None = None,
    variant: str | None = None,
    sheets: Sheets | None = None,
) -> None:
    """Refuse a class or a variant that model and bank do not know, as far as that can be told before they are loaded.

    Args:
        arguments: of :func:`add_model_arguments`.
        bank: an open bank, or None.
        variant: material or manner that is asked for, or None.
        sheets: of ``--cues``; where they are one, its classes are those that it is asked of.

    Raises:
        CheckpointError: as :func:`repertoire`.
        LabelError: for the class.
        CueError: for the variant.
    """
    from silentfoley.generators.variants import labels_with
    from silentfoley.labels import check_label

    known = repertoire(arguments, bank)
    if known is None:
        return
    if arguments.label is not None:
        label = arguments.label = check_label(known_spelling(arguments.label, known.labels), known.labels)
        if variant is not None:
            labels_with(variant, [label], known)
    elif variant is not None:
        _check_variant(variant, known, sheets)


def _check_variant(variant: str, known: Repertoire, sheets: Sheets | None) -> None:
    """The same for a variant where no ``--label`` says of which class; an error names the one sheet that says."""
    from silentfoley.cli.sheets import told_of
    from silentfoley.generators.variants import check_known, labels_with

    path = None if sheets is None else sheets.path
    if sheets is None or path is None or sheets.labels is None:
        # Beside sheets no class may be named.
        check_known(variant, known.labels, known, choosable=path is None)
        return
    try:
        labels_with(variant, [known_spelling(label, known.labels) for label in sheets.labels], known)
    except CueError as error:
        raise told_of(sheets.called(path), error) from None


def load_model(arguments: argparse.Namespace, bank: Bank | None = None) -> Foley:
    """The model, with the bank's takes for the classes that it has any of; it knows the label if one is given.

    Raises:
        CheckpointError: if the folder is damaged, altered, or of another version or package.
        DataError: if the bank has nothing to perform with.
        LabelError: if neither can perform the label.
    """
    from silentfoley.inference.foley import Foley
    from silentfoley.labels import check_label

    foley = Foley.from_pretrained(arguments.model, allow=tuple(arguments.allow))
    if bank is not None:
        from silentfoley.generators.units import BankShelf
        from silentfoley.generators.with_bank import WithTakes

        takes = WithTakes(BankShelf(bank), foley.generator)
        foley = replace(foley, generator=takes, name=f"{foley.name} with {bank.folder}")
    if arguments.label is not None:
        known = foley.generator.labels
        arguments.label = check_label(known_spelling(arguments.label, known), known)
    return foley
