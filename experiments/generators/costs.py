"""What each generator costs on one core.

    python experiments/generators/costs.py BANK WEIGHTS OUT.json NAME[,NAME...]

A minute of footsteps twice a second over rain, streamed in blocks: processor seconds per second of sound on one thread
(median of three), the same to the first block, and what ten such minutes add to the peak memory of one. Parameters and
bytes are those of the weights. Times are of this machine; ratios between rows carry over better.
"""

from __future__ import annotations

import resource
import sys
import time
from pathlib import Path
from statistics import median

import torch
from rows import LEARNED, generator
from torch import nn

from silentfoley.cues import Cue, CueSheet
from silentfoley.files import write_json
from silentfoley.generators.base import CueGenerator


def sheet(seconds: float) -> CueSheet:
    """Footsteps twice a second over steady rain."""
    steps = tuple(Cue(0.25 + 0.5 * i, "footsteps", 0.5 + 0.05 * (i % 9)) for i in range(int(2 * seconds)))
    return CueSheet((*steps, Cue(0.0, "rain", 0.6, seconds)), seconds)


def streamed(by: CueGenerator, seconds: float) -> tuple[float, float]:
    """Seconds to the first block and to the last."""
    start = time.process_time()
    first = 0.0
    for _ in by.render_blocks(sheet(seconds), seed=0):
        first = first or time.process_time() - start
    return first, time.process_time() - start


def peak_mb() -> float:
    """Largest resident memory so far."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def main(words: list[str]) -> None:
    """Read the arguments, measure, write."""
    torch.set_num_threads(1)
    bank, weights, out = (Path(word) for word in words[:3])
    table = {}
    for name in words[3].split(","):
        by = generator(name, bank, weights)
        streamed(by, 5.0)
        runs = [streamed(by, 60.0) for _ in range(3)]
        before = peak_mb()
        streamed(by, 600.0)
        parameters = sum(p.numel() for p in by.state_dict().values()) if isinstance(by, nn.Module) else 0
        file = weights / name / "generator.safetensors"
        table[name] = {
            "parameters": parameters,
            "megabytes": round(file.stat().st_size / 1e6, 2) if name in LEARNED else 0.0,
            "real_time_factor": round(median(last for _, last in runs) / 60, 4),
            "first_block_s": round(median(first for first, _ in runs), 4),
            "ten_minutes_add_mb": round(peak_mb() - before, 1),
        }
        print(name, table[name], flush=True)
    write_json(out, table)


if __name__ == "__main__":
    main(sys.argv[1:])
