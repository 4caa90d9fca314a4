"""How a class's level moves: takes, the vocoder's copies of them, and draws.

    python experiments/generators/flow_levels.py BANK WEIGHTS CLASS[,CLASS...] [PICTURES] [--each 12]

WEIGHTS holds generator.json and generator.safetensors of a ``flow``. Of takes of the training split, medians: the
deviation of the level in 23 ms (dB) in each of three ranges, the kurtosis of the power in 2 ms in each, the crest (dB),
and seconds from the first 1 % of the energy to 95 %. With PICTURES, log-mels of four of each.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from rows import learned
from scipy.signal import butter, sosfilt
from val_kad import performed, recorded

from silentfoley.bank.bank import Bank
from silentfoley.data.lessons import free_takes, lesson, spread
from silentfoley.generators.flow import FlowGenerator
from silentfoley.generators.vocoder import Vocoder
from silentfoley.timegrid import SAMPLE_RATE_HZ

RANGES_HZ = ((200, 1500), (1500, 6000), (6000, 16_000))
#: Levels farther below the loudest do not count, dB.
DEEPEST_DB = 80.0
Sound = NDArray[np.float32]


def powers(samples: NDArray[np.float64], seconds: float) -> NDArray[np.float64]:
    """(T,) mean squares over stretches."""
    n = int(SAMPLE_RATE_HZ * seconds)
    found: NDArray[np.float64] = np.square(samples[: len(samples) // n * n]).reshape(-1, n).mean(axis=1)
    return found


def measures(sound: Sound) -> list[float]:
    """Deviation in each range, kurtosis in each range, crest, length."""
    x = sound.astype(np.float64)
    deviations, kurtoses = [], []
    for low, high in RANGES_HZ:
        band = sosfilt(butter(4, [low, high], "bandpass", fs=SAMPLE_RATE_HZ, output="sos"), x)
        level = 10 * np.log10(powers(band, 0.023) + 1e-12)
        deviations.append(float(level[level > level.max() - DEEPEST_DB].std()))
        fine = powers(band, 0.002)
        kurtoses.append(float(np.square(fine).mean() / fine.mean() ** 2))
    crest = 20 * np.log10(np.abs(x).max() / np.sqrt(np.mean(x**2)))
    energy = np.cumsum(np.square(x)) / np.square(x).sum()
    length = float(np.diff(np.searchsorted(energy, [0.01, 0.95]))[0]) / SAMPLE_RATE_HZ
    return [*deviations, *kurtoses, float(crest), length]


def copied(vocoder: Vocoder, sound: Sound, seed: int) -> Sound:
    """A sound through log-mel and back."""
    padded = torch.from_numpy(np.pad(sound, (0, -len(sound) % vocoder.spec.hop_samples))[None])
    noise = torch.randn(padded.shape, generator=torch.Generator().manual_seed(seed))
    with torch.no_grad():
        return np.asarray(vocoder(vocoder.features(padded), noise)[0, : len(sound)].numpy())


def picture(sounds: dict[str, list[Sound]], vocoder: Vocoder, path: Path) -> None:
    """Log-mels of the first four of each kind."""
    import matplotlib

    matplotlib.use("Agg")
    from matplotlib import pyplot as plt

    figure, axes = plt.subplots(len(sounds), 4, figsize=(18, 10), squeeze=False)
    for row, (name, kinds) in zip(axes, sounds.items(), strict=True):
        for ax, sound in zip(row, kinds, strict=False):
            loud = torch.from_numpy(sound / max(float(np.abs(sound).max()), 1e-9) * 0.5)
            ax.imshow(vocoder.features(loud[None])[0].numpy().T, origin="lower", aspect="auto", vmin=0, vmax=9)
            ax.set_title(name)
    figure.tight_layout()
    figure.savefig(path, dpi=60)
    plt.close(figure)


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("bank", type=Path)
    parser.add_argument("weights", type=Path)
    parser.add_argument("classes")
    parser.add_argument("pictures", type=Path, nargs="?", help="folder to write them to")
    parser.add_argument("--each", type=int, default=12, help="takes per class")
    args = parser.parse_args()
    torch.set_num_threads(1)
    generator, bank = learned(args.weights), Bank.load(args.bank)
    assert isinstance(generator, FlowGenerator)
    vocoder = generator.vocoder
    assert isinstance(vocoder, Vocoder)
    for label in args.classes.split(","):
        takes = spread([t for t in free_takes(bank) if t.label == label], args.each)
        sounds: dict[str, list[Sound]] = {"take": [], "vocoder": [], "flow": []}
        for i, take in enumerate(takes):
            heard = lesson(bank.samples(take), take)
            sounds["take"].append(recorded(heard))
            sounds["vocoder"].append(copied(vocoder, sounds["take"][-1], i))
            sounds["flow"].append(performed(generator, heard, i))
        for name, kind in sounds.items():
            row = np.median([measures(x) for x in kind], axis=0)
            print(f"{label:10s} {name:8s}", " ".join(f"{value:7.2f}" for value in row), flush=True)
        if args.pictures is not None:
            args.pictures.mkdir(parents=True, exist_ok=True)
            picture(sounds, vocoder, args.pictures / f"{label}.png")


if __name__ == "__main__":
    main()
