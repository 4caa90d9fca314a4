"""The judge of the real clips: which clips there are, and when their true sound has onsets."""

from __future__ import annotations

import csv
import os
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import av
import librosa
import numpy as np

SAMPLE_RATE_HZ = 22_050
HOP = 256
ROOT = Path(__file__).resolve().parents[2]
CACHE = Path(os.environ.get("SILENTFOLEY_CACHE", "/tmp/silentfoley_real_clips"))  # noqa: S108


def shared() -> Path:
    """The folder that holds ``clips/``."""
    return Path(os.environ.get("SILENTFOLEY_SHARED", ROOT.parent / "shared"))


@dataclass(frozen=True)
class Clip:
    """A real clip with true sound. ``role`` is ``tune`` or ``report``."""

    name: str
    label: str
    role: str
    discrete: bool

    @property
    def path(self) -> Path:
        return shared() / "clips" / f"{self.name}.mp4"


def clips(role: str | None = None, discrete: bool = True) -> list[Clip]:
    """The listed clips of a role (all if None), those with discrete events alone unless told otherwise."""
    with (shared() / "clips" / "CLIPS.tsv").open() as file:
        rows = list(csv.DictReader(file, delimiter="\t"))
    found = [Clip(Path(r["file"]).stem, r["class"], r["role"], r["discrete_events"] == "1") for r in rows]
    return [c for c in found if role in (None, c.role) and (c.discrete or not discrete)]


def read_sound(path: Path) -> np.ndarray:
    """(N,) mono sound of a video at 22.05 kHz, decoded and resampled by PyAV, from time 0 of the picture."""
    with av.open(str(path)) as container:
        resampler = av.AudioResampler("flt", "mono", SAMPLE_RATE_HZ)
        frames = list(container.decode(audio=0))
        start_s = float(frames[0].pts * frames[0].time_base)
        blocks = [b.to_ndarray()[0] for f in [*frames, None] for b in resampler.resample(f)]
    sound, lead = np.concatenate(blocks), round(start_s * SAMPLE_RATE_HZ)
    return np.pad(sound, (lead, 0)) if lead >= 0 else sound[-lead:]


@cache
def true_onsets(path: Path) -> np.ndarray:
    """(N,) onsets of the true sound in seconds, by the protocol of the probes."""
    sound = read_sound(path)
    envelope = librosa.onset.onset_strength(y=sound, sr=SAMPLE_RATE_HZ, hop_length=HOP, aggregate=np.median)
    times = librosa.onset.onset_detect(
        onset_envelope=envelope, sr=SAMPLE_RATE_HZ, hop_length=HOP, delta=0.2, wait=4, units="time"
    )
    loud = 0.1 * np.abs(sound).max()
    return np.array([t for t in times if _peak(sound, t) > loud])


def _peak(sound: np.ndarray, onset_s: float) -> float:
    """Largest magnitude within 150 ms either side of an onset."""
    start, end = (max(0, int((onset_s + side * 0.15) * SAMPLE_RATE_HZ)) for side in (-1, 1))
    return float(np.abs(sound[start:end]).max(initial=0.0))


def duration_s(path: Path) -> float:
    """Length of the picture in seconds."""
    with av.open(str(path)) as container:
        stream = container.streams.video[0]
        if stream.duration is None:
            return float(container.duration / av.time_base)
        return float(stream.duration * stream.time_base)


if __name__ == "__main__":
    total = 0
    for clip in clips():
        onsets = true_onsets(clip.path)
        total += onsets.size
        print(f"{clip.name:14s} {clip.role:6s} {duration_s(clip.path):6.2f} s  {onsets.size:3d} onsets")
    print(f"{total} onsets in {len(clips())} clips")
