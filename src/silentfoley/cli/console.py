"""What a command says: one line of result on stdout, remarks and progress on stderr, an exit code."""

from __future__ import annotations

import json
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from silentfoley.errors import SilentFoleyError

if TYPE_CHECKING:
    from rich.progress import Progress

#: Exit codes: done, failed, wrong call, some files of many failed, interrupted (128 + SIGINT).
OK, FAILED, WRONG_CALL, PARTLY_FAILED, INTERRUPTED = 0, 1, 2, 3, 130

#: Shorter work shows no bar.
PATIENCE_S = 1.0


class UsageError(SilentFoleyError):
    """Options that do not go together: a wrong call, exit code 2."""


class Bar:
    """A progress bar that appears by itself after :data:`PATIENCE_S`, also while nothing is finished yet.

    Args:
        title: what is going on.
        total: units of work; one unit has no parts to count, so the bar just moves.
        shown: False for no bar at all.
    """

    def __init__(self, title: str, total: int, *, shown: bool) -> None:
        self._title, self._total, self._done = title, total, 0
        self._progress: Progress | None = None
        self._lock = threading.Lock()
        self._closed = False
        self._timer = threading.Timer(PATIENCE_S, self._open)
        self._timer.daemon = True
        if shown:
            self._timer.start()

    def step(self, text: str = "") -> None:
        """One more unit done; ``text`` says which."""
        self.move_to(self._done + 1, self._total, text)

    def move_to(self, done: int, total: int, text: str = "") -> None:
        """``done`` of ``total`` units are done."""
        with self._lock:
            self._done, self._total = done, total
            self._title = text or self._title
            self._draw()

    def close(self) -> None:
        """Remove the bar."""
        self._timer.cancel()
        with self._lock:
            self._closed = True
            if self._progress is not None:
                self._progress.stop()

    def _open(self) -> None:
        from rich.console import Console
        from rich.progress import BarColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

        columns = (SpinnerColumn(), TextColumn("{task.description}", markup=False), BarColumn(), TimeElapsedColumn())
        with self._lock:
            if self._closed:
                return
            self._progress = Progress(*columns, console=Console(stderr=True), transient=True)
            self._progress.add_task(self._title, total=None)
            self._progress.start()
            self._draw()

    def _draw(self) -> None:
        if self._progress is None:
            return
        total = self._total if self._total > 1 else None
        self._progress.update(self._progress.task_ids[0], completed=self._done, total=total, description=self._title)


@contextmanager
def bar(title: str, total: int = 1) -> Iterator[Bar]:
    """A bar on stderr; nothing where stderr is not a terminal."""
    progress = Bar(title, total, shown=sys.stderr.isatty())
    try:
        yield progress
    finally:
        progress.close()


def counting(progress: Bar, what: str) -> Callable[[int, int, str], None]:
    """What a long work is given to tell of its units: the bar says ``what k/n``, however they are called."""
    return lambda done, total, _: progress.move_to(done, total, f"{what} {done}/{total}")


def say(text: str) -> None:
    """One line of result."""
    sys.stdout.write(text + "\n")


def note(text: str) -> None:
    """One line of remark, on stderr."""
    sys.stderr.write(text + "\n")


def counted(n: int, thing: str) -> str:
    """``1 take``, ``2 takes``: for things that take an s."""
    return f"{n} {thing}{'' if n == 1 else 's'}"


def say_json(value: Any) -> None:
    """The result for scripts."""
    say(json.dumps(value, ensure_ascii=False, allow_nan=False))
