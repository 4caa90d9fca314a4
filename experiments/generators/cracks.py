"""How far the long-term levels of textures rise above their mean log levels: as recorded, and as made from own codes.

    python experiments/generators/cracks.py BANK FOLDER [CLASS ...]

FOLDER holds the weights of ``noise_band``. Rare loud events, the cracks of a fire, raise the one and not the other.
"""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import torch
from rows import learned
from torch import Tensor

from silentfoley.bank.bank import Bank
from silentfoley.bank.take import SPLITS
from silentfoley.data.lessons import free_takes, lesson, spread
from silentfoley.generators.noise_band import NoiseBand
from silentfoley.generators.noise_band_learner import NoiseBandLearner

MOST, FRAMES, TIMES, EVERY = 20, 900, 4, 12
DB = 20 / np.log(10)


def rise_db(levels: Tensor) -> Tensor:
    """(B,) of (T, B) log levels."""
    return DB * (0.5 * torch.log(torch.exp(2 * levels).mean(dim=0)) - levels.mean(dim=0))


@torch.no_grad()
def main(words: list[str]) -> None:
    """Read the arguments and print."""
    torch.set_num_threads(1)
    bank, generator = Bank.load(words[0]), learned(Path(words[1]))
    assert isinstance(generator, NoiseBand), "give weights of noise_band"
    learner, rng = NoiseBandLearner(generator), torch.Generator().manual_seed(0)
    print("Hz", np.round(generator.bank.centres_hz[::EVERY]))
    for label in words[2:] or ["fire", "rain"]:
        known = generator.book.of(generator.labels.index(label))
        known = known[generator.book.recorded[known]]
        takes = [t for t in spread(free_takes(bank, SPLITS), 96) if t.label == label]
        true, made = [], []
        # Codes stand in the book in the order of the lessons; copies come behind.
        for take, index in list(zip(takes, known.tolist(), strict=False))[:MOST]:
            own, code = lesson(bank.samples(take), take), generator.book.codes[index]
            true.append(rise_db(learner._texture_target(own)))
            condition = learner._condition(own, code)
            pieces = [learner._texture_levels(code[None], condition, FRAMES, rng)[0] for _ in range(TIMES)]
            made.append(rise_db(torch.cat(pieces)))
        for name, rows in (("recorded", true), ("made", made)):
            print(f"{label}, {name}, dB: {np.round(torch.stack(rows).mean(dim=0).numpy()[::EVERY], 1)}", flush=True)


if __name__ == "__main__":
    main(sys.argv[1:])
