"""The command line in this process: what it returned and what it said."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import pytest

from silentfoley.cli.main import main


@dataclass(frozen=True)
class Said:
    """One call's exit code, result and remarks."""

    code: int
    out: str
    err: str

    @property
    def error(self) -> str:
        """The one line of a failure.

        Raises:
            AssertionError: if stderr holds anything else.
        """
        assert self.err.startswith("error: "), self.err
        assert self.err.endswith("\n"), self.err
        assert self.err.count("\n") == 1, self.err
        assert "Traceback" not in self.err
        return self.err.removeprefix("error: ").rstrip("\n")


class Command:
    """Calls ``silentfoley`` with a tiny model; capture is at the file descriptors, where decoders write too."""

    def __init__(self, model: Path, capture: pytest.CaptureFixture[str]) -> None:
        self.model = model
        self._capture = capture

    def __call__(self, *words: object, model: bool = False) -> Said:
        """``model=True`` adds ``--model`` of the tiny one."""
        said = [str(w) for w in words] + (["--model", str(self.model)] if model else [])
        self._capture.readouterr()
        code = main(said)
        out, err = self._capture.readouterr()
        return Said(code, out, err)

    def generate(self, *words: object) -> Said:
        return self("generate", *words, model=True)


def listing(folder: Path) -> dict[str, bytes | None]:
    """Everything below a folder with its bytes."""
    return {str(p.relative_to(folder)): p.read_bytes() if p.is_file() else None for p in sorted(folder.rglob("*"))}
