"""Splits by source, and the guard against overlap."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from silentfoley.data.manifest import ClipRecord, Manifest
from silentfoley.errors import DataError

#: Shares of sources, ours: AutoFoley's own split is not known.
FRACTIONS: Mapping[str, float] = {"train": 0.7, "val": 0.1, "test": 0.2}


def split_by_source(manifest: Manifest, fractions: Mapping[str, float] = FRACTIONS, seed: int = 0) -> Manifest:
    """Give every record a split so that no source lies in two, class by class.

    Sources are ordered by a hash of (seed, source), so adding a clip moves few others, and dealt out by their
    number of clips. A class with fewer sources than splits fills the earlier named ones first.

    Raises:
        DataError: if fractions are not positive.
    """
    if not fractions or min(fractions.values()) <= 0:
        raise DataError("split fractions", f"{dict(fractions)} hold a share that is not positive", "pass shares > 0")
    total = sum(fractions.values())
    assigned: dict[str, str] = {}
    for label in sorted({r.label for r in manifest.records}):
        records = [r for r in manifest.records if r.label == label]
        counts: dict[str, int] = {}
        for record in records:
            counts[record.source] = counts.get(record.source, 0) + 1
        free = [s for s in sorted(counts, key=lambda s: _rank(seed, s)) if s not in assigned]
        have = dict.fromkeys(fractions, 0)
        for record in records:
            if record.source in assigned:
                have[assigned[record.source]] += 1
        for source in free:
            # The split furthest below its share takes the next source.
            name = max(fractions, key=lambda n: fractions[n] / total * len(records) - have[n])
            assigned[source] = name
            have[name] += counts[source]
    return replace(manifest, records=tuple(replace(r, split=assigned[r.source]) for r in manifest.records))


def _rank(seed: int, source: str) -> str:
    return hashlib.sha256(f"{seed}\0{source}".encode()).hexdigest()


def check_disjoint(splits: Mapping[str, Sequence[ClipRecord]]) -> None:
    """Refuse splits that share a clip, a source or a file's bytes.

    Raises:
        DataError: listing what is shared.
    """
    names = list(splits)
    for i, a in enumerate(names):
        for b in names[i + 1 :]:
            for what in ("id", "source", "sha256"):
                shared = _values(splits[a], what) & _values(splits[b], what)
                if shared:
                    some = ", ".join(sorted(shared)[:5]) + (", ..." if len(shared) > 5 else "")
                    raise DataError(
                        f"splits {a!r} and {b!r}", f"share {len(shared)} {what}: {some}", "split again by source"
                    )


def _values(records: Iterable[ClipRecord], what: str) -> set[str]:
    return {getattr(r, what) for r in records if getattr(r, what)}
