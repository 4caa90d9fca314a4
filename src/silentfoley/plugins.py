"""Methods from other packages, found by entry point group ``silentfoley.<kind>``."""

from __future__ import annotations

from importlib.metadata import EntryPoint, entry_points
from typing import Any, Literal

from silentfoley.errors import DependencyError

Kind = Literal["encoders", "classifiers", "generators", "datamodules"]
KINDS: tuple[Kind, ...] = ("encoders", "classifiers", "generators", "datamodules")


def available(kind: Kind) -> dict[str, EntryPoint]:
    """Registered methods of one kind by name. Nothing is imported."""
    return {point.name: point for point in sorted(entry_points(group=f"silentfoley.{kind}"), key=lambda p: p.name)}


def load(kind: Kind, name: str) -> Any:
    """Import the object registered under ``name``.

    Raises:
        DependencyError: if nothing of that name is installed, or it does not import.
    """
    points = available(kind)
    if name not in points:
        known = ", ".join(points) or "none installed"
        raise DependencyError(
            f"{kind} {name!r}", "no such method", f"install the package that registers it; known: {known}"
        )
    try:
        return points[name].load()
    except Exception as error:
        raise DependencyError(
            f"{kind} {name!r}", f"does not import ({error})", "reinstall the package that registers it"
        ) from error
