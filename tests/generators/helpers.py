"""Small batches with known sound, and small generators fitted on them."""

import torch

from silentfoley.cues import Cue, CueSheet
from silentfoley.data.batch import FoleyBatch
from silentfoley.generators.cue_class_mean import CueClassMean
from silentfoley.generators.cue_fitting import CueFitter
from silentfoley.generators.nearest_take import MemoryTake, NearestTake

RATE = 44_100
LABELS = ("clock", "footsteps", "rain")


def burst(n: int, decay: int, seed: int) -> torch.Tensor:
    """(n,) noise that decays, peak 1."""
    noise = torch.randn(n, generator=torch.Generator().manual_seed(seed))
    out = noise * torch.exp(-torch.arange(n) / decay)
    return out / out.abs().max()


def clip(label: str, seed: int = 0, seconds: float = 1.0) -> tuple[CueSheet, torch.Tensor]:
    """A sheet and its sound: clicks, thuds, or a hiss."""
    n = round(seconds * RATE)
    if label == "rain":
        audio = 0.1 * torch.randn(n, generator=torch.Generator().manual_seed(seed))
        return CueSheet((Cue(0.0, label, 1.0, duration_s=seconds),), seconds), audio
    audio = torch.zeros(n)
    cues = [Cue(0.1, label, 0.5), Cue(0.6, label, 1.0)]
    for i, cue in enumerate(cues):
        start = round(cue.start_s * RATE)
        hit = burst(n - start, 300 if label == "clock" else 1500, 10 * seed + i) * 0.5 * cue.strength
        audio[start:] += hit
    return CueSheet(tuple(cues), seconds), audio


def batch(labels: tuple[str, ...] = LABELS, classes: tuple[str, ...] = LABELS, seed: int = 0) -> FoleyBatch:
    """One clip per label in ``labels``."""
    sheets, sounds = zip(*(clip(label, seed + i) for i, label in enumerate(labels)), strict=True)
    audio = torch.stack(sounds)
    b, t = len(labels), 1 + audio.shape[1] // 882
    return FoleyBatch(
        clip_ids=tuple(f"{label}-{i}" for i, label in enumerate(labels)),
        features=torch.zeros(b, t, 2),
        label=torch.tensor([classes.index(label) for label in labels]),
        lengths=torch.full((b,), t),
        onset=torch.zeros(b, t),
        strength=torch.zeros(b, t),
        sound=torch.randn(b, t, 6, generator=torch.Generator().manual_seed(seed)),
        silent=torch.zeros(b, dtype=torch.bool),
        cues=sheets,
        audio=audio,
        sample_rate_hz=RATE,
        hop_samples=882,
    )


def small_cue_class_mean(labels: tuple[str, ...] = LABELS) -> CueClassMean:
    """Fitted on a few clips of each label."""
    torch.manual_seed(0)
    model = CueClassMean(labels, n_bands=24, n_components=3, n_codes=4, n_stretches=3, stretch_s=0.3, hidden=8)
    batches = [batch(labels, labels, seed) for seed in (0, 50)]
    fitter = CueFitter(model)
    fitter.fit_class_means(batches)
    fitter.fit_takes(batches)
    return model.eval()


def nearest_take() -> NearestTake:
    """A few takes of each label."""
    takes = []
    for i in range(3):
        for label, decay in (("clock", 300), ("footsteps", 1500)):
            samples = torch.cat([torch.zeros(100), (i + 1) / 3 * burst(8000, decay, 7 * i + decay)])
            takes.append(MemoryTake(label, samples.numpy(), 100))
        takes.append(MemoryTake("rain", 0.1 * torch.randn(9000, generator=torch.Generator().manual_seed(i)).numpy()))
    return NearestTake(takes)
