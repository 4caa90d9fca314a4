"""What ``foley_gan_real.py`` found, in short: a file to keep and a Markdown table.

python experiments/generators/foley_gan_real_table.py RESULTS KEPT.json
"""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from silentfoley.files import write_json

COLUMNS = {
    "skill@50ms": ("skill @50 ms", 2),
    "skill@100ms": ("skill @100 ms", 2),
    "KAD-YAMNet": ("KAD-YAMNet, pooled", 0),
    "log_spectral_distance_db": ("log-spectral distance, dB", 1),
    "envelope_error": ("envelope error", 2),
}
STATES = ("size", "past_3", "offset", "movement", "onset_peak")


def figures(path: Path) -> dict[str, Any]:
    """The columns of one row, with intervals where there are any."""
    tables = json.loads(path.read_text(encoding="utf-8"))["protocols"].values()
    every = {k: v for table in tables for k, v in table["rows"]["system"].items()}
    return {k: {q: every[k].get(q) for q in ("value", "low", "high", "n")} for k in COLUMNS}


def cell(figure: dict[str, Any], digits: int) -> str:
    """Value and interval."""
    if figure["value"] is None:
        return ""
    sides = "" if figure["low"] is None else f" [{figure['low']:.{digits}f}, {figure['high']:.{digits}f}]"
    return f"{figure['value']:.{digits}f}{sides}"


def states(seen: dict[str, dict[str, Any]]) -> dict[str, Any]:
    """Means over clips of how strange the states are; how many clips of our classes the network names rightly."""
    known = [s for s in seen.values() if s["true"] is not None]
    right = sum(s["named"] == s["true"] for s in known)
    return {k: float(np.mean([s[k] for s in seen.values()])) for k in STATES} | {"right": right, "of": len(known)}


def main(words: Sequence[str]) -> None:
    """Collect, keep, print."""
    folder, kept = Path(words[0]), Path(words[1])
    seen = json.loads((folder / "seen.json").read_text(encoding="utf-8"))
    rows = {p.stem: figures(p) for p in sorted(folder.glob("*.json")) if p.stem != "seen"}
    write_json(kept, {"states": states(seen), "rows": rows, "clips": seen})
    print("| | " + " | ".join(name for name, _ in COLUMNS.values()) + " |")
    print("|---" * (len(COLUMNS) + 1) + "|")
    for name, found in rows.items():
        print(f"| {name} | " + " | ".join(cell(found[k], digits) for k, (_, digits) in COLUMNS.items()) + " |")
    print({k: round(v, 3) for k, v in states(seen).items()})


if __name__ == "__main__":
    main(sys.argv[1:])
