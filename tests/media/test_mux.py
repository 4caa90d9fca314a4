"""Muxing: the same picture packets, sound in its place and of the right length, nothing half-written."""

from __future__ import annotations

import subprocess
import sys
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest
from make import RATE_HZ, click_times, clicks, make_video, packets, red_corner

from silentfoley.errors import MediaError, OutputError
from silentfoley.media.audio import read_audio
from silentfoley.media.mux import mux
from silentfoley.media.video import probe, read_frames
from silentfoley.waveform import Waveform

AT_S = [0.1, 0.9, 1.7]
KINDS = [("a.mp4", "libx264", "mp4"), ("a.mp4", "libx264", "mov"), ("a.mp4", "libx264", "mkv")]
KINDS += [("a.mkv", "libx264", "mp4"), ("a.webm", "libvpx-vp9", "webm"), ("a.webm", "libvpx-vp9", "mkv")]


@pytest.fixture
def video(tmp_path: Path) -> Path:
    return make_video(tmp_path / "in.mp4", 50)


def tick_s(suffix: str) -> float:
    """Matroska counts in milliseconds and rounds."""
    return 1.01e-3 if suffix in ("mkv", "webm") else 0.0


@pytest.mark.parametrize(("name", "codec", "suffix"), KINDS)
@pytest.mark.parametrize("rate_hz", [RATE_HZ, 48_000])
def test_clicks_stay_within_a_millisecond(tmp_path: Path, name: str, codec: str, suffix: str, rate_hz: int):
    source, out = make_video(tmp_path / name, 50, codec=codec), tmp_path / f"out.{suffix}"
    report = mux(source, clicks(2.0, AT_S, rate_hz), out)
    got = read_audio(out)
    np.testing.assert_allclose(click_times(got, 3), AT_S, atol=1e-3)
    assert got.n_samples == report.n_samples == 2 * got.sample_rate_hz
    before, after = packets(source), packets(out)
    assert [data for _, data in before] == [data for _, data in after]
    slack = max(tick_s(source.suffix[1:]), tick_s(suffix))
    assert max(abs(a - b) for (a, _), (b, _) in zip(before, after, strict=True)) <= slack
    assert probe(out).duration_s == probe(source).duration_s


@pytest.mark.parametrize("seconds", [0.5, 2.0, 3.0])
@pytest.mark.parametrize("suffix", ["mp4", "mkv"])
@pytest.mark.parametrize("rate", [25, Fraction(30000, 1001)])
def test_sound_lasts_as_long_as_the_picture(tmp_path: Path, suffix: str, seconds: float, rate: Fraction):
    source = make_video(tmp_path / "in.mp4", 50, rate=rate)
    out, picture_s = tmp_path / f"out.{suffix}", probe(source).duration_s
    mux(source, clicks(seconds, [0.1]), out)
    got = read_audio(out)
    assert got.n_samples == round(picture_s * got.sample_rate_hz)
    if suffix == "mp4":
        with av.open(str(out)) as container:
            sound, picture = container.streams.audio[0], container.streams.video[0]
            assert abs(sound.duration * sound.time_base - picture.duration * picture.time_base) <= sound.time_base
            assert (sound.start_time, picture.start_time) == (0, 0)


@pytest.mark.parametrize("suffix", ["mp4", "mkv"])
@pytest.mark.parametrize("degrees", [90, 180, 270])
def test_rotation_is_kept(tmp_path: Path, suffix: str, degrees: int):
    source, out = make_video(tmp_path / "in.mp4", 5, rotation_deg=degrees), tmp_path / f"out.{suffix}"
    mux(source, clicks(0.2, [0.1]), out)
    assert probe(out).orientation == probe(source).orientation
    assert red_corner(read_frames(out).frames[0]) == red_corner(read_frames(source).frames[0])


@pytest.mark.parametrize("source_suffix", ["mp4", "mkv"])
@pytest.mark.parametrize("suffix", ["mp4", "mkv"])
def test_offset_start_moves_to_zero(tmp_path: Path, source_suffix: str, suffix: str):
    source = make_video(tmp_path / f"in.{source_suffix}", 50, offset_ticks=30)
    out = tmp_path / f"out.{suffix}"
    mux(source, clicks(2.0, AT_S), out)
    assert probe(out).start_s == 0
    assert [d for _, d in packets(out)] == [d for _, d in packets(source)]
    np.testing.assert_allclose(probe(out).times_s, probe(source).times_s, atol=1e-3)
    np.testing.assert_allclose(click_times(read_audio(out), 3), AT_S, atol=1e-3)


