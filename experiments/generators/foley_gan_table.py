"""A Markdown table of what ``foley_gan_judge.py`` found.

python experiments/generators/foley_gan_table.py RESULTS
"""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

ORDER = ("truth", "truth through bands", "shuffled truth", "class mean alone", "class mean + residual")
COLUMNS = {
    "log_spectral_distance_db": ("distance, dB", 1),
    "band_distance_db": ("of bands, dB", 1),
    "variation": ("variation", 2),
    "named": ("named", 2),
    "f1": ("event F1", 2),
    "chance": ("chance", 2),
    "skill": ("skill", 2),
    "loudness_r": ("loudness r", 2),
    "seed_difference_db": ("two seeds, dB", 1),
}


def cell(figure: Mapping[str, Any], digits: int) -> str:
    """Mean and interval."""
    if figure["mean"] is None:
        return ""
    return f"{figure['mean']:.{digits}f} [{figure['low']:.{digits}f}, {figure['high']:.{digits}f}]"


def main(arguments: Sequence[str]) -> None:
    """Print."""
    rows = {r["row"]: r for p in Path(arguments[0]).glob("*.json") for r in [json.loads(p.read_text(encoding="utf-8"))]}
    print("| | steps | " + " | ".join(name for name, _ in COLUMNS.values()) + " | spread |")
    print("|---" * (len(COLUMNS) + 3) + "|")
    for name in [*(n for n in ORDER if n in rows), *(n for n in sorted(rows) if n not in ORDER)]:
        cells = [cell(rows[name]["figures"][key], digits) for key, (_, digits) in COLUMNS.items()]
        print(
            f"| {name} | {rows[name].get('steps') or ''} | "
            + " | ".join(cells)
            + f" | {rows[name]['spread_within_class']:.2f} |"
        )


if __name__ == "__main__":
    main(sys.argv[1:])
