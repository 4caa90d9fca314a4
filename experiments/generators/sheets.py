"""Pictures of what each generator makes beside held-out takes: one PNG per class.

    python experiments/generators/sheets.py REFERENCE PERFORMED OUT NAME[,NAME...]

Rows are the held-out takes and the generators' answers (seed 0) to the same cues, columns are takes; log-frequency
spectrograms of 1.2 s from 0.1 s before the cue (textures 2.5 s), 60 dB under each picture's own peak.
"""

from __future__ import annotations

import sys
from io import BytesIO
from pathlib import Path

import matplotlib
import numpy as np

matplotlib.use("Agg")
from matplotlib import pyplot as plt
from PIL import Image

from silentfoley.cue_formats.disk import read_cues
from silentfoley.labels import TEXTURES
from silentfoley.media.audio import read_audio

TAKES, RANGE_DB = 4, 60.0


def picture(path: Path, start_s: float, seconds: float) -> np.ndarray:
    """(96, T) dB: spectrogram on a logarithmic axis from 60 Hz to 16 kHz."""
    wave = read_audio(path)
    rate, x = wave.sample_rate_hz, wave.mono()
    first = max(0, round((start_s - 0.1) * rate))
    x = np.pad(x[first : first + round(seconds * rate)], (0, 2048))
    frames = np.lib.stride_tricks.sliding_window_view(x, 1024)[::128] * np.hanning(1024)
    power = np.abs(np.fft.rfft(frames, 2048)) ** 2
    edges = np.geomspace(60, 16_000, 97) / rate * 2048
    low = edges[:-1].astype(int)
    high = np.maximum(low + 1, edges[1:].astype(int))
    bands = np.stack([power[:, a:b].mean(1) for a, b in zip(low, high, strict=True)])
    level = 10 * np.log10(bands + 1e-12)
    return np.asarray(np.maximum(level, level.max() - RANGE_DB))


def sheet(label: str, reference: Path, performed: Path, names: list[str], out: Path) -> None:
    """One class."""
    takes = sorted((reference / label).glob("*.wav"))
    takes = takes[:: max(1, len(takes) // TAKES)][:TAKES]
    rows = {"held-out take": reference, **{n: performed / f"{n}-0" for n in names}}
    figure, axes = plt.subplots(
        len(rows), len(takes), figsize=(2.6 * len(takes), 1.35 * len(rows)), squeeze=False, layout="constrained"
    )
    for line, (name, folder) in zip(axes, rows.items(), strict=True):
        for axis, take in zip(line, takes, strict=True):
            start_s = read_cues(take.with_suffix(".cues.json")).cues[0].start_s
            seconds = 2.5 if label in TEXTURES else 1.2
            shown = picture(folder / label / take.name, start_s, seconds)
            axis.imshow(shown, origin="lower", aspect="auto", cmap="magma", extent=(-0.1, seconds - 0.1, 0, 1))
            axis.set_xticks([])
            axis.set_yticks([])
        line[0].set_ylabel(name, fontsize=8)
    figure.suptitle(f"{label}: {seconds:g} s, 60 Hz to 16 kHz", fontsize=9)
    drawn = BytesIO()
    figure.savefig(drawn, dpi=60)
    # 64 colours: a third of the size, and nobody sees it.
    Image.open(drawn).convert("RGB").quantize(64).save(out / f"{label}.png", optimize=True)
    plt.close(figure)


def main(words: list[str]) -> None:
    """Read the arguments and draw."""
    reference, performed, out = (Path(word) for word in words[:3])
    out.mkdir(parents=True, exist_ok=True)
    for label in sorted(p.name for p in reference.iterdir() if p.is_dir()):
        sheet(label, reference, performed, words[3].split(","), out)


if __name__ == "__main__":
    main(sys.argv[1:])
