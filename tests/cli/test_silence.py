from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from support.command import Command

from silentfoley.cli.silence import why_silent
from silentfoley.decode import decode
from silentfoley.decode_settings import DecodeSettings
from silentfoley.labels import LABELS
from silentfoley.media.encode import write_video
from silentfoley.perception import Perception
from silentfoley.timegrid import TimeGrid

GRID = TimeGrid.of_duration(2)
N = GRID.n_columns


def seen(onset: float = 0.0, strength: float = 0.0) -> Perception:
    """One column in the middle that stands out by so much."""
    curves = np.zeros((2, N), dtype=np.float32)
    curves[:, N // 2] = onset, strength
    return Perception(GRID, LABELS, np.zeros(len(LABELS), dtype=np.float32), onset=curves[0], strength=curves[1])


@pytest.mark.parametrize(
    ("perception", "label", "told"),
    [
        (seen(), "clock", "nothing is seen that strikes: silent; "),
        (seen(0.12), "clock", "nothing is seen that strikes (likeliest at 1.00 s: 12%, clock wants 30%): silent; "),
        (seen(0.4), "horse", "nothing is seen that strikes (likeliest at 1.00 s: 40%, horse wants 60%): silent; "),
        (seen(), "rain", "nothing is seen that sounds on: silent; "),
        (seen(1.0, 0.1), "rain", "nothing is seen that sounds on (likeliest at 1.00 s: 10%, rain wants 15%): silent; "),
        (seen(1.0, 0.9), "rain", "nothing that sounds on stands out (likeliest at 1.00 s: 90%): silent; "),
    ],
)
def test_what_was_lacking(perception: Perception, label: str, told: str) -> None:
    settings = DecodeSettings(by_label={"horse": {"clip_threshold": 0.6}})
    assert len(decode(perception, settings, label=label)) == 0
    assert why_silent(perception, settings, label) == f"{told}give generate --cues a sheet"


def test_a_still_picture_is_told(command: Command, tmp_path: Path) -> None:
    video = tmp_path / "still.mp4"
    write_video(video, np.full((25, 48, 64, 3), 90, dtype=np.uint8), 25)
    words = (video, "--label", "clock")
    printed = command("cues", *words)
    assert (printed.code, printed.out) == (0, "")
    assert printed.err.startswith("still.mp4: nothing is seen that strikes")
    assert printed.err.endswith(": silent; give generate --cues a sheet\n")
    made = command("generate", *words, "-o", tmp_path / "o.wav")
    assert made.err == printed.err
    assert ": 0 cues (silent), took " in made.out
