"""What question 5 compares: class means with residuals, cue-driven siblings, phases, takes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import torch
from torch import Tensor

from silentfoley.data.batch import FoleyBatch
from silentfoley.data.dataset import ClipDataset, ClipSource
from silentfoley.data.items import ClipItem, collate
from silentfoley.data.lessons import HIT_SECONDS
from silentfoley.data.stage_source import StageSource
from silentfoley.errors import DataError
from silentfoley.generators.class_mean import ClassMeanGenerator
from silentfoley.generators.cue_class_mean import CueClassMean
from silentfoley.generators.losses import pairs_loss
from silentfoley.generators.nearest_take import MemoryTake
from silentfoley.generators.tasks import ClassMeanTask, CueTask, GeneratorTask, ResidualInputs
from silentfoley.labels import LABELS, TEXTURES
from silentfoley.stage.clip import draw_scene, render_sound
from silentfoley.stage.seeds import clip_seed

#: Hop of every spectrogram here, in samples, whatever the clock of the columns.
FINE_HOP = 294


def stage_sound(item: ClipItem, source: ClipSource, index: int) -> ClipItem:
    """A clip of the stage with its sound, made again from the seed."""
    # Training clips may come from several root seeds, as in experiments/stage/apart.py.
    place = getattr(source, "place", None)
    source, i = place(index) if place is not None else (source, index)
    if not isinstance(source, StageSource):
        return item
    scene = draw_scene(replace(source.spec, split=source.split), clip_seed(source.seed, source.split, i))
    return replace(item, audio=render_sound(scene).mono()[: item.grid.n_samples])


def with_audio(dataset: ClipDataset, count: int) -> list[ClipItem]:
    """The first sounding clips of a data set with their sound.

    Raises:
        DataError: if there is none.
    """
    if dataset.bad:
        raise DataError("clips", f"{len(dataset.bad)} could not be made", "mend or leave out those clips")
    items: list[ClipItem] = []
    for i in range(len(dataset)):
        item = dataset[i]
        if not item.silent and not item.audio.size:
            item = stage_sound(item, dataset.source, i)
        if item.audio.size and not item.silent and np.abs(item.audio).max() > 1e-4:
            items.append(item)
        if len(items) == count:
            break
    if not items:
        raise DataError("clips", "none of them sounds", "set data.maker.keep_audio=true")
    return items


def batches(items: Sequence[ClipItem], size: int = 16) -> list[FoleyBatch]:
    """Fixed batches in order: what a classifier says of one is computed once."""
    return [collate(items[i : i + size], LABELS) for i in range(0, len(items), size)]


class Remembered:
    """Inputs of a residual, made once per batch."""

    def __init__(self, inputs: ResidualInputs) -> None:
        self.inputs = inputs
        self._made: dict[tuple[str, ...], Tensor] = {}

    def __call__(self, batch: FoleyBatch) -> Tensor:
        """(B, T, D)."""
        if batch.clip_ids not in self._made:
            self._made[batch.clip_ids] = self.inputs(batch)
        return self._made[batch.clip_ids]


def fit(task: GeneratorTask, clips: Sequence[FoleyBatch], epochs: int, seed: int) -> None:
    """Means, then the residual by gradient, then how takes differ: as ``silentfoley train`` does it."""
    task.prepare(clips)
    optimiser = torch.optim.Adam(task.parameters(), lr=2e-3)
    order = torch.Generator().manual_seed(seed)
    for _ in range(epochs):
        for i in torch.randperm(len(clips), generator=order).tolist():
            pairs = task.pairs(clips[i])
            if pairs is not None:
                optimiser.zero_grad()
                pairs_loss(pairs).backward()
                optimiser.step()
    task.finish(clips)


def class_mean(clips: Sequence[FoleyBatch], inputs: ResidualInputs, epochs: int, seed: int) -> ClassMeanGenerator:
    """Class mean with a residual read off ``inputs``; none where ``epochs`` is 0."""
    torch.manual_seed(seed)
    hop, width = clips[0].hop_samples, inputs(clips[0]).shape[-1]
    frames = max(b.audio.shape[1] for b in clips) // FINE_HOP
    generator = ClassMeanGenerator(width, n_frames=frames, refine=hop // FINE_HOP, hop_samples=hop)
    fit(ClassMeanTask(generator, inputs), clips, epochs, seed)
    return generator.eval()


def cue_class_mean(clips: Sequence[FoleyBatch], epochs: int, seed: int) -> CueClassMean:
    """Its sibling that performs cues."""
    torch.manual_seed(seed)
    generator = CueClassMean()
    fit(CueTask(generator), clips, epochs, seed)
    return generator.eval()


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
