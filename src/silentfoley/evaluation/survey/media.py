"""Clips as a page plays them: every side of a clip has the same picture, the same coding and the same length."""

from __future__ import annotations

import math
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from silentfoley.errors import MediaError
from silentfoley.evaluation.survey.clips import Sides
from silentfoley.evaluation.survey.design import TRUTH
from silentfoley.media.audio import read_audio
from silentfoley.media.encode import write_video
from silentfoley.media.flac import flac_bytes
from silentfoley.media.mux import mux
from silentfoley.media.video import VideoInfo, probe, read_windows
from silentfoley.metrics.levels import is_silent, level_difference_db
from silentfoley.waveform import Waveform

RATE_HZ = 48_000
#: Pictures higher than this are made smaller, faster ones slower: to see when something strikes, this is enough.
MAX_HEIGHT, MAX_RATE_FPS = 480, Fraction(60)
#: A longer clip cannot be held in the ear beside another.
MAX_CLIP_S = 60.0
VIDEO, SOUND = "video/mp4", "audio/flac"
#: The sound of a check: three beeps, -20 dBFS.
_BEEP_HZ, _BEEP_S, _BEEPS, _BEEP_LEVEL = 880.0, 0.15, 3, 0.1


@dataclass(frozen=True)
class Playable:
    """A file for the page: its type and its bytes."""

    kind: str
    data: bytes


@dataclass(frozen=True)
class Rendered:
    """Every side of a clip.

    Attributes:
        duration_s: how long each lasts.
        files: by side.
        level_db: how much louder each system is than the truth; NaN where either is silent.
    """

    duration_s: float
    files: Mapping[str, Playable]
    level_db: Mapping[str, float]


def render(sides: Sides) -> Rendered:
    """Every side of a clip: mp4 (H.264, AAC) where any of them has a picture, FLAC otherwise.

    The picture is the true clip's, else the first system's that has one. Every side lasts as long as the true clip: as
    its own picture, else as its sound. A borrowed picture is cut, or its last frame held, until the true sound is over.

    Raises:
        MediaError: if a file cannot be read, or lasts longer than :data:`MAX_CLIP_S`.
    """
    files = {TRUTH: sides.truth, **sides.systems}
    videos = [clip.video for clip in files.values() if clip.video is not None]
    info = probe(videos[0]) if videos else None
    if info is not None and sides.truth.video is not None:
        _check_length(info.path, float(info.duration_s))
    sounds = {name: _mono(clip.sound_path) for name, clip in files.items() if clip.sound_path is not None}
    duration_s = _true_length(sides, info, sounds[TRUTH].n_samples)
    sounds = {name: _fitted(sound, round(duration_s * RATE_HZ)) for name, sound in sounds.items()}
    true = sounds[TRUTH].mono()
    levels = {name: _louder_db(true, sounds[name].mono()) for name in sides.systems}
    if info is not None:
        return Rendered(round(float(duration_s), 6), _with_picture(info, duration_s, sounds), levels)
    return Rendered(round(float(duration_s), 6), {n: Playable(SOUND, flac_bytes(s)) for n, s in sounds.items()}, levels)


def check_media() -> dict[str, Playable]:
    """The two sides of an attention check, equally long."""
    n = round(_BEEP_S * RATE_HZ)
    beep = np.sin(2 * np.pi * _BEEP_HZ * np.arange(n) / RATE_HZ) * np.hanning(n)
    sound = _BEEP_LEVEL * np.tile(np.concatenate([beep, np.zeros(n // 2)]), _BEEPS)
    waves = {"sound": sound, "silence": np.zeros(sound.size)}
    return {k: Playable(SOUND, flac_bytes(Waveform(w[None].astype(np.float32), RATE_HZ))) for k, w in waves.items()}


def _check_length(subject: str | Path, duration_s: float) -> None:
    if duration_s > MAX_CLIP_S:
        cause = f"lasts {duration_s:.0f} s, more than the {MAX_CLIP_S:.0f} a listener can compare"
        raise MediaError(subject, cause, "cut it into shorter clips")


def _shown_fps(info: VideoInfo) -> Fraction:
    return min(info.rate_fps, MAX_RATE_FPS)


def _true_length(sides: Sides, info: VideoInfo | None, n_samples: int) -> Fraction:
    """Of the true picture, else of the true sound; under a borrowed picture in whole frames, so no sound is cut."""
    if info is not None and sides.truth.video is not None:
        return info.duration_s
    sound_s = Fraction(n_samples, RATE_HZ)
    _check_length(sides.truth.id, float(sound_s))
    return sound_s if info is None else math.ceil(sound_s * _shown_fps(info)) / _shown_fps(info)


def _louder_db(true: NDArray[np.float32], made: NDArray[np.float32]) -> float:
    """A clip that is silent, and rightly so on the other side too, says nothing of levels."""
    return float("nan") if is_silent(true) else level_difference_db(true, made)


def _mono(path: Path) -> Waveform:
    sound = read_audio(path, sample_rate_hz=RATE_HZ)
    return Waveform(sound.mono()[None], RATE_HZ)


def _fitted(sound: Waveform, n_samples: int) -> Waveform:
    samples = sound.samples[:, :n_samples]
    return Waveform(np.pad(samples, ((0, 0), (0, n_samples - samples.shape[1]))), RATE_HZ)


def _with_picture(info: VideoInfo, duration_s: Fraction, sounds: Mapping[str, Waveform]) -> dict[str, Playable]:
    out = {}
    with tempfile.TemporaryDirectory() as folder:
        picture = Path(folder) / "picture.mp4"
        rate = _shown_fps(info)
        write_video(picture, _steady(info, duration_s, rate), rate)
        for number, (name, sound) in enumerate(sounds.items()):
            path = Path(folder) / f"{number}.mp4"
            mux(picture, sound, path)
            out[name] = Playable(VIDEO, path.read_bytes())
    return out


def _steady(info: VideoInfo, duration_s: Fraction, rate_fps: Fraction) -> Iterator[NDArray[np.uint8]]:
    """Frames at a constant rate: of each step the frame shown in its middle. A constant rate stays as it was.

    Past its end the last frame is held.
    """
    n_steps = max(1, round(duration_s * rate_fps))
    middles_s = (np.arange(n_steps) + 0.5) / float(rate_fps)
    shown = np.searchsorted(info.times_s, middles_s, side="right") - 1
    times = np.bincount(np.maximum(shown, 0), minlength=info.n_frames)
    height = min(info.height, MAX_HEIGHT)
    size = (height, max(2, round(info.width * height / info.height)))
    position = 0
    for window in read_windows(info, size=size):
        for frame in window.frames:
            for _ in range(times[position]):
                yield frame
            position += 1
            if position > shown[-1]:
                return
