"""Each class by the network or by the synthesiser, chosen without held-out takes.

    python experiments/generators/by_class.py VAL_KAD.json BANK WEIGHTS

VAL_KAD.json is what ``class_kad.py`` wrote of the val split's takes. Of a class with val takes of two recordings or
more the lower KAD decides between ``noise_band`` and ``procedural``. Of the others the number of training takes does:
fewer than :data:`ENOUGH` do not make a class, and the synthesiser performs it. Writes WEIGHTS/by_class from
WEIGHTS/noise_band.
"""

from __future__ import annotations

import json
import sys
from collections import Counter
from pathlib import Path

from safetensors.torch import load_file, save_file

from silentfoley.bank.bank import Bank
from silentfoley.data.lessons import free_takes
from silentfoley.files import atomic_output, make_folder, write_json
from silentfoley.labels import LABELS

NETWORK, SYNTHESISER = "noise_band", "procedural"
#: The same number that ``class_kad.py`` asks of a class to judge it.
ENOUGH, LEAST_RECORDINGS = 6, 2


def choice(label: str, val: dict[str, dict[str, dict[str, float]]], n_takes: int) -> tuple[str, str]:
    """Who performs a class, and why."""
    judged = val["classes"].get(label)
    if judged is not None and judged["recordings"] >= LEAST_RECORDINGS:
        kad = {name: val["rows"][name]["by_class"][label] for name in (NETWORK, SYNTHESISER)}
        return min(kad, key=kad.__getitem__), ", ".join(f"{n} {v:.1f} on val" for n, v in kad.items())
    return NETWORK if n_takes >= ENOUGH else SYNTHESISER, f"{n_takes} training takes"


def main(words: list[str]) -> None:
    """Read the arguments, choose, write."""
    val = json.loads(Path(words[0]).read_text(encoding="utf-8"))
    counts = Counter(take.label for take in free_takes(Bank.load(words[1])))
    source, out = Path(words[2]) / NETWORK, Path(words[2]) / "by_class"
    special = {}
    for label in LABELS:
        chosen, why = choice(label, val, counts[label])
        print(f"{label:10} {chosen:10} {why}")
        if chosen == SYNTHESISER:
            special[label] = {"kind": SYNTHESISER}
    make_folder(out)
    node = json.loads((source / "generator.json").read_text(encoding="utf-8"))
    with atomic_output(out / "generator.safetensors") as path:
        save_file({f"parts.0.{k}": v for k, v in load_file(source / "generator.safetensors").items()}, path)
    write_json(out / "generator.json", {"kind": "by_label", "default": node, "special": special})
    credits = json.loads((source / "generator_credits.json").read_text(encoding="utf-8"))
    write_json(out / "generator_credits.json", {**credits, "procedural": sorted({*special, *credits["procedural"]})})


if __name__ == "__main__":
    main(sys.argv[1:])
