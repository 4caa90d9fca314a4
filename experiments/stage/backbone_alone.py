"""Class accuracy of the backbone's own answer, the mean over all moments, before any network relates them.

    SILENTFOLEY_CACHE=FOLDER python experiments/stage/backbone_alone.py FOLDER OUT.json [SPLIT ...]

FOLDER is that of ``train_backbone.py``; vectors are read from the cache that ``vectors.py`` filled.
"""

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path

import torch
from prefill import stage_data
from train_backbone import answers

from silentfoley.data.items import ClipItem
from silentfoley.encoders.moment_cnn import MomentFeatures
from silentfoley.files import write_json
from silentfoley.labels import LABELS
from silentfoley.metrics.bootstrap import mean_interval


@torch.inference_mode()
def main(folder: str, out: str, *splits: str) -> None:
    """Judge what is in the cache."""
    torch.set_num_threads(1)
    extractor = MomentFeatures(Path(folder) / "moment_cnn.safetensors")
    data = stage_data()
    maker, figures = replace(data.maker, extractor=extractor), {}
    for split in splits or ("unseen_seeds",):
        source, right = data.sources()[split], []
        for i in range(len(source)):
            entry = data.cache.get(source.content(i), maker.settings())
            if entry is not None:
                item = ClipItem.from_entry(entry)
                logits, _, _ = answers(torch.from_numpy(item.features))
                right.append(float(LABELS[int(logits.mean(0).argmax())] == item.label))
        figures[split] = mean_interval(right)
        print(f"{split}: {figures[split]}", flush=True)
    write_json(Path(out), {name: interval.to_dict() for name, interval in figures.items()})


if __name__ == "__main__":
    main(*sys.argv[1:])
