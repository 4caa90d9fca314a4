"""``silentfoley train experiment=...``: every word is a Hydra override."""

from __future__ import annotations

from collections.abc import Sequence

from silentfoley.errors import DependencyError


def run(words: Sequence[str]) -> int:
    """Do it."""
    try:
        from silentfoley.training.entry import main
    except ModuleNotFoundError as error:
        raise DependencyError("silentfoley train", f"needs {error.name}", "install silentfoley[train]") from None
    return main(words)
