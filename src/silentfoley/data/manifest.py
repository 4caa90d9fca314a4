"""The index of a data set: one JSON line per clip, made once, hashed, citable."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass, replace
from pathlib import Path

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
    for record in records:
        source, twin = root(record.source), root(first.setdefault(record.sha256, record.source))
        if source != twin:
            above[source] = twin
    return [replace(r, source=root(r.source)) for r in records]
