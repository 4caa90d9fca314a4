"""Edge media for the tests, made with PyAV; a frame's colour tells its number."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from pathlib import Path

import av
import numpy as np

from silentfoley.waveform import Waveform

RATE_HZ = 44_100


def numbered(index: int, height: int = 72, width: int = 96) -> np.ndarray:
    """Frame 0 to 63: red counts ones, green counts eights; a pure red square in the top left corner."""
    frame = np.full((height, width, 3), 128, dtype=np.uint8)
    frame[..., 0], frame[..., 1] = 15 + 30 * (index % 8), 15 + 30 * (index // 8)
    frame[: height // 4, : width // 4] = (250, 0, 0)
    return frame


def numbers(frames: np.ndarray) -> list[int]:
    """Read :func:`numbered` back from the middle of each frame."""
    h, w = frames.shape[1:3]
    middle = frames[:, 3 * h // 8 : 5 * h // 8, 3 * w // 8 : 5 * w // 8].mean(axis=(1, 2))
    ones, eights = np.rint((middle[:, :2] - 15) / 30).astype(int).T
    return [int(n) for n in ones + 8 * eights]


def red_corner(frame: np.ndarray) -> str:
    """Which corner is red: TL, TR, BL or BR."""
    h, w = frame.shape[:2]
    places = {"TL": (2, 2), "TR": (2, w - 3), "BL": (h - 3, 2), "BR": (h - 3, w - 3)}
    red = [name for name, (y, x) in places.items() if frame[y, x, 0] > 150 and frame[y, x, 2] < 60]
    assert len(red) == 1, red
    return red[0]


def make_video(
    path: Path,
    n_frames: int = 20,
    *,
    rate: int | Fraction = 25,
    height: int = 72,
    width: int = 96,
    codec: str = "libx264",
    pix_fmt: str = "yuv420p",
    ticks: Sequence[int] | None = None,
    tick_s: Fraction | None = None,
    offset_ticks: int = 0,
    rotation_deg: int | None = None,
    options: dict[str, str] | None = None,
    container_options: dict[str, str] | None = None,
    noise: bool = False,
) -> Path:
    """``ticks`` (of ``tick_s``) are presentation times for variable rates; B-frames as the encoder likes."""
    tick = tick_s or 1 / Fraction(rate)
    rng = np.random.default_rng(0)
    with av.open(str(path), "w", container_options=container_options or {}) as out:
        stream = out.add_stream(codec, rate=rate, options={"threads": "1", "crf": "8", **(options or {})})
        stream.width, stream.height, stream.pix_fmt = width, height, pix_fmt
        stream.codec_context.time_base = tick
        if rotation_deg is not None:
            stream.set_display_rotation(rotation_deg)
        for i in range(n_frames):
            array = numbered(i, height, width)
            if noise:
                array = array // 2 + rng.integers(0, 128, array.shape, dtype=np.uint8)
            frame = av.VideoFrame.from_ndarray(array, format="rgb24").reformat(format=pix_fmt)
            frame.pts, frame.time_base = (ticks[i] if ticks else i) + offset_ticks, tick
            out.mux(stream.encode(frame))
        out.mux(stream.encode(None))
    return path


def make_sound(path: Path, waveform: Waveform, codec: str) -> Path:
    """A container with sound and no picture."""
    with av.open(str(path), "w") as out:
        layout = "mono" if waveform.n_channels == 1 else "stereo"
        stream = out.add_stream(codec, rate=waveform.sample_rate_hz, layout=layout)
        frame = av.AudioFrame.from_ndarray(waveform.samples, format="fltp", layout=layout)
        frame.sample_rate, frame.pts = waveform.sample_rate_hz, 0
        frame.time_base = Fraction(1, waveform.sample_rate_hz)
        out.mux(stream.encode(frame))
        out.mux(stream.encode(None))
    return path


def clicks(duration_s: float, at_s: Sequence[float], rate_hz: int = RATE_HZ, channels: int = 1) -> Waveform:
    """Single-sample clicks."""
    samples = np.zeros((channels, round(duration_s * rate_hz)), dtype=np.float32)
    for t in at_s:
        samples[:, round(t * rate_hz)] = 0.9
    return Waveform(samples, rate_hz)


def click_times(waveform: Waveform, n: int) -> np.ndarray:
    """The ``n`` loudest places at least 20 ms apart, in seconds."""
    level, found = np.abs(waveform.samples[0]).copy(), []
    guard = round(0.02 * waveform.sample_rate_hz)
    for _ in range(n):
        peak = int(level.argmax())
        found.append(peak / waveform.sample_rate_hz)
        level[max(0, peak - guard) : peak + guard] = 0
    return np.sort(found)


def packets(path: Path) -> list[tuple[Fraction, bytes]]:
    """(time since the first picture, payload) of every picture packet in file order."""
    with av.open(str(path)) as container:
        stream = container.streams.video[0]
        found = [(p.pts * Fraction(p.time_base), bytes(p)) for p in container.demux(stream) if p.size]
    first = min(t for t, _ in found)
    return [(t - first, data) for t, data in found]
