"""How near generated sounds come to takes of the val split: what a generator may be developed by.

    python experiments/generators/val_kad.py BANK FOLDER [FOLDER ...]

FOLDER holds generator.json and generator.safetensors. Prints KAD-YAMNet over all classes that have val takes (16 a
class at most, as many generated as there are takes), the same against the training takes, and of training takes against
val takes, as many of each class where there are so many: the figure of real recordings of other origin. Held-out
sources are not touched.
"""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import soxr
import torch
from numpy.typing import NDArray
from rows import learned

from silentfoley.bank.bank import Bank
from silentfoley.bank.take import Split
from silentfoley.cues import Cue, CueSheet
from silentfoley.data.lessons import LEVELS, Lesson, free_takes, lesson, spread
from silentfoley.evaluation.class_judge import sounding_mean
from silentfoley.evaluation.yamnet import Yamnet, load_yamnet
from silentfoley.evaluation.yamnet_extractor import at_full_peak
from silentfoley.evaluation.yamnet_patches import RATE_HZ, yamnet_patches
from silentfoley.generators.base import CueGenerator
from silentfoley.labels import TEXTURES
from silentfoley.metrics.kad import kad, median_bandwidth
from silentfoley.timegrid import SAMPLE_RATE_HZ

MOST, LEAD_S, TEXTURE_S, TEXTURE_STRENGTH = 16, 0.1, 3.0, 0.7
#: Clips of most hits last a second.
SECONDS = {"thunder": 4.0, "breaking": 2.0, "gunshot": 2.0}
Sound = NDArray[np.float32]


def recorded(x: Lesson) -> Sound:
    """A take as a clip of its own."""
    if x.label in TEXTURES:
        return x.samples[: round(TEXTURE_S * SAMPLE_RATE_HZ)] * np.float32(LEVELS[x.label])
    out = np.zeros(round(SECONDS.get(x.label, 1.0) * SAMPLE_RATE_HZ), dtype=np.float32)
    first = round(LEAD_S * SAMPLE_RATE_HZ)
    body = x.samples[: len(out) - first]
    out[first : first + len(body)] = body * (LEVELS[x.label] * x.strength)
    return out


def performed(by: CueGenerator, x: Lesson, seed: int) -> Sound:
    """A clip like :func:`recorded`'s, of the same class, strength and variant."""
    if x.label in TEXTURES:
        cue, seconds = Cue(0.0, x.label, TEXTURE_STRENGTH, duration_s=TEXTURE_S, envelope=(1.0, 1.0)), TEXTURE_S
    else:
        cue, seconds = Cue(LEAD_S, x.label, x.strength, variant=x.variant), SECONDS.get(x.label, 1.0)
    return by.render(CueSheet((cue,), seconds), seed=seed).mono()


def embedded(sounds: Sequence[Sound], network: Yamnet) -> NDArray[np.float64]:
    """(N, 1024) mean of each clip's patches that sound."""
    rows = []
    for sound in sounds:
        samples = at_full_peak(np.asarray(soxr.resample(sound, SAMPLE_RATE_HZ, RATE_HZ), dtype=np.float32))
        with torch.inference_mode():
            found = network(yamnet_patches(torch.from_numpy(samples)))
        rows.append(sounding_mean(found.embeddings.numpy(), found.logits.sigmoid().numpy()))
    return np.stack(rows)


def main(words: list[str]) -> None:
    """Read the arguments and print the figures."""
    torch.set_num_threads(1)
    bank, network = Bank.load(words[0]), load_yamnet()
    splits: tuple[Split, Split] = ("train", "val")
    real = {s: [lesson(bank.samples(t), t) for t in spread(free_takes(bank, (s,)), MOST)] for s in splits}
    true = {s: embedded([recorded(x) for x in real[s]], network) for s in splits}
    bandwidth = median_bandwidth(true["train"])
    room, kept = Counter(x.label for x in real["val"]), []
    for i, x in enumerate(real["train"]):
        if room[x.label]:
            room[x.label] -= 1
            kept.append(i)
    print(f"training takes: val {kad(true['val'], true['train'][kept], bandwidth):.1f}")
    for folder in words[1:]:
        by = learned(Path(folder))
        figures = {}
        for split in splits:
            made = [performed(by, x, i) for i, x in enumerate(real[split])]
            figures[split] = kad(true[split], embedded(made, network), bandwidth)
        print(f"{folder}: val {figures['val']:.1f}, train {figures['train']:.1f}", flush=True)


if __name__ == "__main__":
    main(sys.argv[1:])
