"""What question 5 performs: trained runs by seed, clips with what a classifier says of them, takes to play back."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch

from silentfoley.classifiers.perceptions import perceptions
from silentfoley.cues import CueSheet
from silentfoley.data.dataset import ClipDataset
from silentfoley.data.items import ClipItem, collate
from silentfoley.data.lessons import HIT_SECONDS
from silentfoley.decode import decode
from silentfoley.errors import DataError
from silentfoley.generators.class_mean import ClassMeanGenerator
from silentfoley.generators.cue_class_mean import CueClassMean
from silentfoley.generators.nearest_take import MemoryTake
from silentfoley.labels import TEXTURES
from silentfoley.perception import Perception
from silentfoley.training.checkpoints import load_run
from silentfoley.training.evaluate import tuned

#: Hop of every spectrogram here, in samples, whatever the clock of the columns.
FINE_HOP = 294


@dataclass(frozen=True)
class Shown:
    """A test clip with what the classifier says of it, and the cues read off that with the class given."""

    item: ClipItem
    seen: Perception
    cues: CueSheet


def sounding(dataset: ClipDataset, count: int | None = None) -> list[ClipItem]:
    """The first clips of a data set that sound; all of them where no count is given.

    Raises:
        DataError: if there is none, or a clip could not be made.
    """
    if dataset.bad:
        raise DataError("clips", f"{len(dataset.bad)} could not be made", "mend or leave out those clips")
    items: list[ClipItem] = []
    for i in range(len(dataset)):
        item = dataset[i]
        if not item.silent and item.audio.size and np.abs(item.audio).max() > 1e-4:
            items.append(item)
        if len(items) == count:
            break
    if not items:
        raise DataError("clips", "none of them sounds", "set data.maker.keep_audio=true")
    return items


def class_mean(run: Path) -> ClassMeanGenerator:
    """The generator of a run of a class mean, with its best weights."""
    module, _, _ = load_run(run)
    generator = module.task.generator
    assert isinstance(generator, ClassMeanGenerator)
    return generator.eval()


def cue_class_mean(run: Path) -> CueClassMean:
    """The same of its sibling; how takes differ is fitted anew, for checkpoints are older than that."""
    module, data, _ = load_run(run)
    data.setup("fit")
    module.task.finish(data.loader("train"))
    generator = module.task.generator
    assert isinstance(generator, CueClassMean)
    return generator.eval()


@torch.inference_mode()
def shown(items: Sequence[ClipItem], classifier: Path) -> list[Shown]:
    """Test clips as a classifier's run sees them, cues decoded with settings tuned on its validation clips."""
    module, data, _ = load_run(classifier)
    data.setup("test")
    settings = tuned(module, data.datasets["val"], data.labels)
    out = []
    for item in items:
        batch = collate([item], data.labels)
        (seen,) = perceptions(module(batch.features, batch.lengths), [item.grid], data.labels)
        out.append(Shown(item, seen, decode(seen, settings, label=item.label)))
    return out


def takes(items: Sequence[ClipItem]) -> list[MemoryTake]:
    """Training sounds cut at their cues: a hit until the next one or for as long as its class rings; whole textures."""
    found = []
    for item in items:
        rate, starts = item.grid.sample_rate_hz, [c.start_s for c in item.cues if c.label not in TEXTURES]
        if item.label in TEXTURES:
            found.append(MemoryTake(item.label, item.audio))
        ends = [*starts[1:], float(item.grid.duration_s)][: len(starts)]
        for start_s, next_s in zip(starts, ends, strict=True):
            end_s = min(next_s, start_s + HIT_SECONDS[item.label])
            samples = item.audio[round(start_s * rate) : round(end_s * rate)]
            if samples.size > rate // 50 and np.abs(samples).max() > 1e-3:
                found.append(MemoryTake(item.label, samples))
    return found
