"""Tiny runs through the one entry point, in this process, over one feature cache."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

from silentfoley.media.encode import write_video
from silentfoley.training.entry import main
from silentfoley.waveform import Waveform

#: Of every run here. Four clips of a second, one step.
TINY = ("data=tiny", "debug=fast", "logger=csv")


@pytest.fixture(scope="session")
def cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("cache")


@pytest.fixture(scope="session")
def train(cache: Path) -> Callable[..., Path]:
    """Runs ``silentfoley train`` with the words given, in a folder; returns the folder."""

    def run(folder: Path, *words: str) -> Path:
        assert main([*words, f"paths.run={folder}", f"paths.cache={cache}"]) == 0
        return folder

    return run


@pytest.fixture(scope="session")
def classifier_run(train: Callable[..., Path], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A trained run of the first network on four clips of the stage."""
    folder = tmp_path_factory.mktemp("runs") / "classifier"
    return train(folder, "experiment=stage_frame_sequence", *TINY)


@pytest.fixture(scope="session")
def clip_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Twelve sources of two classes with sound, one file that is no video, one class nobody knows."""
    root = tmp_path_factory.mktemp("clips")
    rng = np.random.default_rng(0)
    for label in ("footsteps", "rain"):
        (root / label).mkdir()
        for i in range(6):
            frames = rng.integers(0, 255, (1, 32, 48, 3), dtype=np.uint8).repeat(12, axis=0)
            frames[6:, :16] = 255
            sound = Waveform(rng.normal(0, 0.1, (1, 22_050)).astype(np.float32), 44_100)
            write_video(root / label / f"clip{i}.mp4", frames, Fraction(25), sound)
    (root / "rain" / "broken.mp4").write_bytes(b"this is no video")
    (root / "barking").mkdir()
    (root / "barking" / "dog.mp4").write_bytes((root / "rain" / "clip0.mp4").read_bytes())
    return root
