"""The near-duplicates of a bank that is already built."""

from __future__ import annotations

from silentfoley.bank.bank import Bank
from silentfoley.bank.likeness import Near, Progress, fingerprint, near_duplicates
from silentfoley.bank.source import TakeReader


def duplicates(bank: Bank, progress: Progress | None = None) -> list[Near]:
    """Takes of different recordings that are almost the same sound, most alike first.

    As the build found them, which then made one recording of theirs; a bank of an earlier build is looked through now.

    Args:
        bank: an open bank.
        progress: called with (takes compared, takes in all) while it is looked through.
    """
    if (known := bank.report.get("near_duplicates")) is not None:
        found = [Near(str(n["a"]), str(n["b"]), float(n["likeness"])) for n in known]
    else:
        read = TakeReader(bank)
        prints = [fingerprint(read(t), bank.sample_rate_hz, t.kind, t.onset_samples) for t in bank.all_takes]
        found = near_duplicates(bank.all_takes, prints, read, progress)
    return sorted(found, key=lambda n: (-n.likeness, n.a, n.b))


def named(bank: Bank, found: list[Near], most: int) -> list[str]:
    """A line for each of the first ``most``: how alike, and which files the takes were cut from."""
    origin = {t.id: t.origin for t in bank.all_takes}
    lines = [f"  {n.likeness:.2f}  {origin.get(n.a, n.a)}  {origin.get(n.b, n.b)}" for n in found[:most]]
    more = len(found) - most
    return [*lines, f"  and {more} more (--json names all)"] if more > 0 else lines
