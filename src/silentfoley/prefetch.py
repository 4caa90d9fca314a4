"""Make the next item in a thread of its own while the last one is used."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from queue import Full, Queue
from threading import Event, Thread
from typing import TypeVar

T = TypeVar("T")
#: Seconds after which a thread whose items nobody takes any more looks whether it should end.
_LOOK_S = 0.1


def prefetched(items: Iterable[T], ahead: int = 1) -> Iterator[T]:
    """The same items, made by another thread: worth it where making and using both leave the interpreter to others.

    The thread ends with the items, with an error of theirs, which is raised here in its place among them, and when
    this iterator is closed; items then have been closed as well.

    Args:
        items: iterated by the thread alone.
        ahead: how many items may wait, >= 1.
    """
    waiting: Queue[tuple[str, T | BaseException | None]] = Queue(max(1, ahead))
    stop = Event()
    worker = Thread(target=_make, args=(items, waiting, stop), name="prefetch", daemon=True)
    worker.start()
    try:
        while True:
            kind, item = waiting.get()
            if kind == "end":
                return
            if isinstance(item, BaseException) and kind == "error":
                raise item
            yield item  # type: ignore[misc]
    finally:
        stop.set()
        worker.join()


def _make(items: Iterable[T], waiting: Queue[tuple[str, T | BaseException | None]], stop: Event) -> None:
    iterator = iter(items)
    try:
        for item in iterator:
            if not _put(waiting, ("item", item), stop):
                return
        _put(waiting, ("end", None), stop)
    except BaseException as error:  # handed over: it belongs to whoever takes the items
        _put(waiting, ("error", error), stop)
    finally:
        close = getattr(iterator, "close", None)
        if close is not None:
            close()


def _put(
    waiting: Queue[tuple[str, T | BaseException | None]], entry: tuple[str, T | BaseException | None], stop: Event
) -> bool:
    while not stop.is_set():
        try:
            waiting.put(entry, timeout=_LOOK_S)
        except Full:
            continue
        return True
    return False
