"""The tables of README.md from what was judged and measured.

    python experiments/generators/tables.py RESULTS [COSTS.json [FRECHET.json]]

Means over seeds; intervals are those of seed 0, clustered by recording. FRECHET.json as frechet.py writes it.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import numpy as np

#: Figures of ``shape_v1`` in the main table.
SHAPES = ("log_spectral_distance_db", "envelope_error")
#: Figures of one seed with their intervals: protocol, name, heading, places.
SPANS = (
    ("events_v1", "f1@50ms", "event F1 @50 ms, mean of clips", 3),
    ("events_v1", "skill@50ms", "skill @50 ms", 3),
    ("sound_v1", "class_agreement-YAMNet", "class agreement, of clips", 2),
    ("sound_v1", "novelty-YAMNet", "novelty", 2),
    ("shape_v1", "log_spectral_distance_db", "log-spectral distance, dB", 1),
    ("shape_v1", "envelope_error", "envelope error", 2),
)
Found = dict[str, Any]


def load(results: Path) -> dict[str, list[Found]]:
    """Judgements by row, one for each seed."""
    rows: dict[str, list[Found]] = {}
    for path in sorted(results.glob("*-*.json")):
        rows.setdefault(path.stem.rpartition("-")[0], []).append(json.loads(path.read_text(encoding="utf-8")))
    return rows


def macro_f1(found: Found) -> tuple[float, dict[str, float]]:
    """Mean over classes of the F1 of a class's pooled counts, and these."""
    of_class = {
        label: 2 * c["matched@50ms"] / max(c["n_true"] + c["n_cues"], 1)
        for label, c in found["events_by_class"].items()
        if c["n_true"]
    }
    return float(np.mean(list(of_class.values()))), of_class


def figure(found: Found, protocol: str, name: str) -> Found:
    """A system's figure."""
    row: Found = found["protocols"][protocol]["rows"]["system"][name]
    return row


def mean(seeds: list[Found], protocol: str, name: str) -> float:
    """Mean of a figure over seeds."""
    return float(np.mean([figure(f, protocol, name)["value"] for f in seeds]))


def agreement(found: Found) -> tuple[float, dict[str, float]]:
    """Macro average of class agreement over judgeable classes, and each."""
    of_class = {label: c["class_right"] / c["clips"] for label, c in found["agreement_by_class"].items()}
    return float(np.mean(list(of_class.values()))), of_class


def rows_of(results: dict[str, list[Found]]) -> list[str]:
    """The main table, lowest KAD first."""
    truth = results["truth"][0]
    ceiling = macro_f1(truth)[0]
    lines = [
        "| row | KAD-YAMNet, pooled | class agreement | F1 @50 ms, macro | of the truth's | matched onsets, "
        "median / p90, ms | log-spectral distance, dB | envelope error | novelty |",
        "|---" * 9 + "|",
    ]
    order = sorted(results, key=lambda name: mean(results[name], "sound_v1", "KAD-YAMNet"))
    for name in order:
        seeds = results[name]
        kad = figure(seeds[0], "sound_v1", "KAD-YAMNet")
        f1 = float(np.mean([macro_f1(f)[0] for f in seeds]))
        if name == "truth":
            f1 = ceiling
        shape = [mean(seeds, "shape_v1", s) for s in SHAPES]
        novelty = figure(seeds[0], "sound_v1", "novelty-YAMNet")["value"]
        late = [figure(seeds[0], "events_v1", f"timing_{q}")["value"] or float("nan") for q in ("median", "p90")]
        spread = (
            "" if len(seeds) == 1 else f" ± {np.std([figure(f, 'sound_v1', 'KAD-YAMNet')['value'] for f in seeds]):.2f}"
        )
        lines.append(
            f"| {name} | {mean(seeds, 'sound_v1', 'KAD-YAMNet'):.2f}{spread} [{kad['low']:.2f}, {kad['high']:.2f}] "
            f"| {np.mean([agreement(f)[0] for f in seeds]):.2f} | {f1:.3f} | {f1 / ceiling:.3f} "
            f"| {late[0]:.1f} / {late[1]:.1f} "
            f"| {shape[0]:.1f} | {shape[1]:.2f} | {'-' if novelty is None else f'{novelty:.2f}'} |"
        )
    return lines


def spans_of(results: dict[str, list[Found]]) -> list[str]:
    """Figures of seed 0 with their intervals, clustered by recording."""
    lines = ["| row | " + " | ".join(heading for *_, heading, _ in SPANS) + " |\n" + "|---" * (1 + len(SPANS)) + "|"]
    for name, seeds in results.items():
        cells = []
        for protocol, measure, _, places in SPANS:
            found = figure(seeds[0], protocol, measure)
            values = [found[key] for key in ("value", "low", "high")]
            known = all(v is not None for v in values)
            cells.append("{:.{p}f} [{:.{p}f}, {:.{p}f}]".format(*values, p=places) if known else "-")
        lines.append(f"| {name} | " + " | ".join(cells) + " |")
    return lines


def frechet_of(found: dict[str, dict[str, Found]]) -> list[str]:
    """Frechet distances, lowest first: mean over seeds and their deviation; interval of seed 0 over recordings."""
    lines = ["| row | FAD-YAMNet at infinity | of all patches | least r2 |\n" + "|---" * 4 + "|"]
    at = {name: [seed["infinity"] for seed in seeds.values()] for name, seeds in found.items()}
    for name in sorted(at, key=lambda name: float(np.mean(at[name]))):
        spread = f" ± {np.std(at[name]):.1f}" if len(at[name]) > 1 else ""
        first = found[name].get("0", {})
        interval = f" [{first['low']:.1f}, {first['high']:.1f}]" if "low" in first else ""
        whole, r2 = ([seed[key] for seed in found[name].values()] for key in ("all", "r2"))
        lines.append(f"| {name} | {np.mean(at[name]):.1f}{spread}{interval} | {np.mean(whole):.1f} | {min(r2):.2f} |")
    return lines


def main(words: list[str]) -> None:
    """Print."""
    results = load(Path(words[0]))
    print("\n".join(rows_of(results)))
    print()
    print("\n".join(spans_of(results)))
    print()
    if len(words) > 2:
        print("\n".join(frechet_of(json.loads(Path(words[2]).read_text(encoding="utf-8")))))
        print()
    names = list(results)
    for title, of in (("F1 at 50 ms", macro_f1), ("class agreement", agreement)):
        tables = {name: of(results[name][0])[1] for name in names}
        print(f"| {title} | " + " | ".join(names) + " |\n|---|" + "---|" * len(names))
        for label in sorted(set().union(*tables.values())):
            print(f"| {label} | " + " | ".join(f"{tables[n].get(label, float('nan')):.2f}" for n in names) + " |")
        print()
    if len(words) > 1:
        costs = json.loads(Path(words[1]).read_text(encoding="utf-8"))
        print(
            "| row | parameters | MB | real-time factor | first block, s | ten minutes add, MB |\n" + "|---" * 6 + "|"
        )
        for name, c in costs.items():
            print(
                f"| {name} | {c['parameters']:,} | {c['megabytes']} | {c['real_time_factor']:.3f} "
                f"| {c['first_block_s']:.3f} | {c['ten_minutes_add_mb']} |"
            )


if __name__ == "__main__":
    main(sys.argv[1:])
