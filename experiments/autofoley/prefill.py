"""Fill the feature cache for a sweep: every clip is rendered once, every picture seen once per way.

    SILENTFOLEY_CACHE=FOLDER python experiments/autofoley/prefill.py [sweep=autofoley_features] [part=0/1] [skip=CHOICE]
        [OVERRIDE ...]

The sweep of question 4 holds the features of questions 1, 3 and 6 on image networks too.

Only saves time: ``silentfoley train`` makes what is missing, one kind of features after the other. Several processes,
one per ``part``, may share the work.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import torch
from hydra.utils import instantiate
from lab import composed, jobs
from numpy.typing import NDArray

from silentfoley.data.datamodule import ClipDataModule
from silentfoley.data.items import ItemMaker, RawClip, _compact
from silentfoley.encoders.base import FeatureExtractor
from silentfoley.encoders.features import Joined
from silentfoley.files import fingerprint
from silentfoley.timegrid import TimeGrid


class Seen:
    """Features of one clip by extractor; parts that several join are made once."""

    def __init__(self, clip: RawClip, grid: TimeGrid) -> None:
        self.clip, self.grid = clip, grid
        self._made: dict[str, NDArray[Any]] = {}

    def by(self, extractor: FeatureExtractor) -> NDArray[Any]:
        """(T, ...) what the extractor gives."""
        if isinstance(extractor, Joined):
            return np.concatenate([self.by(part) for part in extractor.extractors], axis=-1)
        key = fingerprint({"name": extractor.name, **extractor.settings()})
        if key not in self._made:
            self._made[key] = extractor(self.clip.frames, self.clip.times_s, self.grid)
        return self._made[key]


def fill(data: ClipDataModule, makers: Sequence[ItemMaker], part: int, parts: int) -> tuple[int, int]:
    """Make every missing item. Returns clips looked at, and clips that were rendered."""
    looked = made = 0
    for source in data.sources().values():
        for i in range(part, len(source), parts):
            content = source.content(i)
            missing = [m for m in makers if not data.cache.path(content, m.settings()).is_file()]
            looked += 1
            if not missing:
                continue
            made += 1
            clip = source.load(i)
            item = missing[0](clip)
            seen = Seen(clip, item.grid)
            for maker in missing:
                entry = replace(item, features=_compact(seen.by(maker.extractor))).to_entry()
                data.cache.put(content, maker.settings(), entry)
    return looked, made


def main(words: Sequence[str]) -> None:
    """Read the arguments and fill."""
    torch.set_num_threads(1)
    part, parts = next((map(int, w[5:].split("/")) for w in words if w.startswith("part=")), (0, 1))
    skipped = [w[5:] for w in words if w.startswith("skip=")]
    sweep = next((w[6:] for w in words if w.startswith("sweep=")), "autofoley_features")
    overrides = [w for w in words if not w.startswith(("part=", "skip=", "sweep=", "seed="))]
    found = jobs(sweep, Path(), [*overrides, "seed=0"])
    configs = [composed(*job.words) for job in found if job.name not in skipped]
    modules: list[ClipDataModule] = [instantiate(c.data, _convert_="all") for c in configs]
    start = time.time()
    looked, made = fill(modules[0], [m.maker for m in modules], part, parts)
    print(f"part {part}: {looked} clips, {made} made in {time.time() - start:.0f} s", flush=True)


if __name__ == "__main__":
    main(sys.argv[1:])
