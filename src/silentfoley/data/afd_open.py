"""An AFD of public clips: labels of VGGSound, AVSync15 and Greatest Hits as our classes, by lists of clip ids.

AutoFoley's own data set is not public. Nothing is downloaded: whoever holds clips of these sets has them found by id,
and every listed clip that is not there is named. Which label stands for which class is our choice, in
``afd_open.csv``. No label of the three says *clock* or *breaking*: those classes stay empty.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from typing import Literal, get_args

from silentfoley.data.manifest import VIDEO_SUFFIXES, BadClip, Manifest, index_rows
from silentfoley.errors import DataError
from silentfoley.labels import check_label

Dataset = Literal["vggsound", "avsync15", "greatest_hits"]
DATASETS: tuple[Dataset, ...] = get_args(Dataset)
#: The eleven characters of a YouTube id: AVSync15 is cut from VGGSound, and clips of one video never part.
_YOUTUBE = re.compile(r"^[\w-]{11}(?=_|$)")
#: Why a listed clip is no part of the data set.
MISSING = "is listed, but no file has its id"
SEVERAL = "is listed, but several files have its id"


@dataclass(frozen=True)
class ListedClip:
    """One clip that a list names.

    Attributes:
        names: stems its file may have, the usual one first.
        label: our class.
        source: the recording it is cut from, as the data set calls it: the bare YouTube id.
    """

    names: tuple[str, ...]
    label: str
    source: str


def read_label_map(path: Path | None = None) -> dict[str, dict[str, str]]:
    """Our class by data set and label of theirs; None reads the table of this release.

    Raises:
        DataError: for a table without the columns ``dataset,theirs,ours`` or with an unknown data set.
        LabelError: for a class that is not ours.
    """
    text = (files("silentfoley.data") / "afd_open.csv").read_text("utf-8") if path is None else _text(path)
    table: dict[str, dict[str, str]] = {name: {} for name in DATASETS}
    reader = csv.DictReader(text.splitlines())
    if not {"dataset", "theirs", "ours"} <= set(reader.fieldnames or ()):
        raise DataError(path or "afd_open.csv", f"has columns {reader.fieldnames}", "give it dataset,theirs,ours")
    for row in reader:
        if row["dataset"] not in table:
            raise DataError(path or "afd_open.csv", f"names {row['dataset']!r}", f"use {', '.join(DATASETS)}")
        table[row["dataset"]][row["theirs"]] = check_label(row["ours"])
    return table


def read_clip_list(path: Path, dataset: Dataset, labels: Mapping[str, str]) -> list[ListedClip]:
    """Clips of the mapped labels in a list as the data set publishes it.

    ``vggsound``: lines ``YouTube id,start in seconds,label[,split]`` without a header; files are called ``ID_000030``.
    ``avsync15``: lines ``label/clip[.mp4]``, underscores for spaces allowed.
    ``greatest_hits``: an id a line, all of them hits; files are called ``ID`` or ``ID_denoised``.
    Published splits are not kept: sets are joined, and split again by recording.

    Args:
        path: of the list.
        dataset: its format.
        labels: our class by label of theirs.

    Raises:
        DataError: naming the line that is not of the format.
    """
    found = []
    for number, line in enumerate(csv.reader(_text(path).splitlines()), start=1):
        if not line or not line[0].strip():
            continue
        try:
            clip = _READERS[dataset]([cell.strip() for cell in line], labels)
        except (ValueError, IndexError):
            raise DataError(
                f"{path} line {number}", f"is not of {dataset}'s format", "pass the published list"
            ) from None
        if clip is not None:
            found.append(clip)
    return found


def index_open(root: Path, lists: Mapping[Dataset, Sequence[Path]], label_map: Path | None = None) -> Manifest:
    """The clips of the lists that are under ``root/DATASET``, in any folders; the others are named among the bad.

    Args:
        root: folder that holds a folder per data set.
        lists: lists by data set.
        label_map: see :func:`read_label_map`.

    Raises:
        DataError: if there is no list or one of an unknown data set, or the folder of a listed one is not there.
    """
    unknown = sorted(set(lists) - set(DATASETS))
    if unknown:
        raise DataError(f"data.lists.{unknown[0]}", "is no known data set", f"use {', '.join(DATASETS)}")
    if not any(lists.values()):
        raise DataError("afd_open", "no list of clips is named", "pass data.lists.vggsound=[vggsound.csv] or another")
    table = read_label_map(label_map)
    rows: dict[str, tuple[str, str, str]] = {}
    bad: list[BadClip] = []
    for dataset, paths in lists.items():
        held = _held(Path(root), dataset) if paths else {}
        for clip in (c for path in paths for c in read_clip_list(Path(path), dataset, table[dataset])):
            files_of_id = next((held[n] for n in clip.names if n in held), [])
            if len(files_of_id) == 1:
                rows[files_of_id[0]] = (files_of_id[0], clip.label, clip.source)
            else:
                reason = f"{SEVERAL}: {', '.join(files_of_id)}" if files_of_id else MISSING
                bad.append(BadClip(f"{dataset}/{clip.names[0]}", reason))
    return index_rows(Path(root), rows.values(), bad)


def _held(root: Path, dataset: str) -> dict[str, list[str]]:
    """Paths from the root by stem."""
    folder = root / dataset
    if not folder.is_dir():
        raise DataError(folder, "is not a folder", f"put the clips of {dataset} there, or leave its list out")
    held: dict[str, list[str]] = {}
    for path in sorted(folder.rglob("*")):
        if path.suffix.lower() in VIDEO_SUFFIXES:
            held.setdefault(path.stem, []).append(path.relative_to(root).as_posix())
    return held


def _vggsound(cells: Sequence[str], labels: Mapping[str, str]) -> ListedClip | None:
    video, start, label = cells[0], int(cells[1]), cells[2]
    if label not in labels:
        return None
    return ListedClip((f"{video}_{start:06d}", f"{video}_{start}"), labels[label], video)


def _avsync15(cells: Sequence[str], labels: Mapping[str, str]) -> ListedClip | None:
    label, _, name = cells[0].rpartition("/")
    if not label:
        raise ValueError(cells[0])
    stem, label = Path(name).stem if name.endswith(VIDEO_SUFFIXES) else name, label.rpartition("/")[2]
    ours = labels.get(label, labels.get(label.replace("_", " ")))
    video = _YOUTUBE.match(stem)
    return None if ours is None else ListedClip((stem,), ours, video.group() if video else stem)


def _greatest_hits(cells: Sequence[str], labels: Mapping[str, str]) -> ListedClip | None:
    return ListedClip((cells[0], f"{cells[0]}_denoised"), labels["hit"], cells[0]) if "hit" in labels else None


_READERS = {"vggsound": _vggsound, "avsync15": _avsync15, "greatest_hits": _greatest_hits}


def _text(path: Path) -> str:
    try:
        return Path(path).read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise DataError(path, f"cannot be read ({error})", "check the path") from None
