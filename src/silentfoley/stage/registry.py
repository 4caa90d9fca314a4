"""The thirteen acts, one file each in ``stage/acts``, found by label."""

from __future__ import annotations

from functools import cache
from importlib import import_module
from importlib.util import find_spec

from silentfoley.errors import LabelError
from silentfoley.labels import LABELS, check_label
from silentfoley.stage.act import Act

_ACTS = "silentfoley.stage.acts"


@cache
def get_act(label: str) -> Act:
    """The act that shows ``label``; its file is loaded when first asked for.

    Raises:
        LabelError: for a label nobody knows, or one that no act shows.
    """
    check_label(label)
    if label in act_labels():
        for thing in vars(import_module(f"{_ACTS}.{label}")).values():
            if isinstance(thing, type) and issubclass(thing, Act) and getattr(thing, "label", None) == label:
                return thing()
    raise LabelError(f"label {label!r}", "no act shows it", f"use one of: {', '.join(act_labels())}")


@cache
def act_labels() -> tuple[str, ...]:
    """Labels that have an act, in the order of :data:`silentfoley.labels.LABELS`."""
    return tuple(label for label in LABELS if find_spec(f"{_ACTS}.{label}") is not None)
