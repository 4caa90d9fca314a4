"""Items with the vectors of two moment networks, from items with the first one's alone.

    SILENTFOLEY_CACHE=FOLDER python experiments/stage/pair_items.py WEIGHTS SECOND_WEIGHTS SPLIT=COUNT ... FILE.npz ...

Splits are read from the cache of thumbnails, training clips from files of ``short_clips.py`` and
``horse_clips.py``. Everything but the vectors is copied from what ``vectors.py`` and ``short_items.py`` stored. What is
there already is passed over.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import torch
from apart import StageApart
from numpy.typing import NDArray
from prefill import stage_data
from short_clips import stored_clips

from silentfoley.data.datamodule import ClipDataModule
from silentfoley.data.items import ClipItem
from silentfoley.encoders.moment_pair import MomentPair


def split_pictures(data: ClipDataModule, split: str) -> Iterator[tuple[str, NDArray[np.uint8]]]:
    """Content and pictures of every clip of a split that is in the cache of thumbnails."""
    source = data.sources()[split]
    for i in range(len(source)):
        entry = data.cache.get(source.content(i), data.maker.settings())
        assert entry is not None, "run prefill.py first"
        yield source.content(i), ClipItem.from_entry(entry).features[:, 1].copy()


def short_pictures(data: ClipDataModule, path: str) -> Iterator[tuple[str, NDArray[np.uint8]]]:
    """Content and pictures of every clip of a file of training clips."""
    assert isinstance(data, StageApart)
    clips = stored_clips(Path(path))
    source = data.train_source(clips.root_seed)
    for i, grey in zip(clips.indices, clips.pictures(), strict=True):
        yield source.content(i), grey


def add(data: ClipDataModule, pair: MomentPair, clips: Iterator[tuple[str, NDArray[np.uint8]]]) -> int:
    """Make what is missing. Returns how many."""
    first, both, made = replace(data.maker, extractor=pair.first), replace(data.maker, extractor=pair), 0
    for content, grey in clips:
        if data.cache.path(content, both.settings()).is_file():
            continue
        entry = data.cache.get(content, first.settings())
        assert entry is not None, "run vectors.py and short_items.py first"
        item = ClipItem.from_entry(entry)
        n = len(item.features)
        # Pictures of short clips end two or three columns early; the last stands still.
        seen = np.concatenate([grey, np.repeat(grey[-1:], max(0, n - len(grey)), axis=0)])[:n]
        data.cache.put(content, both.settings(), replace(item, features=pair.beside(item.features, seen)).to_entry())
        made += 1
    return made


def main(weights: str, second_weights: str, *words: str) -> None:
    """Make the items."""
    torch.set_num_threads(1)
    pair = MomentPair(weights, second_weights, n_second_answers=133)
    for word in words:
        start = time.time()
        split, _, count = word.partition("=")
        data = stage_data(f"++data.sizes.{split}={count}") if count else stage_data()
        made = add(data, pair, split_pictures(data, split) if count else short_pictures(data, word))
        print(f"{word}: {made} made in {time.time() - start:.0f} s", flush=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
