"""What a build found: figures per class, licences, twins, and everything left out with its reason."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

from silentfoley.bank.recordings import Skipped
from silentfoley.bank.take import SPLITS, Take
from silentfoley.labels import LABELS

if TYPE_CHECKING:
    # What compares takes needs SciPy's filters, which take two seconds to load; a bank that is read does not.
    from silentfoley.bank.likeness import Near


def class_table(takes: Sequence[Take], rate_hz: int) -> list[dict[str, Any]]:
    """One row per class that has takes, in label order."""
    rows: list[dict[str, Any]] = []
    for label in (name for name in LABELS if any(t.label == name for t in takes)):
        mine = [t for t in takes if t.label == label]
        row: dict[str, Any] = {
            "class": label,
            "files": len({t.origin for t in mine}),
            "recordings": len({t.recording for t in mine}),
            "takes": len(mine),
            "hits": sum(t.kind == "hit" for t in mine),
            "textures": sum(t.kind == "texture" for t in mine),
            "seconds": round(sum(t.n_samples for t in mine) / rate_hz, 1),
            "share_alike": sum(t.share_alike for t in mine),
        }
        for split in SPLITS:
            row[split] = sum(t.split == split for t in mine)
            row[f"{split}_recordings"] = len({t.recording for t in mine if t.split == split})
        rows.append(row)
    return rows


def build_report(
    takes: Sequence[Take],
    skipped: Sequence[Skipped],
    twins: Sequence[tuple[str, str, float]],
    near: Sequence[Near],
    quality: dict[str, dict[str, Any]],
    notes: Sequence[str],
    rate_hz: int,
) -> dict[str, Any]:
    """All of it as one JSON object."""
    return {
        "classes": class_table(takes, rate_hz),
        "licences": _licences(takes),
        "split_notes": list(notes),
        "skipped": [{"name": s.name, "reason": s.reason} for s in skipped],
        "twins": [{"a": a, "b": b, "correlation": round(r, 3)} for a, b, r in twins],
        "near_duplicates": [n._asdict() for n in near],
        "flags": dict(sorted(Counter(_word(f) for t in takes for f in t.flags).items())),
        "recordings": quality,
    }


def _word(flag: str) -> str:
    return flag.split(" ")[0].rstrip(",")


def _licences(takes: Sequence[Take]) -> list[dict[str, Any]]:
    keys = sorted({(t.licence_family, t.licence, t.source) for t in takes})
    return [
        {
            "family": family,
            "licence": licence,
            "source": source,
            "takes": len(mine),
            "share_alike": mine[0].share_alike,
        }
        for family, licence, source in keys
        if (mine := [t for t in takes if (t.licence_family, t.licence, t.source) == (family, licence, source)])
    ]


def to_markdown(report: dict[str, Any]) -> str:
    """The report as tables to read."""
    parts = ["# Bank report", "", "Split by original recording; `share_alike` counts takes whose licence binds.", ""]
    columns = ("class", "files", "recordings", "takes", "hits", "textures", "seconds", "share_alike", *SPLITS)
    parts += _table(columns, report["classes"])
    parts += [
        "",
        "## Splits",
        "",
        *(f"- {note}" for note in report["split_notes"] or ["every class is in every split"]),
    ]
    parts += [
        "",
        "## Licences",
        "",
        *_table(("family", "licence", "source", "takes", "share_alike"), report["licences"]),
    ]
    parts += ["", f"## Left out ({len(report['skipped'])})", "", *_table(("name", "reason"), report["skipped"])]
    parts += ["", f"## Same recording under two names ({len(report['twins'])})", ""]
    parts += _table(("a", "b", "correlation"), report["twins"])
    parts += ["", f"## Takes of different recordings that are almost the same sound ({len(report['near_duplicates'])})"]
    parts += ["", *_table(("a", "b", "likeness"), report["near_duplicates"])]
    flagged = [{"file": k, "notes": "; ".join(v["flags"])} for k, v in report["recordings"].items() if v["flags"]]
    parts += ["", f"## Notes on quality ({len(flagged)} files)", "", *_table(("file", "notes"), flagged)]
    return "\n".join(parts) + "\n"


def _table(columns: Sequence[str], rows: Iterable[dict[str, Any]]) -> list[str]:
    body = [f"| {' | '.join(str(row[c]).replace('|', '/') for c in columns)} |" for row in rows]
    return [f"| {' | '.join(columns)} |", f"|{'---|' * len(columns)}", *body] if body else ["none"]
