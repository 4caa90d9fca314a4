"""Stage clips for the onset network: rendered once, kept as motion features in a folder of your choice.

python experiments/default/curve_clips.py --cache DIR [--train 500] [--val 240] [--clip-seed 7]

One core renders about 3000 clips an hour. A killed run goes on where it stopped.
"""

from __future__ import annotations

import argparse
from dataclasses import dataclass, replace
from pathlib import Path

import cv2
import numpy as np

from silentfoley.encoders.motion import MotionReader
from silentfoley.files import atomic_output
from silentfoley.labels import LABELS, TEXTURES
from silentfoley.stage.clip import ClipSpec, StageClip, render_clip
from silentfoley.stage.seeds import clip_seed
from silentfoley.timegrid import TimeGrid

SEED = 7
SPEC = ClipSpec(duration_s=4.0, height=90, width=160, fps=None)
HITS = tuple(name for name in LABELS if name not in TEXTURES)
#: Every so many clips one is drawn from all acts, the others from those that strike.
ALL_ACTS_EVERY = 4


@dataclass(frozen=True)
class CurveClip:
    """What a clip teaches.

    Attributes:
        features: (T, 28) motion features at 50 Hz.
        start_s, strength: (N,) its hits; none for a texture or a decoy.
        label: class of the clip.
        silent: whether it is a decoy.
        grid: its clock.
    """

    features: np.ndarray
    start_s: np.ndarray
    strength: np.ndarray
    label: str
    silent: bool
    grid: TimeGrid


def spec_of(split: str, index: int) -> ClipSpec:
    """What clip ``index`` of a split is asked to be."""
    return replace(SPEC, split=split, labels=() if index % ALL_ACTS_EVERY == 0 else HITS)


def file_of(cache: Path, seed: int, split: str, index: int) -> Path:
    return cache / f"seed{seed}" / split / f"{index:05d}.npz"


def learn_from(clip: StageClip, reader: MotionReader) -> CurveClip:
    """Look at a rendered clip."""
    grid = TimeGrid.of_duration(float(len(clip.frames) / clip.rate_fps))
    reader.add(clip.frames, clip.times_s)
    hits = [c for c in clip.cues if c.label not in TEXTURES]
    starts, strengths = (np.array([getattr(c, n) for c in hits], dtype=np.float64) for n in ("start_s", "strength"))
    return CurveClip(reader.features(grid), starts, strengths, clip.label, clip.silent, grid)


def save(path: Path, clip: CurveClip) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with atomic_output(path) as temporary, temporary.open("wb") as file:
        np.savez(
            file,
            features=clip.features.astype(np.float16),
            start_s=clip.start_s,
            strength=clip.strength,
            label=clip.label,
            silent=clip.silent,
            n_samples=clip.grid.n_samples,
        )


def load(path: Path) -> CurveClip:
    with np.load(path) as data:
        return CurveClip(
            data["features"].astype(np.float32),
            data["start_s"],
            data["strength"],
            str(data["label"]),
            bool(data["silent"]),
            TimeGrid(int(data["n_samples"])),
        )


def make(cache: Path, seed: int, split: str, indices: range) -> None:
    """Render what the cache lacks."""
    cv2.setNumThreads(1)
    for index in indices:
        path = file_of(cache, seed, split, index)
        if not path.exists():
            clip = render_clip(spec_of(split, index), clip_seed(seed, split, index))
            save(path, learn_from(clip, MotionReader()))


def clips(cache: Path, seed: int, split: str, n: int) -> list[CurveClip]:
    """The first ``n`` clips of a split, rendered where need be."""
    make(cache, seed, split, range(n))
    return [load(file_of(cache, seed, split, i)) for i in range(n)]


def arguments() -> argparse.ArgumentParser:
    """Options that say which clips."""
    parser = argparse.ArgumentParser(add_help=False)
    parser.add_argument("--cache", type=Path, required=True)
    parser.add_argument("--train", type=int, default=500)
    parser.add_argument("--val", type=int, default=240)
    parser.add_argument("--clip-seed", type=int, default=SEED)
    return parser


def main() -> None:
    options = argparse.ArgumentParser(parents=[arguments()], description=__doc__).parse_args()
    make(options.cache, options.clip_seed, "val", range(options.val))
    make(options.cache, options.clip_seed, "train", range(options.train))


if __name__ == "__main__":
    main()
