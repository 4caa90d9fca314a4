"""Generators of cues that can be told what was seen beside them."""

from __future__ import annotations

from typing import Protocol, runtime_checkable

from silentfoley.generators.base import CueGenerator
from silentfoley.perception import Perception


@runtime_checkable
class Seeing(Protocol):
    """A :class:`CueGenerator` that performs cues better with the Perception they were decoded from."""

    @property
    def sees(self) -> bool:
        """Whether it has learned to."""
        ...

    def seeing(self, perception: Perception) -> CueGenerator:
        """The same generator bound to what was seen; it stays as it is itself.

        Raises:
            CheckpointError: if it has not learned to see.
        """
        ...
