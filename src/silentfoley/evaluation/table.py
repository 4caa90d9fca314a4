"""Tables for people: measures down, rows across, what is wrong below."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

#: Short names of rows, as column heads.
HEADS = {"truth_redetected": "redetected"}
_KEPT_MISSING = 10


def result_table(result: Mapping[str, Any]) -> str:
    """The text of a result as ``metrics.json`` holds it."""
    parts = [counts_line(result)]
    parts += [f"  missing {name}: {why}" for name, why in list(result["missing"].items())[:_KEPT_MISSING]]
    if len(result["missing"]) > _KEPT_MISSING:
        parts.append(f"  ... and {len(result['missing']) - _KEPT_MISSING} more (all in metrics.json)")
    for name, protocol in result["protocols"].items():
        parts += ["", *_protocol(name, protocol)]
    return "\n".join(parts)


def counts_line(result: Mapping[str, Any]) -> str:
    """Who was scored, in one line."""
    text = f"{result['generated']['name']} against {result['reference']['name']}: {result['n_scored']} of "
    text += f"{result['n_reference']} clips scored, {result['n_missing']} missing, {result['recordings']} recordings"
    for key in ("extra", "short", "long"):
        text += f", {result[f'n_{key}']} {key}" if result[f"n_{key}"] else ""
    return text


def _protocol(name: str, protocol: Mapping[str, Any]) -> list[str]:
    lines = [f"{name} (fingerprint {protocol['fingerprint']['digest'][:12]})"]
    rows = protocol["rows"]
    heads = ["measure", "system [95 % interval]", *(HEADS.get(r, r) for r in rows if r != "system")]
    cells = [heads]
    for measure, about in protocol["measures"].items():
        unit = f" ({about['unit']})" if about["unit"] else ""
        controls = [number(rows[r].get(measure, {}).get("value")) for r in rows if r != "system"]
        cells.append([measure + unit, figure_text(rows["system"].get(measure, {})), *controls])
    lines += aligned(cells)
    lines += [f"note: {r}" for r in protocol["remarks"]]
    lines += [f"control left out: {c} ({why})" for c, why in protocol["controls_left_out"].items()]
    lines += violations(protocol["orders"])
    return lines


def violations(orders: Sequence[Mapping[str, Any]]) -> list[str]:
    """Broken expectations with their meaning, then how many held."""
    broken = [o for o in orders if o["held"] is False]
    looked = [o for o in orders if o["held"] is not None]
    lines = [f"control order broken: {o['measure']}: expected {o['expected']}, found {o['text']}" for o in broken]
    return [*lines, f"control orders held: {len(looked) - len(broken)} of {len(looked)}"] if orders else lines


def figure_text(figure: Mapping[str, Any]) -> str:
    """``0.412 [0.350, 0.471]``, or the note of what cannot be judged."""
    if figure.get("value") is None:
        return f"n/a ({figure['note']})" if figure.get("note") else "n/a"
    if figure.get("low") is None:
        return number(figure["value"])
    return f"{number(figure['value'])} [{number(figure['low'])}, {number(figure['high'])}]"


def number(value: float | None) -> str:
    """Three decimals below ten, fewer above."""
    if value is None:
        return "n/a"
    text = f"{value:.3f}" if abs(value) < 10 else f"{value:.1f}" if abs(value) < 1000 else f"{value:.0f}"
    return text.removeprefix("-") if float(text) == 0 else text


def aligned(cells: Sequence[Sequence[str]]) -> list[str]:
    """Rows of text as lines: the first column to the left, the others to the right."""
    widths = [max(len(row[k]) for row in cells) for k in range(len(cells[0]))]
    lines = []
    for row in cells:
        first = row[0].ljust(widths[0])
        rest = (cell.rjust(w) for cell, w in zip(row[1:], widths[1:], strict=True))
        lines.append("  ".join([first, *rest]).rstrip())
    return lines
