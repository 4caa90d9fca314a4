"""Finding recordings: class folders, attribution, and which files are cut from one original recording."""

from __future__ import annotations

import csv
import re
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Literal

from silentfoley.bank.variants import VARIANTS, variant_of
from silentfoley.errors import DataError, LabelError
from silentfoley.labels import LABELS, check_label

#: Names of the table of rights and origins, and what stands between its columns.
ATTRIBUTION_FILES: dict[str, str] = {"ATTRIBUTION.tsv": "\t", "ATTRIBUTION.csv": ","}
SOUND_SUFFIXES = frozenset({".wav", ".flac", ".ogg", ".oga", ".opus", ".mp3", ".aif", ".aiff", ".m4a"})

#: Sources whose sub-folders are one instrument each: all keys of one keyboard belong together.
FOLDER_IS_SESSION = frozenset({"keyboardsounds", "bucklespring-data"})
#: OpenClonk's authors.txt names the Freesound upload behind a file; variants of one upload are one recording.
#: IceHit is adapted from GlassHit; gun and bullet shots were made by one hand in one go.
OPENCLONK_UPLOADS: tuple[tuple[str, str], ...] = (
    (r"Step(Hard|Soft)\d*", "freesound/31962"),
    (r"Chop\d*", "freesound/23700"),
    (r"EggCrack\d*", "freesound/244480"),
    (r"(Glass|Ice)Hit\d*", "freesound/13936"),
    (r"GlassShatter", "freesound/66520"),
    (r"SawmillRipcut", "freesound/198988"),
    (r"Inflame", "freesound/94102"),
    (r"Fire", "freesound/4211"),
    (r"Waterfall", "freesound/38390"),
    (r"Thunder1", "freesound/199638"),
    (r"Thunder2", "freesound/21887"),
    (r"Thunder3", "freesound/64460"),
    (r"Thunder4", "freesound/329978"),
    (r"Thunder5", "freesound/160514"),
    (r"(Gun|Bullet)Sho(o)?t\d*", "openclonk-data/gunshots"),
)
#: Families of names that are one session though their names differ.
SESSIONS: tuple[tuple[str, str, str], ...] = (
    ("0ad-data", r"Foo[rt]step_.*", "Footstep"),  # walking and running over five grounds
    ("0ad-data", r"fs_(gravel|rock).*", "fs_gravel"),  # the same samples under two names
    ("0ad-data", r"hstep_.*", "hstep"),
)

_ESC_CLIP = re.compile(r"^\d-(\d+)-[A-Z]$")  # fold-FreesoundId-take
_COUNTER = re.compile(r"[\s._-]*\d+$")
_TAKE_LETTER = re.compile(r"-[A-Z]$")


@dataclass(frozen=True)
class Recording:
    """One sound file of a class.

    Attributes:
        path: where it is.
        name: ``folder/class/file``, the same wherever the folder lies.
        label: sound class.
        source: package or collection, version cut off; the folder's name if nobody says.
        licence: as stated, or ``unstated``.
        original: its path at the source.
        group: key of the original recording, see :func:`recording_key`.
        variant: material or manner, if something tells: see :func:`silentfoley.bank.variants.variant_of`.
    """

    path: Path
    name: str
    label: str
    source: str
    licence: str
    original: str
    group: str
    variant: str | None


@dataclass(frozen=True)
class Skipped:
    """Something that did not become a take, and why."""

    name: str
    reason: str


def scan(folder: Path) -> tuple[list[Recording], list[Skipped]]:
    """Recordings of ``folder/<class>/...``, in order of name, and what was left out.

    Rights and origins are read from ``ATTRIBUTION.tsv`` or ``.csv``, where there is one: columns ``file``, ``source``,
    ``licence``, ``original``, and optionally ``recording``, ``variant`` and ``tags``.

    Raises:
        DataError: if the folder does not exist, is empty, or has no class folder.
    """
    if not folder.is_dir():
        raise DataError(folder, "no such folder", "name a folder of class/recording files")
    if not any(folder.iterdir()):
        raise DataError(folder, "is empty", "put recordings into folders named by sound class")
    rows = read_attribution(folder)
    recordings: list[Recording] = []
    skipped: list[Skipped] = []
    for child in sorted(folder.iterdir()):
        if child.is_dir():
            _scan_class(folder, child, rows, recordings, skipped)
        elif child.suffix.lower() in SOUND_SUFFIXES:
            skipped.append(Skipped(f"{folder.name}/{child.name}", "lies in no class folder"))
    if not recordings:
        seen = ", ".join(s.name for s in skipped[:4]) or "no sound files"
        raise DataError(
            folder, f"no class folder with recordings in it ({seen})", f"use folders named {', '.join(LABELS)}"
        )
    missing = sorted(set(rows) - {r.name.partition("/")[2] for r in recordings} - {_tail(s.name) for s in skipped})
    skipped += [
        Skipped(f"{folder.name}/{name}", "in the attribution but not in the folder")
        for name in missing
        if not _in_skipped(name, skipped)
    ]
    return recordings, skipped


def _tail(name: str) -> str:
    return name.partition("/")[2]


