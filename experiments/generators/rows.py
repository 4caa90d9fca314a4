"""The generators compared, by name."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

from safetensors.torch import load_file
from torch import nn

from silentfoley.bank.bank import Bank
from silentfoley.bank.take import SPLITS
from silentfoley.data.lessons import Lesson, free_takes, lessons
from silentfoley.generators.base import CueGenerator
from silentfoley.generators.nearest_take import MemoryTake, NearestTake
from silentfoley.generators.procedural import ProceduralGenerator
from silentfoley.generators.retrieval import Retrieval
from silentfoley.generators.silence import Silence
from silentfoley.generators.units import BankShelf, MemoryShelf
from silentfoley.registry import build

#: Rows whose weights lie in a folder of their name.
LEARNED = ("cue_class_mean", "noise_band", "flow", "mixed", "by_class", "originals")
#: Rows that play recordings: they cannot be shipped, and are compared as what to come near to.
RECORDED = ("nearest", "retrieval")
#: Plays all takes of a bank: on clips of the stage that were made from these it is a ceiling, no contestant.
CEILING = "all_takes"
ROWS = ("silence", *RECORDED, CEILING, "procedural", *LEARNED)


def generator(name: str, bank: Path, weights: Path) -> CueGenerator:
    """A row's generator.

    Args:
        name: one of :data:`ROWS`.
        bank: folder of the bank, whose lessons ``nearest`` and ``retrieval`` play.
        weights: folder of folders with ``generator.json`` and ``generator.safetensors``.
    """
    if name in LEARNED:
        return learned(weights / name)
    plain: dict[str, Callable[[], CueGenerator]] = {
        "silence": Silence,
        "procedural": ProceduralGenerator,
        "nearest": lambda: NearestTake(takes(bank)),
        "retrieval": lambda: Retrieval(MemoryShelf(learned_from(bank))),
        CEILING: lambda: Retrieval(BankShelf(bank)),
    }
    return plain[name]()


def learned(folder: Path) -> CueGenerator:
    """A generator with its trained weights."""
    model = build(json.loads((folder / "generator.json").read_text(encoding="utf-8")))
    assert isinstance(model, CueGenerator)
    assert isinstance(model, nn.Module)
    state = {
        k: v.float() if v.is_floating_point() else v for k, v in load_file(folder / "generator.safetensors").items()
    }
    model.load_state_dict(state)
    model.eval()
    return model


def takes(bank: Path) -> list[MemoryTake]:
    """What the learned generators learn from, to be played."""
    return [MemoryTake(x.label, x.samples * x.strength, x.onset_samples, x.variant) for x in learned_from(bank)]


def learned_from(folder: Path) -> list[Lesson]:
    """All that may be learned from, of every split: what is measured is held out by source."""
    bank = Bank.load(folder)
    return lessons(bank, free_takes(bank, SPLITS))
