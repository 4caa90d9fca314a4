"""Sound: lengths and places exact to the sample through every codec, files as asked, damage told."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest
import soundfile
from make import click_times, clicks, make_sound, make_video

from silentfoley.errors import MediaError, OutputError
from silentfoley.media.audio import read_audio, read_time_reference, resample, write_wav
from silentfoley.media.resampling import Resampled, fitted
from silentfoley.waveform import Waveform

AT_S = [0.2, 1.0, 2.7]


def tone(duration_s: float = 0.5, rate_hz: int = 44_100, channels: int = 2, gain: float = 0.5) -> Waveform:
    t = np.arange(round(duration_s * rate_hz)) / rate_hz
    return Waveform(np.stack([gain * np.sin(2 * np.pi * 440 * (k + 1) * t) for k in range(channels)]), rate_hz)


@pytest.mark.parametrize(
    ("name", "codec", "rate_hz"),
    [("s.mp4", "aac", 44_100), ("s.m4a", "aac", 48_000), ("s.mkv", "libopus", 48_000), ("s.webm", "libopus", 48_000)],
)
def test_priming_is_removed(tmp_path: Path, name: str, codec: str, rate_hz: int):
    sent = clicks(4.0, AT_S, rate_hz)
    got = read_audio(make_sound(tmp_path / name, sent, codec))
    assert (got.n_samples, got.sample_rate_hz) == (sent.n_samples, rate_hz)
    np.testing.assert_allclose(click_times(got, 3), AT_S, atol=2 / rate_hz)


@pytest.mark.parametrize("audio_start", [-0.25, 0.0, 0.5])
@pytest.mark.parametrize("suffix", ["mp4", "mkv"])
def test_begins_with_the_first_picture(tmp_path: Path, suffix: str, audio_start: float):
    """A sound stream that starts before, with or after the pictures, themselves a second late."""
    path, rate = tmp_path / f"o.{suffix}", 48_000
    sound = clicks(2.0, [0.5, 1.5], rate)
    with av.open(str(path), "w") as out:
        video = out.add_stream("libx264", rate=25, options={"threads": "1", "bf": "0"})
        video.width, video.height, video.pix_fmt = 64, 64, "yuv420p"
        audio = out.add_stream("pcm_s16le" if suffix == "mkv" else "aac", rate=rate, layout="mono")
        for i in range(50):
            frame = av.VideoFrame.from_ndarray(np.zeros((64, 64, 3), np.uint8), format="rgb24")
            frame.pts, frame.time_base = i + 25, Fraction(1, 25)
            out.mux(video.encode(frame))
        out.mux(video.encode(None))
        block = av.AudioFrame.from_ndarray(sound.samples, format="fltp", layout="mono")
        block.sample_rate, block.time_base = rate, Fraction(1, rate)
        block.pts = round((1.0 + audio_start) * rate)
        out.mux(audio.encode(block))
        out.mux(audio.encode(None))
    got = read_audio(path)
    np.testing.assert_allclose(click_times(got, 2), [0.5 + audio_start, 1.5 + audio_start], atol=1e-3)
    assert got.duration_s == pytest.approx(2.0 + audio_start, abs=2e-3)


@pytest.mark.parametrize("subtype", ["PCM_16", "PCM_24"])
def test_wav_round_trip(tmp_path: Path, subtype: str):
    sent = tone()
    report = write_wav(tmp_path / "t.wav", sent, subtype=subtype)
    got = read_audio(tmp_path / "t.wav")
    step = 2.0 ** -(15 if subtype == "PCM_16" else 23)
    assert np.abs(got.samples - sent.samples).max() <= step * 0.51
    assert (report.n_samples, report.n_clipped) == (sent.n_samples, 0)
    assert soundfile.info(tmp_path / "t.wav").subtype == subtype


def test_film_wav_is_48_khz_24_bit(tmp_path: Path):
    report = write_wav(tmp_path / "f.wav", tone(1.0), subtype="PCM_24", sample_rate_hz=48_000)
    info = soundfile.info(tmp_path / "f.wav")
    assert (info.samplerate, info.subtype, info.frames, info.channels) == (48_000, "PCM_24", 48_000, 2)
    assert report.sample_rate_hz == 48_000


def test_clips_are_limited_and_counted(tmp_path: Path):
    samples = np.array([[0.0, 1.5, -2.0, 0.5, 1.0, -1.0]], dtype=np.float32)
    report = write_wav(tmp_path / "c.wav", Waveform(samples, 8000))
    assert (report.n_clipped, report.peak) == (2, 2.0)
    got = read_audio(tmp_path / "c.wav").samples[0]
    np.testing.assert_allclose(got, [0, 1, -1, 0.5, 1, -1], atol=2**-15)


@pytest.mark.parametrize("n_samples", [100, 101])
@pytest.mark.parametrize("reference", [0, 48_000 * 3600, 2**32 + 5])
def test_broadcast_time_reference(tmp_path: Path, n_samples: int, reference: int):
    # 101 samples of 24 bit are an odd number of bytes: chunks are padded.
    path = tmp_path / "b.wav"
    sent = Waveform(np.linspace(-0.5, 0.5, n_samples, dtype=np.float32)[None], 48_000)
    write_wav(path, sent, subtype="PCM_24", time_reference_samples=reference)
    assert read_time_reference(path) == reference
    np.testing.assert_allclose(read_audio(path).samples, sent.samples, atol=2**-23)
    data = path.read_bytes()
    assert struct.unpack("<I", data[4:8])[0] == len(data) - 8
    with av.open(str(path)) as container:
        assert int(container.metadata.get("time_reference", 0)) == reference


def test_plain_wav_has_no_time_reference(tmp_path: Path):
    write_wav(tmp_path / "p.wav", tone())
    assert read_time_reference(tmp_path / "p.wav") is None
    (tmp_path / "no.wav").write_bytes(b"RIFX" * 9)
    with pytest.raises(MediaError, match="not a WAV"):
        read_time_reference(tmp_path / "no.wav")


@pytest.mark.parametrize(("old", "new"), [(44_100, 48_000), (48_000, 44_100), (22_050, 44_100), (44_100, 16_000)])
def test_resampling_moves_nothing(old: int, new: int):
    moved = resample(clicks(2.0, [0.25, 1.5], old), new)
    assert moved.n_samples == 2 * new
    np.testing.assert_allclose(click_times(moved, 2), [0.25, 1.5], atol=1 / min(old, new))
    assert resample(moved, new) is moved


class Cut:
    """A stream cut to 3000 of its 6000 samples: its last blocks are empty."""

    sample_rate_hz, n_samples = 44_100, 3000

    def blocks(self) -> Iterator[np.ndarray]:
        return fitted(iter(np.split(tone(6000 / 44_100).samples, 3, axis=1)), self.n_samples)


def test_empty_blocks_at_the_end_of_a_stream_are_resampled():
    assert [b.shape[1] for b in Cut().blocks()] == [2000, 1000, 0]
    got = np.concatenate(list(Resampled(Cut(), 22_050).blocks()), axis=1)
    whole = Waveform(np.concatenate(list(Cut().blocks()), axis=1), 44_100)
    np.testing.assert_allclose(got, resample(whole, 22_050).samples, atol=1e-5)


@pytest.mark.parametrize("suffix", ["flac", "ogg", "aiff"])
def test_sound_files(tmp_path: Path, suffix: str):
    sent = tone(0.5)
    soundfile.write(tmp_path / f"s.{suffix}", sent.samples.T, 44_100)
    got = read_audio(tmp_path / f"s.{suffix}", sample_rate_hz=22_050)
    assert (got.n_channels, got.n_samples, got.sample_rate_hz) == (2, 11_025, 22_050)


def test_a_video_called_wav_is_read_all_the_same(tmp_path: Path):
    path = make_sound(tmp_path / "s.mp4", clicks(1.0, [0.5]), "aac").rename(tmp_path / "s.wav")
    assert read_audio(path).n_samples == 44_100


@pytest.mark.parametrize("name", ["e.wav", "e.mp4"])
@pytest.mark.parametrize(
    ("content", "cause"), [(None, "no such file"), (b"", "is empty"), (b"junk" * 99, "not a media")]
)
def test_what_is_no_sound(tmp_path: Path, name: str, content: bytes | None, cause: str):
    if content is not None:
        (tmp_path / name).write_bytes(content)
    with pytest.raises(MediaError, match=cause) as error:
        read_audio(tmp_path / name)
    assert "\n" not in str(error.value)
    assert name in str(error.value)


def test_silent_video_and_zero_length(tmp_path: Path):
    with pytest.raises(MediaError, match="has no sound"):
        read_audio(make_video(tmp_path / "v.mp4", 2))
    soundfile.write(tmp_path / "z.wav", np.zeros((0, 1)), 44_100)
    with pytest.raises(MediaError, match="holds no sound"):
        read_audio(tmp_path / "z.wav")


def test_outputs_are_whole_or_absent(tmp_path: Path):
    with pytest.raises(OutputError, match="does not exist"):
        write_wav(tmp_path / "no" / "t.wav", tone())
    with pytest.raises(OutputError, match="is a folder"):
        write_wav(tmp_path, tone())
    (tmp_path / "t.wav").write_bytes(b"keep me")
    with pytest.raises(OutputError, match="exists already"):
        write_wav(tmp_path / "t.wav", tone(), overwrite=False)
    with pytest.raises(OutputError, match="out of range"):
        write_wav(tmp_path / "t.wav", tone(), time_reference_samples=-1)
    with pytest.raises(OutputError, match="PCM_8"):
        write_wav(tmp_path / "t.wav", tone(), subtype="PCM_8")
    assert (tmp_path / "t.wav").read_bytes() == b"keep me"
    assert [p.name for p in tmp_path.iterdir()] == ["t.wav"]


def test_real_clips_are_as_long_as_their_pictures(shared: Path):
    for path in sorted((shared / "clips").glob("*.mp4")):
        got = read_audio(path)
        with av.open(str(path)) as container:
            stream = container.streams.audio[0]
            said = float(stream.duration * stream.time_base)
        assert got.duration_s == pytest.approx(said, abs=0.03), path.name