def _in_skipped(name: str, skipped: list[Skipped]) -> bool:
    return any(name.startswith(f"{_tail(s.name)}/") for s in skipped)


def _scan_class(
    folder: Path, child: Path, rows: dict[str, dict[str, str]], recordings: list[Recording], skipped: list[Skipped]
) -> None:
    files = sorted(p for p in child.rglob("*") if p.is_file() and not p.name.startswith("."))
    sounds = [p for p in files if p.suffix.lower() in SOUND_SUFFIXES]
    try:
        label = check_label(child.name)
    except LabelError as error:
        if sounds:
            reason = f"{len(sounds)} recordings of an {error.cause}; {error.remedy}"
            skipped.append(Skipped(f"{folder.name}/{child.name}", reason))
        return
    for path in files:
        relative = path.relative_to(folder).as_posix()
        if path.suffix.lower() in SOUND_SUFFIXES:
            recordings.append(_recording(path, folder.name, relative, label, rows.get(relative)))
        else:
            skipped.append(Skipped(f"{folder.name}/{relative}", f"{path.suffix or 'no suffix'}: not a sound file"))


def _recording(path: Path, top: str, relative: str, label: str, row: dict[str, str] | None) -> Recording:
    row = row or {}
    source = source_name(row.get("source") or top)
    original = row.get("original") or relative
    group = row.get("recording") or recording_key(source, original)
    licence = row.get("licence") or "unstated"
    variant = variant_of(label, relative, original, row)
    return Recording(path, f"{top}/{relative}", label, source, licence, original, group, variant)


def read_attribution(folder: Path) -> dict[str, dict[str, str]]:
    """Rows of the folder's attribution by file; empty if there is none.

    Raises:
        DataError: if it has no ``file`` column, is not UTF-8 or no table, or there are two of them.
    """
    found = [folder / name for name in ATTRIBUTION_FILES if (folder / name).is_file()]
    if not found:
        return {}
    if len(found) > 1:
        raise DataError(folder, f"has both {' and '.join(p.name for p in found)}", "keep one of them")
    path = found[0]
    quoting: Literal[0, 3] = csv.QUOTE_MINIMAL if path.suffix == ".csv" else csv.QUOTE_NONE
    try:
        # Spreadsheets put a mark of byte order in front.
        with path.open(encoding="utf-8-sig", newline="") as file:
            reader = csv.DictReader(file, delimiter=ATTRIBUTION_FILES[path.name], quoting=quoting)
            if "file" not in (reader.fieldnames or []):
                raise DataError(path, "has no column 'file'", "begin it with a header: file, source, licence, original")
            rows = [row for row in reader if row.get("file")]
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise DataError(path, f"cannot be read ({error})", "save it as UTF-8 text") from None
    return {row["file"]: {k: (v or "").strip() for k, v in row.items() if k} for row in rows}


def source_name(source: str) -> str:
    """A source without its version: ``0ad-data 0.0.26-1``, ``a/b@1234`` and ``pkg==1.0`` lose their ends."""
    return re.split(r"\s|==|@", source.strip(), maxsplit=1)[0]


def recording_key(source: str, original: str) -> str:
    """Which original recording a file comes from, so that its siblings never meet across splits.

    The first rule that fits:

    1. ``fold-ID-LETTER`` (ESC): the Freesound upload ``freesound/ID``.
    2. OpenClonk files whose upload is known: that upload, the key ESC clips of the same upload have.
    3. Sources of one sub-folder per instrument: the sub-folder.
    4. Names known to be one session (:data:`SESSIONS`).
    5. A file in a sub-folder of its class folder: the sub-folder, unless that is named by a material or manner of the
       class: gravel is no session.
    6. Otherwise the path without counters: ``step1``, ``step_02`` and ``step.3`` are one recording ``step``.

    Args:
        source: as :func:`source_name` gives it.
        original: path at the source; ``class/file`` for a plain folder.
    """
    path = PurePosixPath(original)
    stem = path.stem if path.suffix.lower() in SOUND_SUFFIXES else path.name
    if match := _ESC_CLIP.match(stem):
        return f"freesound/{match.group(1)}"
    if source == "openclonk-data":
        for pattern, upload in OPENCLONK_UPLOADS:
            if re.fullmatch(pattern, stem):
                return upload
    parent = path.parent.as_posix()
    if source in FOLDER_IS_SESSION and parent != ".":
        return f"{source}/{parent}"
    for owner, pattern, session in SESSIONS:
        if source == owner and re.fullmatch(pattern, stem):
            return f"{source}/{session}"
    label = path.parts[0]
    if len(path.parts) >= 3 and label in LABELS and not (len(path.parts) == 3 and path.parts[1] in VARIANTS[label]):
        return f"{source}/{parent}"
    return f"{source}/{path.parent.name}/{strip_counters(stem)}"


def strip_counters(stem: str) -> str:
    """``fs_snow_11``, ``break.2``, ``primary2_1`` and ``clip-B`` without their counters; a name of digits stays."""
    bare = _TAKE_LETTER.sub("", stem)
    while (shorter := _COUNTER.sub("", bare)) and shorter != bare:
        bare = shorter
    return bare or stem
