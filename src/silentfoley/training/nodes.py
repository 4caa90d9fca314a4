"""Hydra's ``_target_`` nodes as nodes of a model folder."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from silentfoley.errors import SilentFoleyError
from silentfoley.registry import kind_of


def to_node(value: Any) -> Any:
    """JSON values with a ``kind`` wherever the resolved configuration has a ``_target_``.

    Raises:
        SilentFoleyError: for a class that is not registered, or a node that is more than a call.
    """
    if isinstance(value, Mapping):
        return _object(value)
    return [to_node(v) for v in value] if isinstance(value, list) else value


def _object(value: Mapping[str, Any]) -> dict[str, Any]:
    arguments = {k: to_node(v) for k, v in value.items() if not k.startswith("_")}
    if "_target_" not in value:
        return arguments
    unknown = sorted(k for k in value if k.startswith("_") and k not in ("_target_", "_args_"))
    if unknown:
        raise SilentFoleyError(
            str(value["_target_"]), f"its {unknown[0]} cannot be part of a model folder", "use a class of its own"
        )
    positional = {"args": to_node(value["_args_"])} if "_args_" in value else {}
    return {"kind": kind_of(str(value["_target_"])), **positional, **arguments}