def test_variable_rate_keeps_its_times(tmp_path: Path):
    ticks = [0, 1, 2, 10, 11, 30, 31, 32, 40, 60]
    source = make_video(tmp_path / "in.mp4", 10, ticks=ticks, tick_s=Fraction(1, 100))
    mux(source, clicks(0.6, [0.3]), tmp_path / "out.mp4")
    np.testing.assert_array_equal(probe(tmp_path / "out.mp4").times_s, probe(source).times_s)


def test_one_frame(tmp_path: Path):
    source = make_video(tmp_path / "in.mp4", 1)
    mux(source, clicks(1.0, [0.01]), tmp_path / "out.mp4")
    assert read_audio(tmp_path / "out.mp4").n_samples == RATE_HZ // 25


def test_old_sound_is_replaced_or_mixed_under(tmp_path: Path, video: Path):
    first = tmp_path / "first.mp4"
    assert mux(video, clicks(2.0, [0.5]), first).original == "none"
    assert mux(first, clicks(2.0, [1.5]), tmp_path / "replaced.mp4").original == "replaced"
    replaced = read_audio(tmp_path / "replaced.mp4").samples[0]
    assert np.abs(replaced[int(0.48 * RATE_HZ) : int(0.52 * RATE_HZ)]).max() < 0.01
    assert mux(first, clicks(2.0, [1.5]), tmp_path / "mixed.mp4", keep_original_db=-6.0).original == "mixed"
    mixed = read_audio(tmp_path / "mixed.mp4")
    np.testing.assert_allclose(click_times(mixed, 2), [0.5, 1.5], atol=1e-3)
    whole = read_audio(first).samples[0]
    ratio = np.abs(mixed.samples[0, int(0.48 * RATE_HZ) : int(0.52 * RATE_HZ)]).max() / np.abs(whole).max()
    assert 20 * np.log10(ratio) == pytest.approx(-6.0, abs=1.5)


def test_original_at_another_rate_and_width(tmp_path: Path, video: Path):
    first = tmp_path / "first.mp4"
    mux(video, clicks(2.0, [0.5], 48_000, channels=2), first)
    mux(first, clicks(2.0, [1.5]), tmp_path / "mixed.mkv", keep_original_db=0.0)
    got = read_audio(tmp_path / "mixed.mkv")
    assert got.n_channels == 2
    np.testing.assert_allclose(click_times(got, 2), [0.5, 1.5], atol=1e-3)


def test_clipping_is_counted(tmp_path: Path, video: Path):
    loud = Waveform(np.full((1, 2 * RATE_HZ), 1.5, dtype=np.float32), RATE_HZ)
    assert mux(video, loud, tmp_path / "out.mp4").n_clipped == 2 * RATE_HZ


@pytest.mark.parametrize("rate_hz", [8_000, 16_000, 32_000, 44_101, 96_000])
@pytest.mark.parametrize("suffix", ["mp4", "mkv"])
def test_unusual_rates(tmp_path: Path, video: Path, suffix: str, rate_hz: int):
    mux(video, clicks(2.0, AT_S, rate_hz), tmp_path / f"o.{suffix}")
    np.testing.assert_allclose(click_times(read_audio(tmp_path / f"o.{suffix}"), 3), AT_S, atol=1e-3)


def test_existing_output_is_refused_unless_allowed(tmp_path: Path, video: Path):
    out = tmp_path / "out.mp4"
    out.write_bytes(b"mine")
    with pytest.raises(OutputError, match="exists already"):
        mux(video, clicks(1.0, [0.5]), out)
    assert out.read_bytes() == b"mine"
    mux(video, clicks(1.0, [0.5]), out, overwrite=True)
    assert probe(out).n_frames == 50


