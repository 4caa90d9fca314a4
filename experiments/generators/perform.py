"""Let generators perform the reference's cue sheets.

    python experiments/generators/perform.py BANK WEIGHTS REFERENCE OUT NAME[,NAME...] [SEED ...]

OUT/NAME-SEED/CLASS/TAKE.wav for every sheet of REFERENCE and seed (0, 1 and 2 unless told otherwise). A class that a
generator does not perform is silent in its folder, and so counted against it.
"""

from __future__ import annotations

import sys
from pathlib import Path

import torch
from rows import generator

from silentfoley.cue_formats.disk import read_cues
from silentfoley.cues import CueSheet
from silentfoley.generators.base import CueGenerator
from silentfoley.generators.mixdown import seed_of
from silentfoley.media.wav import write_wav
from silentfoley.waveform import Waveform

SUFFIX = ".cues.json"


def performed(by: CueGenerator, sheet: CueSheet, seed: int) -> Waveform:
    """What is heard of a sheet's cues that the generator can perform."""
    return by.render(sheet.filter(lambda cue: cue.label in by.labels), seed=seed)


def main(words: list[str]) -> None:
    """Read the arguments and write the sounds."""
    torch.set_num_threads(1)
    bank, weights, reference, out = (Path(word) for word in words[:4])
    sheets = {
        p.relative_to(reference).as_posix().removesuffix(SUFFIX): p for p in sorted(reference.rglob(f"*{SUFFIX}"))
    }
    for name in words[4].split(","):
        by = generator(name, bank, weights)
        for seed in [int(word) for word in words[5:]] or [0, 1, 2]:
            for clip, path in sheets.items():
                file = out / f"{name}-{seed}" / f"{clip}.wav"
                file.parent.mkdir(parents=True, exist_ok=True)
                # A seed for each clip: otherwise all cues of one name would be the same take.
                write_wav(file, performed(by, read_cues(path), seed_of(seed, clip)))
            print(f"{name}-{seed}: {len(sheets)} clips", flush=True)


if __name__ == "__main__":
    main(sys.argv[1:])
