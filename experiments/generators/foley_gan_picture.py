"""Spectrograms of what the rows make, beside the truth: one clip of every class.

    python experiments/generators/foley_gan_picture.py OUT.png CLASS_MEAN_RUN NAME=RUN [NAME=RUN ...]

Log-mel bands of the finished sounds, 40 Hz to 16 kHz from bottom to top, one range of grey for all. White ticks under
the truth are true events.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path

import foley_gan_judge as judge
import foley_gan_probe as probes
import matplotlib

matplotlib.use("Agg")
import matplotlib.pyplot as plt
import torch
from PIL import Image

from silentfoley.labels import TEXTURES
from silentfoley.training.checkpoints import load_run

#: Rows of the picture that are no run.
OTHERS = ("truth", "class mean + residual")


def main(arguments: Sequence[str]) -> None:
    """Draw."""
    torch.set_num_threads(1)
    out, class_mean, *words = arguments
    runs = {name: Path(folder) for name, folder in (w.split("=", 1) for w in words)}
    first = next(iter(runs.values()))
    data = load_run(first)[1]
    data.setup("test")
    clips = judge.shown(one_of_each([data.datasets["unseen_seeds"][i] for i in range(104)]), first)
    ways = {k: w() for k, w in judge.ways(runs, Path(class_mean), clips).items() if k in OTHERS or k in runs}
    figure, axes = plt.subplots(len(clips), len(ways), figsize=(2.2 * len(ways), 1.05 * len(clips)), squeeze=False)
    for line, clip in zip(axes, clips, strict=True):
        for axis, (name, way) in zip(line, ways.items(), strict=True):
            bands = probes.bands(way(clip, 0))
            axis.imshow(bands.T, origin="lower", aspect="auto", cmap="magma", vmin=0, vmax=8, interpolation="nearest")
            if name == "truth":
                columns = [50 * c.start_s for c in clip.item.cues if c.label not in TEXTURES]
                axis.plot(columns, [1.5] * len(columns), "w|", markersize=6)
                axis.set_ylabel(clip.item.label, fontsize=8)
            if clip is clips[0]:
                axis.set_title(name, fontsize=8)
            axis.set_xticks([])
            axis.set_yticks([])
    figure.tight_layout(pad=0.2)
    figure.savefig(out, dpi=70)
    Image.open(out).convert("RGB").quantize(64).save(out, optimize=True)


def one_of_each(items: Sequence[judge.ClipItem]) -> list[judge.ClipItem]:
    """The first clip of every class, in order of the classes' names."""
    found: dict[str, judge.ClipItem] = {}
    for item in items:
        found.setdefault(item.label, item)
    return [found[label] for label in sorted(found)]


if __name__ == "__main__":
    main(sys.argv[1:])
