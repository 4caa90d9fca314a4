"""Each class by the network or by the synthesiser, chosen without held-out takes.

    python experiments/generators/by_class.py FOLDS.json BANK WEIGHTS

FOLDS.json is what ``folds.py`` wrote: the lower KAD on recordings not shown decides between ``noise_band`` and
``procedural``. Of a class that is not in it, with takes of one recording or none, the number of takes does: fewer than
:data:`ENOUGH` do not make a class, and the synthesiser performs it. Writes WEIGHTS/by_class from WEIGHTS/noise_band.
"""

from __future__ import annotations

import json
import sys
from collections import Counter
from pathlib import Path

from safetensors.torch import load_file, save_file

from silentfoley.bank.bank import Bank
from silentfoley.bank.take import SPLITS
from silentfoley.data.lessons import free_takes
from silentfoley.files import atomic_output, make_folder, write_json
from silentfoley.labels import LABELS

NETWORK, SYNTHESISER = "noise_band", "procedural"
#: The same number that ``class_kad.py`` asks of a class to judge it.
ENOUGH = 6


def choice(label: str, folds: dict[str, dict[str, dict[str, float]]], n_takes: int) -> tuple[str, str]:
    """Who performs a class, and why."""
    if label in folds:
        kad = {NETWORK: folds[label]["kad"]["varied"], SYNTHESISER: folds[label]["kad"][SYNTHESISER]}
        return min(kad, key=kad.__getitem__), ", ".join(f"{n} {v:.1f} in folds" for n, v in kad.items())
    return NETWORK if n_takes >= ENOUGH else SYNTHESISER, f"{n_takes} takes, of one recording at most"


def main(words: list[str]) -> None:
    """Read the arguments, choose, write."""
    folds = json.loads(Path(words[0]).read_text(encoding="utf-8"))["classes"]
    counts = Counter(take.label for take in free_takes(Bank.load(words[1]), SPLITS))
    source, out = Path(words[2]) / NETWORK, Path(words[2]) / "by_class"
    special = {}
    for label in LABELS:
        chosen, why = choice(label, folds, counts[label])
        print(f"{label:10} {chosen:10} {why}")
        if chosen == SYNTHESISER:
            special[label] = {"kind": SYNTHESISER}
    write(source, out, special)


def write(source: Path, out: Path, special: dict[str, dict[str, str]]) -> None:
    """A model folder in which some classes are performed by others than the network of ``source``.

    Args:
        source: folder with weights of a network.
        out: folder to write.
        special: nodes of generators without weights, by class.
    """
    make_folder(out)
    node = json.loads((source / "generator.json").read_text(encoding="utf-8"))
    with atomic_output(out / "generator.safetensors") as path:
        save_file({f"parts.0.{k}": v for k, v in load_file(source / "generator.safetensors").items()}, path)
    write_json(out / "generator.json", {"kind": "by_label", "default": node, "special": special})
    credits = json.loads((source / "generator_credits.json").read_text(encoding="utf-8"))
    write_json(out / "generator_credits.json", {**credits, "procedural": sorted({*special, *credits["procedural"]})})


if __name__ == "__main__":
    main(sys.argv[1:])
