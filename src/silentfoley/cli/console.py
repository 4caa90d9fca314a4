"""Progress on stderr where it takes longer than a second; results on stdout."""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

#: Shorter work shows no bar.
_PATIENCE_S = 1.0


class Bar:
    """A progress bar that appears only after a second."""

    def __init__(self, title: str, total: int, *, shown: bool) -> None:
        self._title = title
        self._total = total
        self._shown = shown
        self._started = time.monotonic()
        self._progress: Any = None
        self._task: Any = None
        self._done = 0

    def step(self, text: str = "") -> None:
        """One more unit done."""
        self._done += 1
        if self._shown and self._progress is None and time.monotonic() - self._started > _PATIENCE_S:
            self._open()
        if self._progress is not None:
            self._progress.update(self._task, completed=self._done, description=text or self._title)

    def _open(self) -> None:
        from rich.console import Console
        from rich.progress import Progress

        self._progress = Progress(console=Console(stderr=True), transient=True)
        self._progress.start()
        self._task = self._progress.add_task(self._title, total=self._total)

    def close(self) -> None:
        """Remove the bar."""
        if self._progress is not None:
            self._progress.stop()


@contextmanager
def bar(title: str, total: int, *, quiet: bool = False) -> Iterator[Bar]:
    """A bar on stderr; nothing where stderr is not a terminal."""
    progress = Bar(title, total, shown=not quiet and sys.stderr.isatty())
    try:
        yield progress
    finally:
        progress.close()


def say(text: str) -> None:
    """One line of result."""
    sys.stdout.write(text + "\n")


def note(text: str) -> None:
    """One line of remark, on stderr."""
    sys.stderr.write(text + "\n")


def say_json(value: Any) -> None:
    """The result for scripts."""
    say(json.dumps(value, ensure_ascii=False, allow_nan=False))
