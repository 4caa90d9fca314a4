"""Pictures: numbered frames come out in number, order and time; edges and damage are told."""

from __future__ import annotations

import shutil
import subprocess
import sys
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest
from make import clicks, make_sound, make_video, numbers, packets, red_corner

from silentfoley.errors import MediaError
from silentfoley.media.video import frames_at, probe, read_frames, read_windows

VARIABLE = [0, 1, 2, 10, 11, 30, 31, 32, 40, 60, 61, 62, 63, 64, 65, 80, 90, 91, 92, 120]


@pytest.mark.parametrize(("name", "codec"), [("a.mp4", "libx264"), ("a.mkv", "libx264"), ("a.webm", "libvpx-vp9")])
def test_frames_come_in_order_with_their_times(tmp_path: Path, name: str, codec: str):
    info = probe(make_video(tmp_path / name, 20, codec=codec))
    assert (info.width, info.height, info.n_frames) == (96, 72, 20)
    assert (info.rate_fps, info.duration_s, info.start_s) == (25, Fraction(4, 5), 0)
    assert not info.has_audio
    window = read_frames(info)
    assert window.frames.shape == (20, 72, 96, 3)
    assert window.frames.dtype == np.uint8
    assert numbers(window.frames) == list(range(20))
    np.testing.assert_allclose(window.times_s, np.arange(20) / 25, atol=1e-12)


def test_ntsc_rate_is_exact(tmp_path: Path):
    info = probe(make_video(tmp_path / "ntsc.mp4", 30, rate=Fraction(30000, 1001)))
    assert info.rate_fps == Fraction(30000, 1001)
    assert info.duration_s == Fraction(1001, 1000)
    assert info.times_s[-1] == pytest.approx(29 * 1001 / 30000, abs=1e-12)


@pytest.mark.parametrize("window_frames", [1, 7, 20, 64])
def test_windows_join_to_the_whole(tmp_path: Path, window_frames: int):
    path = make_video(tmp_path / "a.mp4", 20)
    windows = list(read_windows(path, window_frames=window_frames))
    assert max(len(w) for w in windows) <= window_frames
    whole = read_frames(path)
    np.testing.assert_array_equal(np.concatenate([w.frames for w in windows]), whole.frames)
    np.testing.assert_array_equal(np.concatenate([w.times_s for w in windows]), whole.times_s)


@pytest.mark.parametrize("suffix", ["mp4", "mkv"])
def test_variable_rate_keeps_presentation_times(tmp_path: Path, suffix: str):
    path = make_video(tmp_path / f"v.{suffix}", ticks=VARIABLE, tick_s=Fraction(1, 100))
    window = read_frames(path)
    assert numbers(window.frames) == list(range(20))
    np.testing.assert_allclose(window.times_s, np.array(VARIABLE) / 100, atol=5e-4)
    assert float(probe(path).duration_s) > 1.2


@pytest.mark.parametrize("suffix", ["mp4", "mkv"])
def test_offset_start_is_taken_off(tmp_path: Path, suffix: str):
    path = make_video(tmp_path / f"o.{suffix}", 10, offset_ticks=50)
    info = probe(path)
    assert (info.start_s, info.duration_s) == (2, Fraction(2, 5))
    window = read_frames(info)
    assert numbers(window.frames) == list(range(10))
    np.testing.assert_allclose(window.times_s, np.arange(10) / 25, atol=1e-12)


def test_one_frame(tmp_path: Path):
    window = read_frames(make_video(tmp_path / "one.mp4", 1))
    assert window.frames.shape[0] == 1
    assert window.times_s.tolist() == [0.0]
    assert probe(tmp_path / "one.mp4").duration_s == Fraction(1, 25)


@pytest.mark.parametrize(
    ("name", "codec", "pix_fmt"), [("o.webm", "libvpx-vp9", "yuv420p"), ("o.mp4", "libx264", "yuv444p")]
)
def test_odd_sizes(tmp_path: Path, name: str, codec: str, pix_fmt: str):
    window = read_frames(make_video(tmp_path / name, 5, height=71, width=97, codec=codec, pix_fmt=pix_fmt))
    assert window.frames.shape == (5, 71, 97, 3)
    assert numbers(window.frames) == list(range(5))
    assert red_corner(window.frames[0]) == "TL"


