"""From cached thumbnails to cached vectors of the trained backbone, without rendering a clip again.

    SILENTFOLEY_CACHE=FOLDER python experiments/stage/vectors.py WEIGHTS split=count ...

What is stored is what ``features=moment`` would compute from the rendered clip, so ``silentfoley train`` finds it.
"""

from __future__ import annotations

import sys
import time
from dataclasses import replace

import torch
from prefill import stage_data

from silentfoley.data.items import ClipItem
from silentfoley.encoders.moment_cnn import MomentFeatures


def main(weights: str, *words: str) -> None:
    """Compute and store what is missing."""
    torch.set_num_threads(1)
    extractor = MomentFeatures(weights)
    for split, count in (word.split("=") for word in words):
        start = time.time()
        data = stage_data(f"++data.sizes.{split}={count}")
        maker = replace(data.maker, extractor=extractor)
        source, made, absent = data.sources()[split], 0, 0
        for i in range(int(count)):
            content = source.content(i)
            if data.cache.path(content, maker.settings()).is_file():
                continue
            entry = data.cache.get(content, data.maker.settings())
            if entry is None:
                absent += 1
                continue
            item = ClipItem.from_entry(entry)
            vectors = extractor.of_pictures(item.features[:, 1])
            data.cache.put(content, maker.settings(), replace(item, features=vectors).to_entry())
            made += 1
        print(f"{split}: {made} made, {absent} not rendered, {time.time() - start:.0f} s", flush=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