def test_never_onto_itself(tmp_path: Path, video: Path):
    before = video.read_bytes()
    (tmp_path / "link.mp4").symlink_to(video)
    for out in (video, tmp_path / "link.mp4", tmp_path / "." / "in.mp4"):
        with pytest.raises(OutputError, match="is the video being read"):
            mux(video, clicks(1.0, [0.5]), out, overwrite=True)
    assert video.read_bytes() == before


def test_refusals_leave_nothing_behind(tmp_path: Path, video: Path):
    sound = clicks(1.0, [0.5])
    with pytest.raises(OutputError, match="no video container"):
        mux(video, sound, tmp_path / "out.avi")
    with pytest.raises(OutputError, match="cannot hold h264"):
        mux(video, sound, tmp_path / "out.webm")
    with pytest.raises(OutputError, match="3 channels"):
        mux(video, clicks(1.0, [0.5], channels=3), tmp_path / "out.mp4")
    with pytest.raises(OutputError, match="does not exist"):
        mux(video, sound, tmp_path / "no" / "out.mp4")
    with pytest.raises(MediaError, match="is no level"):
        mux(_with_sound(tmp_path, video), sound, tmp_path / "out.mp4", keep_original_db=float("nan"))
    with pytest.raises(MediaError, match="no such file"):
        mux(tmp_path / "gone.mp4", sound, tmp_path / "out.mp4")
    assert sorted(p.name for p in tmp_path.iterdir()) == ["in.mp4", "sound.mp4"]


def test_a_fault_of_the_sound_is_not_blamed_on_the_container(tmp_path: Path, video: Path):
    class Faulty(Waveform):
        def blocks(self, block_samples: int = 1000):
            yield self.samples[:, :1000]
            raise ValueError("a fault of whoever makes the sound")

    sound = Faulty(np.zeros((1, 2 * RATE_HZ), dtype=np.float32), RATE_HZ)
    with pytest.raises(ValueError, match="a fault of whoever makes the sound"):
        mux(video, sound, tmp_path / "out.mp4")
    assert not (tmp_path / "out.mp4").exists()


def _with_sound(tmp_path: Path, video: Path) -> Path:
    mux(video, clicks(1.0, [0.5]), tmp_path / "sound.mp4")
    return tmp_path / "sound.mp4"


def test_damaged_source_leaves_nothing_behind(tmp_path: Path):
    source = make_video(tmp_path / "in.mp4", 50, container_options={"movflags": "faststart"}, noise=True)
    source.write_bytes(source.read_bytes()[:-3000])
    with pytest.raises(MediaError, match="is damaged"):
        mux(source, clicks(1.0, [0.5]), tmp_path / "out.mp4")
    assert [p.name for p in tmp_path.iterdir()] == ["in.mp4"]


FULL_DISK = """
import resource, signal, sys
from silentfoley.errors import OutputError
from silentfoley.media.mux import mux
from silentfoley.waveform import Waveform
import numpy as np
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (6000, 6000))
noise = np.random.default_rng(0).uniform(-0.5, 0.5, (1, 88200))
try:
    mux(sys.argv[1], Waveform(noise, 44100), sys.argv[2])
except OutputError as error:
    print(error)
"""


@pytest.mark.skipif(sys.platform == "win32", reason="file size limits are POSIX")
@pytest.mark.parametrize("suffix", ["mp4", "mkv"])
def test_a_full_disk_is_blamed_on_the_output(tmp_path: Path, video: Path, suffix: str):
    out = tmp_path / f"out.{suffix}"
    command = [sys.executable, "-c", FULL_DISK, str(video), str(out)]
    said = subprocess.run(command, capture_output=True, text=True, check=True, timeout=60).stdout
    assert said.startswith(f"{out}: cannot be written")
    assert said.count("\n") == 1
    assert [p.name for p in tmp_path.iterdir()] == ["in.mp4"]


def test_real_clips_keep_their_packets(tmp_path: Path, shared: Path):
    for path in sorted((shared / "clips").glob("*.mp4")):
        info, out = probe(path), tmp_path / path.name
        report = mux(info, clicks(float(info.duration_s), [1.0]), out)
        assert packets(out) == packets(path), path.name
        assert report.original == "replaced"
        got = read_audio(out)
        assert got.n_samples == round(info.duration_s * RATE_HZ), path.name
        assert click_times(got, 1)[0] == pytest.approx(1.0, abs=1e-3), path.name
        out.unlink()
