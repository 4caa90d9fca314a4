"""Where the sound of an isolated cue begins, in samples of the sound itself: no detector that has a delay of its own.

    python experiments/generators/placement.py REFERENCE PERFORMED NAME[,NAME...] [SEED ...]

For every clip of one hit: when the sound comes up to a hundredth of its peak (-40 dB) and to a tenth (-20 dB), against
the true cue; below that is what a recording has of its room. NAME ``truth`` is the held-out takes. Prints for each row,
over clips and seeds, the median with its 5th and 95th percentiles in ms, and the share of clips that begin within 10 ms
of their cue. What rises slowly (a collapsing house, thunder) reaches a tenth late in recordings too.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from silentfoley.cue_formats.disk import read_cues
from silentfoley.labels import TEXTURES
from silentfoley.media.audio import read_audio

SUFFIX = ".cues.json"
#: Shares of the peak by which a sound has begun; and what counts as in time, ms.
BEGUN, IN_TIME_MS = (0.01, 0.1), 10.0
TRUTH = "truth"


def hits(reference: Path) -> Iterator[tuple[str, float]]:
    """Names and times of the clips that have one hit."""
    for path in sorted(reference.rglob(f"*{SUFFIX}")):
        sheet = read_cues(path)
        if len(sheet) == 1 and sheet.cues[0].label not in TEXTURES:
            yield path.relative_to(reference).as_posix().removesuffix(SUFFIX), sheet.cues[0].start_s


def late_ms(samples: NDArray[np.float32], rate_hz: int, cue_s: float) -> NDArray[np.float64]:
    """(2,) how much later than its cue a (N,) sound reaches each of :data:`BEGUN`; NaN for silence."""
    size = np.abs(samples)
    peak = float(size.max(initial=0))
    if not peak > 0:
        return np.full(len(BEGUN), np.nan)
    return np.array([1000 * (int(np.argmax(size >= share * peak)) / rate_hz - cue_s) for share in BEGUN])


def line(name: str, late: NDArray[np.float64]) -> str:
    """A row of the table from (N, 2) values."""
    spans = [np.nanpercentile(column, [50, 5, 95]) for column in late.T]
    cells = " | ".join(f"{m:.1f} [{a:.1f}, {b:.1f}]" for m, a, b in spans)
    return f"| {name} | {len(late)} | {cells} | {np.mean(np.abs(late[:, 0]) <= IN_TIME_MS):.3f} |"


def main(words: list[str]) -> None:
    """Read the arguments, measure, print."""
    reference, performed = Path(words[0]), Path(words[1])
    clips = list(hits(reference))
    print("| row | hits | at -40 dB, ms | at -20 dB, ms | begin within 10 ms |\n" + "|---" * 5 + "|")
    for name in words[2].split(","):
        seeds = [""] if name == TRUTH else words[3:] or ["0", "1", "2"]
        folders = [reference if name == TRUTH else performed / f"{name}-{seed}" for seed in seeds]
        found = []
        for folder in folders:
            for clip, cue_s in clips:
                sound = read_audio(folder / f"{clip}.wav")
                found.append(late_ms(sound.mono(), sound.sample_rate_hz, cue_s))
        print(line(name, np.array(found)), flush=True)


if __name__ == "__main__":
    main(sys.argv[1:])
