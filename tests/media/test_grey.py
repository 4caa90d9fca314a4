"""Brightness from the decoder's own plane is the brightness of the picture, at the same times, upright."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import av
import cv2
import numpy as np
import pytest
from make import make_video

from silentfoley.errors import MediaError
from silentfoley.media.grey import read_grey
from silentfoley.media.video import probe, read_frames


def scene(path: Path, pixels: str, codec: str = "libx264", n: int = 40) -> Path:
    """Soft colours from black to white that move; sizes that do not divide each other."""
    rng = np.random.default_rng(0)
    ground = cv2.resize(rng.integers(0, 256, (9, 20, 3), dtype=np.uint8), (260, 110), interpolation=cv2.INTER_CUBIC)
    with av.open(str(path), "w") as output:
        stream = output.add_stream(codec, rate=25, options={"crf": "4"} if codec == "libx264" else {})
        stream.width, stream.height, stream.pix_fmt = 190, 110, pixels
        for i in range(n):
            picture = av.VideoFrame.from_ndarray(np.ascontiguousarray(ground[:, i : i + 190]), format="rgb24")
            picture.pts, picture.time_base = i, Fraction(1, 25)
            output.mux(stream.encode(picture))
        output.mux(stream.encode(None))
    return path


@pytest.mark.parametrize(
    ("name", "pixels", "codec"),
    [
        ("a.mp4", "yuv420p", "libx264"),
        ("a.mp4", "yuvj420p", "libx264"),
        ("a.mp4", "yuv444p", "libx264"),
        ("a.mp4", "yuv420p10le", "libx264"),
        ("a.mkv", "bgr0", "ffv1"),
        ("a.mkv", "gray", "ffv1"),
    ],
)
def test_grey_is_that_of_the_picture_in_colour(tmp_path: Path, name: str, pixels: str, codec: str) -> None:
    info = probe(scene(tmp_path / name, pixels, codec))
    whole = read_frames(info)
    windows = list(read_grey(info, (45, 80), {0, 33}, (60, 100)))
    grey = np.concatenate([w.grey for w in windows])
    assert [len(w.grey) for w in windows] == [32, 8]
    np.testing.assert_array_equal(np.concatenate([w.times_s for w in windows]), whole.times_s)
    wanted = np.stack(
        [cv2.resize(cv2.cvtColor(f, cv2.COLOR_RGB2GRAY), (80, 45), interpolation=cv2.INTER_AREA) for f in whole.frames]
    )
    apart = np.abs(grey.astype(int) - wanted)
    assert grey.shape == (40, 45, 80)
    assert apart.mean() < 2
    assert apart.max() <= 6
    assert np.abs(grey.astype(int) - np.roll(wanted, 1, axis=0)).mean() > 3 * apart.mean(), "and of no other frame"
    assert [len(w.pictures) for w in windows] == [1, 1]
    colour = [cv2.resize(f, (100, 60), interpolation=cv2.INTER_AREA).astype(int) for f in whole.frames]
    for picture, number in zip([p for w in windows for p in w.pictures], (0, 33), strict=True):
        assert picture.shape == (60, 100, 3)
        # Decoders spread halved colour differently: saturated edges differ by a few levels.
        assert np.abs(picture - colour[number]).mean() < 8
        assert int(np.argmin([np.abs(picture - c).mean() for c in colour])) == number


def test_levels_span_from_black_to_white(tmp_path: Path) -> None:
    for pixels in ("yuv420p", "yuvj420p"):
        info = probe(scene(tmp_path / f"{pixels}.mp4", pixels, n=4))
        grey = next(read_grey(info, (110, 190))).grey
        true = cv2.cvtColor(read_frames(info).frames[0], cv2.COLOR_RGB2GRAY)
        assert abs(int(grey[0].min()) - int(true.min())) <= 2
        assert abs(int(grey[0].max()) - int(true.max())) <= 2


@pytest.mark.parametrize("degrees", [90, 180, 270])
def test_turned_videos_stand_upright(tmp_path: Path, degrees: int) -> None:
    info = probe(make_video(tmp_path / "t.mp4", 5, rotation_deg=degrees))
    colour = read_frames(info).frames
    (window,) = read_grey(info, (info.height, info.width), {2})
    wanted = np.stack([cv2.cvtColor(f, cv2.COLOR_RGB2GRAY) for f in colour])
    assert window.grey.shape == wanted.shape
    assert np.abs(window.grey.astype(int) - wanted).mean() < 3
    np.testing.assert_array_equal(window.pictures[0], colour[2])


def test_a_damaged_file_is_an_error_not_fewer_frames(tmp_path: Path) -> None:
    path = make_video(tmp_path / "b.mp4", 60)
    info = probe(path)
    data = bytearray(path.read_bytes())
    middle = len(data) // 2
    data[middle : middle + 2000] = bytes(2000)
    path.write_bytes(bytes(data))
    with pytest.raises(MediaError, match="is damaged"):
        sum(len(w.grey) for w in read_grey(info, (45, 80)))
