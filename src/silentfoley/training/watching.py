"""How a run tells whoever watches it what it does before its epochs, which show themselves."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import Protocol


class Shown(Protocol):
    """Something that shows how far the work is: a progress bar."""

    def move_to(self, done: int, total: int, text: str = "") -> None:
        """``done`` of ``total`` units are done; ``text`` says of what."""


#: Opens what shows the work, given its title; closed when the work is done.
Watch = Callable[[str], AbstractContextManager[Shown]]


class _Nobody:
    def move_to(self, done: int, total: int, text: str = "") -> None:
        pass


@contextmanager
def unwatched(title: str) -> Iterator[Shown]:
    """Nobody looks."""
    yield _Nobody()
