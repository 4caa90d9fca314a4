"""``silentfoley train experiment=...``: every word is a Hydra override."""

from __future__ import annotations

from collections.abc import Sequence

from silentfoley.cli.console import UsageError, bar
from silentfoley.errors import missing_extra


def run(words: Sequence[str]) -> int:
    """Do it.

    Raises:
        UsageError: if nothing is named: a whole run is not begun by a bare call.
    """
    from silentfoley.training.groups import experiments

    if set(words) <= {"--multirun", "-m"}:
        names = ", ".join(experiments())
        raise UsageError("silentfoley train", "no experiment is named", f"add experiment=NAME, one of {names}")
    try:
        from silentfoley.training.entry import main
    except ModuleNotFoundError as error:
        raise missing_extra("silentfoley train", error.name, "train") from None
    return main(words, bar)
