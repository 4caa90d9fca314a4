"""Training items of both networks from short clips that are rendered already: backbone vectors, sound and truth.

    SILENTFOLEY_CACHE=FOLDER python experiments/stage/short_items.py WEIGHTS FILE.npz ...

They go into the feature cache under the names by which ``silentfoley train`` with ``data=stage_apart`` looks for
them. One thing differs from rendering them again: the last two or three columns of a clip repeat the one before.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import torch
from apart import StageApart
from numpy.typing import NDArray
from prefill import stage_data
from short_clips import stored_clips

from silentfoley.data.items import RawClip
from silentfoley.encoders.base import FeatureExtractor
from silentfoley.encoders.moment_cnn import MomentFeatures
from silentfoley.stage.clip import draw_scene, render_sound, true_cues
from silentfoley.stage.seeds import clip_seed
from silentfoley.timegrid import TimeGrid, frame_times_s


@dataclass
class Ready(FeatureExtractor):
    """Vectors of pictures that exist, under the name and settings of the extractor that made them."""

    extractor: MomentFeatures
    grey: NDArray[np.uint8]

    def __post_init__(self) -> None:
        self.name = self.extractor.name

    def settings(self) -> dict[str, Any]:
        """Those of the extractor."""
        return self.extractor.settings()

    def __call__(self, frames: NDArray[np.uint8], times_s: NDArray[np.float64], grid: TimeGrid) -> NDArray[np.float32]:
        """(T, D) from the stored pictures."""
        vectors = self.extractor.of_pictures(self.grey)
        return np.pad(vectors, ((0, max(0, grid.n_columns - len(vectors))), (0, 0)), mode="edge")[: grid.n_columns]


def main(weights: str, *paths: str, say: Callable[..., None] = print) -> None:
    """Make and store the items of every file."""
    torch.set_num_threads(1)
    extractor = MomentFeatures(weights)
    data = stage_data()
    assert isinstance(data, StageApart)
    nothing = np.zeros((1, 1, 1, 3), dtype=np.uint8)
    for path in paths:
        start, clips = time.time(), stored_clips(Path(path))
        root, source = clips.root_seed, data.train_source(clips.root_seed)
        for i, grey in zip(clips.indices, clips.pictures(), strict=True):
            scene = draw_scene(source.spec, clip_seed(root, "train", i))
            maker = replace(data.maker, extractor=Ready(extractor, grey))
            if data.cache.path(source.content(i), maker.settings()).is_file():
                continue
            clip = RawClip(
                id=f"stage/train/{root}/{i}",
                frames=nothing,
                times_s=frame_times_s(scene.n_frames, scene.rate_fps),
                duration_s=scene.duration_s,
                label=scene.label,
                waveform=render_sound(scene),
                cues=true_cues(scene),
                silent=scene.silent,
            )
            data.cache.put(source.content(i), maker.settings(), maker(clip).to_entry())
        say(f"{path}: {time.time() - start:.0f} s", flush=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
