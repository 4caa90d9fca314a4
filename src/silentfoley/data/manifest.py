"""The index of a data set: one JSON line per clip, made once, hashed, citable."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass, replace
from pathlib import Path

from silentfoley.data.lists import recording_of
from silentfoley.errors import DataError, SilentFoleyError
from silentfoley.files import fingerprint, sha256_file, write_text
from silentfoley.media.video import probe

#: Containers looked for in class folders.
VIDEO_SUFFIXES = (".mp4", ".mov", ".m4v", ".mkv", ".webm", ".avi")


@dataclass(frozen=True)
class ClipRecord:
    """One clip of a data set.

    Attributes:
        id: unique name, the path relative to the data set's root without its suffix.
        path: relative to the root.
        label: sound class.
        source: the recording it comes from; clips of one source never lie in two splits.
        duration_s: length of the picture.
        sha256: of the file's bytes.
        split: ``train``, ``val`` or ``test``, or empty before splitting.
        cues: path of its cue sheet relative to the root, or empty if not annotated.
    """

    id: str
    path: str
    label: str
    source: str
    duration_s: float
    sha256: str
    split: str = ""
    cues: str = ""


@dataclass(frozen=True)
class BadClip:
    """A clip that cannot be used, and why. Counted in every result, never replaced."""

    path: str
    reason: str


@dataclass(frozen=True)
class Manifest:
    """Records in order of id, and the clips that were refused."""

    records: tuple[ClipRecord, ...]
    bad: tuple[BadClip, ...] = ()

    @property
    def fingerprint(self) -> str:
        """Digest over ids, contents, labels and splits."""
        return fingerprint([[r.id, r.sha256, r.label, r.split] for r in self.records])

    def split(self, name: str) -> tuple[ClipRecord, ...]:
        """Records of one split."""
        return tuple(r for r in self.records if r.split == name)

    def verified(self, root: Path) -> Manifest:
        """The same with every file that is at hand read again: digests that were not noted are filled in.

        What a manifest says of a file decides whether a test clip was trained on, and which features are taken from
        the cache. Whoever swaps a file and keeps the manifest would deceive both, so a data set that begins with a
        manifest is read through once, as one that begins with a folder is. Of files that are not there the manifest
        is believed.

        Args:
            root: what paths are relative to.

        Raises:
            DataError: naming the first file that is not the one the manifest was made of.
        """
        found = []
        for record in self.records:
            there = (root / record.path).is_file()
            digest = checked_digest(root / record.path, record.sha256) if there else record.sha256
            found.append(record if digest == record.sha256 else replace(record, sha256=digest))
        return replace(self, records=tuple(found))

    def with_recordings(self, pattern: str | None) -> Manifest:
        """The same with recordings by :func:`~silentfoley.data.lists.recording_of` where none was said.

        None was said where a clip's recording is but the name of a clip. Clips of equal bytes stay of one recording.

        Raises:
            DataError: naming the first such clip that the pattern does not match.
        """
        if pattern is None:
            return self
        clips = {r.id for r in self.records}
        named = [replace(r, source=recording_of(r.id, pattern)) if r.source in clips else r for r in self.records]
        return replace(self, records=tuple(_join_sources(named)))

    def save(self, path: Path) -> None:
        """One JSON object per line; refused clips carry ``"bad"``."""
        lines = [json.dumps(asdict(r), ensure_ascii=False) for r in self.records]
        lines += [json.dumps({"bad": asdict(b)}, ensure_ascii=False) for b in self.bad]
        write_text(path, "".join(line + "\n" for line in lines))

    @classmethod
    def load(cls, path: Path) -> Manifest:
        """Read what :meth:`save` wrote.

        Raises:
            DataError: naming the line that is not a record.
        """
        records: list[ClipRecord] = []
        bad: list[BadClip] = []
        for number, line in enumerate(_lines(path), start=1):
            try:
                value = json.loads(line)
                if "bad" in value:
                    bad.append(BadClip(**value["bad"]))
                else:
                    records.append(ClipRecord(**value))
            except (ValueError, TypeError) as error:
                raise DataError(
                    f"{path} line {number}", f"not a clip record ({error})", "make the manifest again"
                ) from None
        return cls(tuple(records), tuple(bad))


def _lines(path: Path) -> list[str]:
    try:
        return [line for line in Path(path).read_text(encoding="utf-8").splitlines() if line.strip()]
    except OSError as error:
        raise DataError(path, f"cannot be read ({error.strerror})", "check the path") from None


def checked_digest(file: Path, said: str) -> str:
    """Digest of a file's bytes.

    Args:
        file: that is there.
        said: what a manifest or list says of it; empty for nothing.

    Raises:
        DataError: if it says otherwise.
    """
    try:
        found = sha256_file(file)
    except OSError as error:
        raise DataError(file, f"cannot be read ({error.strerror})", "check the file") from None
    if said and said != found:
        cause = f"is not the file that was listed (its bytes have {found[:12]}, the list says {said[:12]})"
        raise DataError(file, cause, "put the listed file back, or make the list again")
    return found


def index_folder(root: Path, labels: Iterable[str] | None = None) -> Manifest:
    """Index ``root/<class>/<clip>`` folders.

    A cue sheet beside a clip (same stem, ``.cues.json``) is its annotation. The source is the clip's name up
    to a last ``@`` (``walk@2.mp4`` and ``walk@7.mp4`` are cuts of ``walk``), or the whole name.

    Raises:
        DataError: if there is no class folder.
    """
    root = Path(root)
    wanted = None if labels is None else set(labels)
    if not root.is_dir():
        raise DataError(root, "not a folder", "pass a folder of class/clip files")
    folders = sorted(d for d in root.iterdir() if d.is_dir() and not d.name.startswith("."))
    if not folders:
        raise DataError(root, "holds no class folders", "arrange it as class/clip.mp4 or pass a CSV")
    rows: list[tuple[str, str, str]] = []
    bad: list[BadClip] = []
    for folder in folders:
        files = sorted(p for p in folder.iterdir() if p.suffix.lower() in VIDEO_SUFFIXES)
        if wanted is not None and folder.name not in wanted:
            bad += [
                BadClip(p.relative_to(root).as_posix(), f"class {folder.name!r} is not among the labels") for p in files
            ]
            continue
        rows += [
            (p.relative_to(root).as_posix(), folder.name, f"{folder.name}/{p.stem.rpartition('@')[0] or p.stem}")
            for p in files
        ]
    return index_rows(root, rows, bad)


def index_csv(path: Path, labels: Iterable[str] | None = None) -> Manifest:
    """Index a CSV with columns ``path,label`` and optionally ``source``; paths are relative to the CSV.

    Raises:
        DataError: if a column is missing; a bad row is listed, with its line, among the bad clips.
    """
    path = Path(path)
    wanted = None if labels is None else set(labels)
    reader = csv.DictReader(_lines(path))
    if not {"path", "label"} <= set(reader.fieldnames or ()):
        raise DataError(path, f"has columns {reader.fieldnames}", "give it at least the columns path,label")
    rows: list[tuple[str, str, str]] = []
    bad: list[BadClip] = []
    for number, row in enumerate(reader, start=2):
        name, label = (row.get("path") or "").strip(), (row.get("label") or "").strip()
        if not name or not label:
            bad.append(BadClip(name or f"line {number}", f"line {number} lacks a path or a label"))
        elif wanted is not None and label not in wanted:
            bad.append(BadClip(name, f"class {label!r} is not among the labels"))
        else:
            rows.append((name, label, (row.get("source") or "").strip() or name.rpartition(".")[0]))
    return index_rows(path.parent, rows, bad)


def index_rows(root: Path, rows: Iterable[tuple[str, str, str]], bad: Iterable[BadClip] = ()) -> Manifest:
    """Probe and hash (path, label, source) rows, paths relative to ``root``; what cannot be read joins ``bad``."""
    bad = list(bad)
    records: dict[str, ClipRecord] = {}
    for name, label, source in sorted(rows):
        file = root / name
        clip_id = name.rpartition(".")[0] or name
        if clip_id in records:
            bad.append(BadClip(name, f"has the same id as {records[clip_id].path}"))
            continue
        try:
            info = probe(file)
        except SilentFoleyError as error:
            bad.append(BadClip(name, error.cause))
            continue
        cues = file.with_suffix(".cues.json")
        sheet = cues.relative_to(root).as_posix() if cues.is_file() else ""
        records[clip_id] = ClipRecord(
            clip_id, name, label, source, float(info.duration_s), sha256_file(file), cues=sheet
        )
    merged = sorted(_join_sources(list(records.values())), key=lambda r: r.id)
    return Manifest(tuple(merged), tuple(sorted(bad, key=lambda b: b.path)))


def _join_sources(records: list[ClipRecord]) -> list[ClipRecord]:
    """Identical bytes under two names would sit on both sides of a split: their sources become one, with all clips."""
    above: dict[str, str] = {}

    def root(source: str) -> str:
        while source in above:
            source = above[source]
        return source

    first: dict[str, str] = {}
    for record in (r for r in records if r.sha256):
        source, twin = root(record.source), root(first.setdefault(record.sha256, record.source))
        if source != twin:
            above[source] = twin
    return [replace(r, source=root(r.source)) for r in records]
