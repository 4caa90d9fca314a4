"""Items made ahead by a thread: the same, in order, with their errors, and no thread left behind."""

from __future__ import annotations

import threading
from collections.abc import Iterator

import pytest

from silentfoley.prefetch import prefetched


def workers() -> list[threading.Thread]:
    return [t for t in threading.enumerate() if t.name == "prefetch"]


def test_items_come_in_order_from_another_thread() -> None:
    made_by: list[threading.Thread] = []

    def items() -> Iterator[int | None]:
        for i in (1, None, 3):
            made_by.append(threading.current_thread())
            yield i

    assert list(prefetched(items())) == [1, None, 3]
    assert set(made_by) != {threading.main_thread()}
    assert list(prefetched(())) == []
    assert not workers()


def test_an_error_is_raised_in_its_place() -> None:
    def items() -> Iterator[int]:
        yield 1
        raise KeyError("lost")

    stream = prefetched(items())
    assert next(stream) == 1
    with pytest.raises(KeyError, match="lost"):
        next(stream)
    assert not workers()


def test_exceptions_may_be_items() -> None:
    error = ValueError("an item")
    assert list(prefetched([error])) == [error]


def test_whoever_stops_early_leaves_no_thread_and_the_items_are_closed() -> None:
    closed: list[threading.Thread] = []

    def items() -> Iterator[int]:
        try:
            while True:
                yield 0
        finally:
            closed.append(threading.current_thread())

    stream = prefetched(items(), ahead=2)
    assert next(stream) == 0
    stream.close()  # type: ignore[attr-defined]
    assert len(closed) == 1
    assert not workers()


def test_no_more_than_asked_is_made_ahead() -> None:
    made: list[int] = []
    third = threading.Event()

    def items() -> Iterator[int]:
        for i in range(100):
            made.append(i)
            if i == 3:
                third.set()
            yield i

    stream = prefetched(items(), ahead=2)
    assert next(stream) == 0
    assert third.wait(10)
    # One taken, two waiting, one in the thread's hands.
    assert made == [0, 1, 2, 3]
    stream.close()  # type: ignore[attr-defined]
