"""Resolve the requirements for every Python the package is for: ``python tools/check_resolution.py [VERSION...]``.

One line per version; exit code 1 if one of them has no solution, 2 without uv (``pip install uv``). pip itself cannot
tell: for another Python it looks at wheels alone, and antlr4-python3-runtime, which Hydra needs, has none.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
VERSIONS = ("3.10", "3.11", "3.12", "3.13")
#: The packages whose versions the line shows.
SHOWN = ("torch", "torchaudio", "numpy", "av", "decord", "decord2")


@dataclass(frozen=True)
class Resolution:
    """What came of one version: pinned packages by name, or why there are none."""

    python: str
    pins: dict[str, str]
    error: str
    seconds: float

    def __str__(self) -> str:
        if self.error:
            return f"Python {self.python}: no solution ({self.error})"
        shown = ", ".join(f"{name} {self.pins[name]}" for name in SHOWN if name in self.pins)
        return f"Python {self.python}: {len(self.pins)} packages in {self.seconds:.1f} s ({shown})"


def resolve(python: str, platform: str = "x86_64-manylinux_2_28") -> Resolution:
    """Resolve ``pyproject.toml`` with its test extra.

    Args:
        python: version, e.g. ``3.12``.
        platform: uv's name of the target.
    """
    started = time.monotonic()
    with tempfile.TemporaryDirectory() as folder:
        done = subprocess.run(_command(python, platform), cwd=folder, capture_output=True, text=True, check=False)  # noqa: S603
    seconds = time.monotonic() - started
    if done.returncode:
        return Resolution(python, {}, " ".join(done.stderr.split())[-300:], seconds)
    return Resolution(python, _pins(done.stdout), "", seconds)


def find_uv() -> list[str]:
    """How uv is called here; empty without it."""
    if path := shutil.which("uv"):
        return [path]
    return [sys.executable, "-m", "uv"] if find_spec("uv") else []


def _command(python: str, platform: str) -> list[str]:
    target = ["--python-version", python, "--python-platform", platform, "--extra", "test"]
    quiet = ["--quiet", "--no-header", "--no-annotate", "--color", "never"]
    return [*find_uv(), "pip", "compile", *target, *quiet, str(ROOT / "pyproject.toml")]


def _pins(text: str) -> dict[str, str]:
    rows = (line.split(";")[0].strip().partition("==") for line in text.splitlines() if "==" in line)
    return {name: version for name, _, version in rows}


def main(versions: Sequence[str] = ()) -> int:
    """Print one line per version."""
    if not find_uv():
        sys.stderr.write("error: uv: is not installed; pip install uv\n")
        return 2
    resolutions = []
    for version in versions or VERSIONS:
        resolutions.append(resolve(version))
        sys.stdout.write(f"{resolutions[-1]}\n")
        sys.stdout.flush()
    return int(any(r.error for r in resolutions))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
