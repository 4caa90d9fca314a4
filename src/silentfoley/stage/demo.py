"""The clip that the first command looks at when it is given none."""

from __future__ import annotations

from silentfoley.stage.write import write_demo

__all__ = ["write_demo"]
