"""Folders of clips, and the sheet that goes with them, for tests of the command line."""

from __future__ import annotations

import shutil
from pathlib import Path

from silentfoley.cues import Cue, CueSheet

SHEET = CueSheet((Cue(0.5, "footsteps", strength=0.8), Cue(1.25, "breaking")), 2.0)


def copies(clip: Path, folder: Path, *names: str) -> Path:
    """The folder, made if need be, with a copy of the clip under each name."""
    folder.mkdir(exist_ok=True)
    for name in names:
        shutil.copy(clip, folder / name)
    return folder
