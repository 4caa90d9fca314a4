"""Render the stage's clips once into the feature cache, so that training starts at once.

    SILENTFOLEY_CACHE=FOLDER python experiments/stage/prefill.py [split=count ...] [part=0/1] [OVERRIDE ...]

Splits are made in the order given; clips that are there already are passed over, so several processes, one per
``part``, may share the work, and a killed one is simply started again. Overrides are those of ``silentfoley train``
and contain a dot, such as ``data.bank=FOLDER``.
"""

from __future__ import annotations

import sys
import time
from pathlib import Path

import torch
from hydra import compose, initialize_config_dir
from hydra.utils import instantiate

from silentfoley.data.datamodule import ClipDataModule
from silentfoley.data.dataset import ClipDataset
from silentfoley.training.groups import config_dir

OWN_CONFIGS = Path(__file__).resolve().parent / "configs"


def stage_data(*overrides: str) -> ClipDataModule:
    """The data module of ``silentfoley train`` with this experiment's clips, thumbnails and these overrides."""
    own = [f"hydra.searchpath=[file://{OWN_CONFIGS}]", "data=stage_apart", "paths.run=unused", "name=stage"]
    with initialize_config_dir(str(config_dir()), version_base="1.3"):
        config = compose("train", overrides=[*own, *overrides])
    data: ClipDataModule = instantiate(config.data, _convert_="all")
    return data


def fill(data: ClipDataModule, split: str, count: int, part: int, parts: int) -> int:
    """Make a part of the first ``count`` clips of a split. Returns how many were missing."""
    dataset = ClipDataset(data.sources()[split], data.maker, data.cache)
    made, settings = 0, data.maker.settings()
    for i in range(part, count, parts):
        if data.cache.path(dataset.source.content(i), settings).is_file():
            continue
        data.cache.put(dataset.source.content(i), settings, data.maker(dataset.source.load(i)).to_entry())
        made += 1
    return made


def main(words: list[str]) -> None:
    """Read the arguments and make the clips."""
    overrides = [word for word in words if "." in word]
    options = [word.split("=", 1) for word in words if "." not in word]
    part, parts = (int(v) for v in dict(options).get("part", "0/1").split("/"))
    torch.set_num_threads(1)
    for split, count in ((k, int(v)) for k, v in options if k != "part"):
        start = time.time()
        data = stage_data(*overrides, f"++data.sizes.{split}={count}")
        made = fill(data, split, count, part, parts)
        print(f"{split}: {made} clips of part {part} made in {time.time() - start:.0f} s", flush=True)


if __name__ == "__main__":
    main(sys.argv[1:])