@pytest.mark.parametrize("suffix", ["mp4", "mkv"])
@pytest.mark.parametrize(("degrees", "told", "corner"), [(90, 90, "BL"), (180, 180, "BR"), (270, 270, "TR")])
def test_rotation_flag_is_honoured(tmp_path: Path, suffix: str, degrees: int, told: int, corner: str):
    path = make_video(tmp_path / f"r.{suffix}", 5, rotation_deg=degrees)
    info = probe(path)
    assert info.rotation_deg == told
    assert (info.height, info.width) == ((96, 72) if degrees != 180 else (72, 96))
    for size in (None, (112, 112), (48, 80)):
        window = read_frames(path, size=size)
        assert window.frames.shape[1:3] == (size or (info.height, info.width))
        assert numbers(window.frames) == list(range(5))
        assert red_corner(window.frames[0]) == corner


@pytest.mark.parametrize("size", [(36, 48), (24, 18), (100, 50), (112, 112), (144, 192)])
def test_scaled_while_decoding(tmp_path: Path, size: tuple[int, int]):
    # Widths below 64 are where decord takes row padding for a fourth channel.
    window = read_frames(make_video(tmp_path / "a.mp4", 6), size=size)
    assert window.frames.shape == (6, *size, 3)
    assert numbers(window.frames) == list(range(6))
    assert red_corner(window.frames[0]) == "TL"


@pytest.mark.parametrize(
    "options", [{"g": "5"}, {"g": "250"}, {"g": "8", "bf": "3", "x264-params": "open-gop=1:scenecut=0"}]
)
def test_frames_at_gives_the_nearest(tmp_path: Path, options: dict[str, str]):
    path = make_video(tmp_path / "a.mp4", 50, options=options)
    window = frames_at(path, [1.9, 0.0, 0.339, 0.341, 5.0, -1.0, 1.0, 1.0])
    assert numbers(window.frames) == [47, 0, 8, 9, 49, 0, 25, 25]
    np.testing.assert_allclose(window.times_s, np.array(numbers(window.frames)) / 25, atol=1e-12)


@pytest.mark.parametrize("options", [{"g": "12"}, {"g": "12", "bf": "3", "x264-params": "open-gop=1:scenecut=0"}])
@pytest.mark.parametrize("suffix", ["mp4", "mkv"])
def test_frames_at_far_apart(tmp_path: Path, options: dict[str, str], suffix: str):
    # Where groups of pictures are open, decord 0.6 gives frames three too late after a seek.
    path = make_video(tmp_path / f"a.{suffix}", 60, options=options, offset_ticks=7, height=64, width=64)
    for n in range(0, 60, 7):
        assert numbers(frames_at(path, [n / 25]).frames) == [n]
    assert numbers(frames_at(path, np.arange(59, -1, -13) / 25).frames) == [59, 46, 33, 20, 7]


def test_cut_start_by_edit_list_is_not_shown(tmp_path: Path):
    source, cut = make_video(tmp_path / "a.mp4", 20, options={"bf": "0"}), tmp_path / "cut.mp4"
    with av.open(str(source)) as reader, av.open(str(cut), "w") as writer:
        stream = writer.add_stream_from_template(reader.streams.video[0], opaque=True)
        for packet in reader.demux(reader.streams.video[0]):
            if packet.size:
                packet.pts, packet.dts, packet.stream = packet.pts - 5 * 512, packet.dts - 5 * 512, stream
                writer.mux(packet)
    window = read_frames(cut)
    assert numbers(window.frames) == list(range(5, 20))
    np.testing.assert_allclose(window.times_s, np.arange(15) / 25, atol=1e-12)


@pytest.mark.parametrize("name", ["with spaces.mp4", "Geräusch 音.mp4", "-dash.mp4", "100%.mkv"])
def test_any_name(tmp_path: Path, name: str):
    folder = tmp_path / "ein Ordner é"
    folder.mkdir()
    assert numbers(read_frames(make_video(folder / name, 3)).frames) == [0, 1, 2]


def test_too_many_frames_are_refused(tmp_path: Path):
    path = make_video(tmp_path / "a.mp4", 6)
    with pytest.raises(MediaError, match="has 6 frames, more than 5"):
        read_frames(path, max_frames=5)


