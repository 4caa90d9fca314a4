"""How many threads torch computes with, for a while."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from threading import Lock
from typing import TypeVar

import torch

T = TypeVar("T")
_END = object()


class _Inside:
    """How many are computing in single threads now, and how many threads there were before the first."""

    lock = Lock()
    count = 0
    before = 1


@contextmanager
def single_threaded() -> Iterator[None]:
    """Torch computes in this thread alone, and so do threads that are begun inside; afterwards as before.

    Worth it where several small computations run beside each other anyway: torch would share out each of them and
    then wait for its slowest part, which on cores that others want as well takes many times as long. And sums come out
    the same whatever the number of cores.
    """
    with _Inside.lock:
        if not _Inside.count:
            _Inside.before = torch.get_num_threads()
        _Inside.count += 1
        torch.set_num_threads(1)
    try:
        yield
    finally:
        with _Inside.lock:
            _Inside.count -= 1
            # A thread that was begun while another computed alone goes back to what was before both.
            torch.set_num_threads(_Inside.before)


def each_single_threaded(items: Iterable[T]) -> Iterator[T]:
    """The same items, each made in :func:`single_threaded`; what is done with them in between is not."""
    iterator = iter(items)
    while True:
        with single_threaded():
            item = next(iterator, _END)
        if item is _END:
            return
        yield item  # type: ignore[misc]
