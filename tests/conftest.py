"""Fixtures every test may use."""

from __future__ import annotations

import os
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING

# What is computed here is small. Threads of several workers on the same cores would only wait for one another, at five
# times the processor time and more; libraries ask for this when they are loaded, so it stands before them.
os.environ.setdefault("OMP_NUM_THREADS", "1")

import numpy as np
import pytest

if TYPE_CHECKING:
    from support.command import Command

    from silentfoley import Foley

ROOT = Path(__file__).resolve().parent.parent


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder with real clips, sounds and weights; tests that need it are skipped without it."""
    folder = Path(os.environ.get("SILENTFOLEY_SHARED", ROOT.parent / "shared"))
    if not (folder / "clips").is_dir():
        pytest.skip("real clips and sounds are not at hand (set SILENTFOLEY_SHARED to their folder)")
    return folder


@pytest.fixture(scope="session")
def clip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two seconds of a square that falls and stops twice."""
    from silentfoley.media.encode import write_video

    frames = np.full((50, 48, 64, 3), 90, dtype=np.uint8)
    for i, frame in enumerate(frames):
        y = min((i % 25) * 3, 36)
        frame[y : y + 10, 20:34] = 220
    path = tmp_path_factory.mktemp("clip") / "fall.mp4"
    write_video(path, frames, Fraction(25))
    return path


@pytest.fixture(scope="session")
def foley() -> Foley:
    """A tiny model with random weights."""
    from support.tiny import tiny_foley

    return tiny_foley()


@pytest.fixture(scope="session")
def model(tmp_path_factory: pytest.TempPathFactory, foley: Foley) -> Path:
    """The tiny model as a folder, for ``--model``."""
    from support.tiny import PERCEIVER_NODE

    from silentfoley.pretrained import save_foley

    folder = tmp_path_factory.mktemp("model") / "tiny"
    generator = {"kind": "procedural"}
    return save_foley(folder, name="tiny", perceiver=PERCEIVER_NODE, generator=generator, foley=foley, card="# Tiny")


@pytest.fixture
def command(model: Path, capfd: pytest.CaptureFixture[str]) -> Command:
    """``silentfoley`` called in this process."""
    from support.command import Command

    return Command(model, capfd)
