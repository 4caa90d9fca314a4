"""Writing video: what goes in comes out, the same bytes every time."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from make import RATE_HZ, click_times, clicks, numbered, numbers

from silentfoley.errors import OutputError
from silentfoley.media.audio import read_audio
from silentfoley.media.encode import write_video
from silentfoley.media.video import probe, read_frames


@pytest.mark.parametrize("rate", [15, 25, Fraction(24000, 1001), Fraction(30000, 1001), "59.94", 60])
def test_round_trip(tmp_path: Path, rate: int | Fraction | str):
    path = tmp_path / "v.mp4"
    sound = clicks(1.0, [0.1])
    assert write_video(path, (numbered(i) for i in range(20)), rate, sound, crf=10) == 20
    info = probe(path)
    assert info.rate_fps == Fraction(rate)
    assert info.duration_s == 20 / Fraction(rate)
    assert numbers(read_frames(info).frames) == list(range(20))
    got = read_audio(path)
    assert got.n_samples == round(info.duration_s * RATE_HZ)
    assert click_times(got, 1)[0] == pytest.approx(0.1, abs=1e-3)


def test_odd_sizes_are_padded_by_their_edge(tmp_path: Path):
    write_video(tmp_path / "o.mp4", [numbered(i, 71, 97) for i in range(3)], 25, crf=5)
    frames = read_frames(tmp_path / "o.mp4").frames
    assert frames.shape == (3, 72, 98, 3)
    assert np.abs(frames[:, :71, :97].astype(int) - np.stack([numbered(i, 71, 97) for i in range(3)])).mean() < 6
    assert not probe(tmp_path / "o.mp4").has_audio


def test_same_frames_same_bytes(tmp_path: Path):
    rng = np.random.default_rng(3)
    frames = rng.integers(0, 256, (12, 64, 64, 3), dtype=np.uint8)
    for name in ("a.mp4", "b.mp4"):
        write_video(tmp_path / name, frames, 25, clicks(0.4, [0.2]))
    assert (tmp_path / "a.mp4").read_bytes() == (tmp_path / "b.mp4").read_bytes()


def test_refusals_leave_nothing_behind(tmp_path: Path):
    path, frame = tmp_path / "v.mp4", numbered(0)
    with pytest.raises(OutputError, match="no frame"):
        write_video(path, [], 25)
    with pytest.raises(OutputError, match="follows"):
        write_video(path, [frame, frame[:-2]], 25)
    with pytest.raises(OutputError, match="float64"):
        write_video(path, [frame / 255.0], 25)  # type: ignore[list-item]
    with pytest.raises(OutputError, match=r"use \.mp4"):
        write_video(tmp_path / "v.webm", [frame], 25)
    with pytest.raises(OutputError, match="not positive"):
        write_video(path, [frame], 0)
    with pytest.raises(OutputError, match="crf 99"):
        write_video(path, [frame], 25, crf=99)

    def broken():
        yield frame
        raise RuntimeError("renderer fell over")

    with pytest.raises(RuntimeError, match="fell over"):
        write_video(path, broken(), 25)
    assert list(tmp_path.iterdir()) == []