def one_line(error: pytest.ExceptionInfo[MediaError], path: Path) -> str:
    text = str(error.value)
    assert "\n" not in text
    assert str(path) in text
    assert not any(word in text for word in (".cc:", "github", "Check failed", "Stack trace", "Errno"))
    return text


@pytest.mark.parametrize(
    ("name", "content", "cause"),
    [
        ("gone.mp4", None, "no such file"),
        ("empty.mp4", b"", "is empty"),
        ("text.mp4", b"hello world\n" * 99, "is not a media file"),
        ("zeros.mkv", bytes(5000), "is not a media file"),
    ],
)
def test_what_is_no_video(tmp_path: Path, name: str, content: bytes | None, cause: str):
    path = tmp_path / name
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(MediaError, match=cause) as error:
        probe(path)
    one_line(error, path)


def test_folder_and_sound_only(tmp_path: Path):
    with pytest.raises(MediaError, match="is not a file"):
        probe(tmp_path)
    sound = make_sound(tmp_path / "s.mp4", clicks(0.5, [0.1]), "aac")
    with pytest.raises(MediaError, match="sound but no picture"):
        probe(sound)


def test_no_pictures_in_the_stream(tmp_path: Path):
    path = tmp_path / "none.mkv"
    with av.open(str(path), "w") as out:
        stream = out.add_stream("libx264", rate=25)
        stream.width, stream.height, stream.pix_fmt = 96, 72, "yuv420p"
        out.start_encoding()
    with pytest.raises(MediaError) as error:
        probe(path)
    one_line(error, path)


@pytest.mark.parametrize(("name", "options"), [("t.mp4", {"movflags": "faststart"}), ("t.mp4", {}), ("t.mkv", {})])
@pytest.mark.parametrize("keep", [0.3, 0.6, 0.95])
def test_truncated_files_are_told(tmp_path: Path, name: str, options: dict[str, str], keep: float):
    path = make_video(tmp_path / name, 50, options={"g": "12"}, container_options=options, noise=True)
    data = path.read_bytes()
    path.write_bytes(data[: int(len(data) * keep)])
    with pytest.raises(MediaError) as error:
        read_frames(path)
    one_line(error, path)


@pytest.mark.parametrize("name", ["c.mp4", "c.mkv"])
def test_damage_in_the_middle_is_told(tmp_path: Path, name: str):
    path = make_video(tmp_path / name, 50, options={"g": "12"}, noise=True)
    data = bytearray(path.read_bytes())
    middle = len(data) * 6 // 10
    data[middle : middle + len(data) // 12] = b"\x5a" * (len(data) // 12)
    path.write_bytes(data)
    with pytest.raises(MediaError, match="is damaged") as error:
        list(read_windows(path, window_frames=8))
    one_line(error, path)


def test_reading_leaves_the_file_alone(tmp_path: Path):
    path = make_video(tmp_path / "a.mp4", 5)
    before = path.read_bytes()
    read_frames(path)
    assert path.read_bytes() == before
    assert [p.name for p in tmp_path.iterdir()] == ["a.mp4"]
    shutil.copy(path, tmp_path / "b.mp4")
    assert packets(path) == packets(tmp_path / "b.mp4")


def test_real_clips(shared: Path):
    clips = sorted((shared / "clips").glob("*.mp4"))
    assert len(clips) == 18
    for path in clips:
        info = probe(path)
        assert info.has_audio
        assert info.start_s == 0
        with av.open(str(path)) as container:
            stream = container.streams.video[0]
            assert info.n_frames == stream.frames
            assert info.duration_s == stream.duration * Fraction(stream.time_base)
        first = next(read_windows(info, size=(72, 128), window_frames=8))
        assert first.frames.shape == (8, 72, 128, 3)
        assert (np.diff(first.times_s) > 0).all()


def test_decord_leaves_opencv_able_to_read_png() -> None:
    """In a fresh process: whichever is loaded first decides whose zlib is called."""
    code = (
        "import silentfoley.media.video, cv2, numpy as np\n"
        "image = np.arange(48, dtype=np.uint8).reshape(4, 4, 3)\n"
        "read = cv2.imdecode(cv2.imencode('.png', image)[1], cv2.IMREAD_COLOR)\n"
        "assert read is not None and (read == image).all()"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
