"""What recordings a bank is made of, so that anyone can gather the same: names, hashes, rights, no sound."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Sequence
from dataclasses import astuple, dataclass, fields
from pathlib import Path

from silentfoley.bank.recordings import read_attribution, scan
from silentfoley.errors import DataError
from silentfoley.files import sha256_file, write_text


@dataclass(frozen=True, order=True)
class Entry:
    """One recording.

    Attributes:
        file: ``class/file``, below the folder of recordings.
        sha256: of the file's bytes.
        label: sound class.
        package: package or collection it came from.
        version: of the package, or the commit; empty if nobody says.
        licence: as stated.
        recording: key of the original recording; files of one recording share it.
        original: path in the package.
    """

    file: str
    sha256: str
    label: str
    package: str
    version: str
    licence: str
    recording: str
    original: str


COLUMNS = tuple(f.name for f in fields(Entry))


@dataclass(frozen=True)
class Difference:
    """How a folder differs from a manifest: names of files, sorted.

    Attributes:
        missing: in the manifest, but not in the folder.
        changed: in both, with other bytes.
        extra: recordings in the folder that the manifest does not name.
        same: how many are as they should be.
    """

    missing: tuple[str, ...]
    changed: tuple[str, ...]
    extra: tuple[str, ...]
    same: int

    def __bool__(self) -> bool:
        return bool(self.missing or self.changed or self.extra)


def manifest_of(folder: Path) -> list[Entry]:
    """An entry for every recording of ``folder/class/...`` that a bank would be built from, in order of name.

    Raises:
        DataError: if the folder is none of recordings.
    """
    rows = read_attribution(folder)
    entries = []
    for found in scan(folder)[0]:
        file = found.name.partition("/")[2]
        package, version = split_version(rows.get(file, {}).get("source") or found.source)
        entries.append(
            Entry(
                file,
                sha256_file(found.path),
                found.label,
                package,
                version,
                found.licence,
                found.group,
                found.original,
            )
        )
    return sorted(entries)


def split_version(source: str) -> tuple[str, str]:
    """``name 1.2-3``, ``name==1.2`` and ``owner/name@commit`` as name and version."""
    name, *rest = re.split(r"==|@|\s+", source.strip(), maxsplit=1)
    return name, rest[0].strip() if rest else ""


def write_manifest(entries: Iterable[Entry], path: Path) -> Path:
    """Write a TSV with a header, in order of file, whole or not at all."""
    text = io.StringIO()
    writer = csv.writer(text, delimiter="\t", lineterminator="\n", quoting=csv.QUOTE_MINIMAL)
    writer.writerow(COLUMNS)
    writer.writerows(astuple(e) for e in sorted(entries))
    write_text(path, text.getvalue())
    return path


def read_manifest(path: Path) -> list[Entry]:
    """Entries of a TSV as :func:`write_manifest` makes it.

    Raises:
        DataError: if it cannot be read, lacks a column, names a file twice or has something that is no hash.
    """
    remedy = "make one with: silentfoley bank manifest DIR -o FILE"
    try:
        # A file's name may hold what Python takes for the end of a line.
        text = io.StringIO(path.read_bytes().decode("utf-8"), newline="")
        rows = list(csv.DictReader(text, delimiter="\t"))
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise DataError(path, f"cannot be read ({error})", remedy) from None
    if not rows:
        raise DataError(path, "names no recording", remedy)
    if missing := [c for c in COLUMNS if c not in rows[0]]:
        raise DataError(path, f"has no column {missing[0]!r}", remedy)
    entries = [Entry(*(row[c] or "" for c in COLUMNS)) for row in rows]
    seen: set[str] = set()
    for line, entry in enumerate(entries, 2):
        if not re.fullmatch(r"[0-9a-f]{64}", entry.sha256):
            raise DataError(f"{path} line {line}", f"{entry.sha256!r} is no SHA-256", remedy)
        if entry.file in seen:
            raise DataError(f"{path} line {line}", f"names {entry.file} twice", remedy)
        seen.add(entry.file)
    return entries


def compare(folder: Path, wanted: Sequence[Entry]) -> Difference:
    """What of ``wanted`` is not in ``folder``, and what else is. Names are told; nothing is changed.

    Raises:
        DataError: if the folder is none of recordings.
    """
    expected = {e.file: e.sha256 for e in wanted}
    there = {r.name.partition("/")[2]: r.path for r in scan(folder)[0]}
    changed = tuple(sorted(f for f in expected if f in there and sha256_file(there[f]) != expected[f]))
    return Difference(
        missing=tuple(sorted(expected.keys() - there.keys())),
        changed=changed,
        extra=tuple(sorted(there.keys() - expected.keys())),
        same=len(expected.keys() & there.keys()) - len(changed),
    )
