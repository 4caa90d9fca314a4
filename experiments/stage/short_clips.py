"""Render short silent clips to learn the backbone from: a third of the cost of full ones, so three times the scenes.

    python experiments/stage/short_clips.py OUT.npz COUNT [FIRST] [ROOT_SEED] [FPS]

Clips ``FIRST .. FIRST + COUNT - 1`` of the training split: 2.4 s, without sound, at the stage's frame rates or at one
FPS; kept as grey pictures of 64 px at 50 columns a second, as the cache of thumbnails keeps them. Every scene's truth
(who acts, in which direction of time, when it strikes) is drawn again from the seed wherever it is needed.
"""

from __future__ import annotations

import sys
import time
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from silentfoley.encoders.features import ThumbnailFeatures
from silentfoley.stage.clip import ClipSpec, render_clip
from silentfoley.stage.seeds import clip_seed
from silentfoley.timegrid import TimeGrid

#: Columns kept of each clip; frame rates end their last frame a little apart.
N_COLUMNS = 119
#: Another root seed than the full clips': no scene is seen twice.
ROOT_SEED = 7


def spec_of(fps: float) -> ClipSpec:
    """What is asked of each clip; 0 stands for the stage's frame rates."""
    return ClipSpec(duration_s=2.4, fps=fps or None)


def grey_columns(spec: ClipSpec, seed: int) -> np.ndarray:
    """(N_COLUMNS, 64, 64) uint8."""
    clip = render_clip(spec, seed)
    grid = TimeGrid.of_duration(float(len(clip.frames) / clip.rate_fps))
    return np.round(ThumbnailFeatures()(clip.frames, clip.times_s, grid)[:N_COLUMNS, 1] * 255).astype(np.uint8)


@dataclass(frozen=True, eq=False)
class StoredClips:
    """A file of this script or of ``horse_clips.py``: (N, N_COLUMNS, 64, 64) pictures of N clips of a root seed."""

    root_seed: int
    indices: tuple[int, ...]
    path: Path

    def pictures(self) -> NDArray[np.uint8]:
        """Read them."""
        with np.load(self.path) as stored:
            pictures: NDArray[np.uint8] = stored["pictures"]
        return pictures


def stored_clips(path: Path) -> StoredClips:
    """What is in a file; pictures are read when they are asked for."""
    with np.load(path) as stored:
        if "indices" in stored:
            return StoredClips(int(stored["root_seed"]), tuple(stored["indices"].tolist()), path)
        # How many there are stands at the head of the pictures, which are large.
        with stored.zip.open("pictures.npy") as pictures:
            np.lib.format.read_magic(pictures)
            (count, *_), _, _ = np.lib.format.read_array_header_1_0(pictures)
        first = int(stored["first"])
        return StoredClips(int(stored["root_seed"]), tuple(range(first, first + count)), path)


def main(out: str, count: int, first: int = 0, root_seed: int = ROOT_SEED, fps: int = 0) -> None:
    """Render and save."""
    start = time.time()
    seeds = [clip_seed(root_seed, "train", first + i) for i in range(count)]
    pictures = np.stack([grey_columns(spec_of(fps), seed) for seed in seeds])
    np.savez(out, pictures=pictures, first=first, root_seed=root_seed, fps=fps)
    print(f"{count} clips in {time.time() - start:.0f} s", flush=True)


if __name__ == "__main__":
    main(sys.argv[1], *(int(v) for v in sys.argv[2:]))
