"""How many threads torch computes with, for a while."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from threading import Lock, local
from typing import TypeVar

import torch

T = TypeVar("T")
_END = object()


class _Everywhere:
    """How many threads compute alone now, and how many torch had before the first of them."""

    lock = Lock()
    alone = 0
    before = 1


class _Here(local):
    """Whether this thread computes alone."""

    alone = False


_HERE = _Here()


@contextmanager
def single_threaded() -> Iterator[None]:
    """Torch computes in this thread alone, and so do threads that are begun inside; afterwards as before.

    Worth it where several small computations run beside each other anyway: torch would share out each of them and
    then wait for its slowest part, which on cores that others want as well takes many times as long. And sums come out
    the same whatever the number of cores.

    Torch keeps a number for each thread, and one for those that are yet to compute: whoever first computes while
    another thread is inside gets one for good, and whoever is begun by this thread after another has left gets what
    was before. A thread that asked for one itself, and ends while another is inside, gets what that one had before.
    """
    if _HERE.alone:
        yield
        return
    # Asking makes this thread's number its own: what others set later does not reach it.
    before = torch.get_num_threads()
    with _Everywhere.lock:
        if _Everywhere.alone and before == 1:
            # Begun while another computed alone: it goes back to what was before both.
            before = _Everywhere.before
        elif not _Everywhere.alone:
            _Everywhere.before = before
        _Everywhere.alone += 1
        torch.set_num_threads(1)
    _HERE.alone = True
    try:
        yield
    finally:
        _HERE.alone = False
        with _Everywhere.lock:
            _Everywhere.alone -= 1
            torch.set_num_threads(before)


def each_single_threaded(items: Iterable[T]) -> Iterator[T]:
    """The same items, each made in :func:`single_threaded`; what is done with them in between is not."""
    iterator = iter(items)
    while True:
        with single_threaded():
            item = next(iterator, _END)
        if item is _END:
            return
        yield item  # type: ignore[misc]
