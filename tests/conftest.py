"""Fixtures every test may use."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder with real clips, sounds and weights; tests that need it are skipped without it."""
    folder = Path(os.environ.get("SILENTFOLEY_SHARED", ROOT.parent / "shared"))
    if not (folder / "clips").is_dir():
        pytest.skip("real clips and sounds are not at hand (set SILENTFOLEY_SHARED to their folder)")
    return folder
