"""Which clips a folder holds: sound files, videos and cue sheets that share a stem are one clip."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from silentfoley.data.lists import Row, read_list
from silentfoley.data.manifest import VIDEO_SUFFIXES, BadClip
from silentfoley.errors import DataError

SOUNDS = (".wav", ".flac", ".ogg", ".oga", ".opus", ".mp3", ".m4a", ".aif", ".aiff")
VIDEOS = (*VIDEO_SUFFIXES, ".mpg", ".mpeg", ".ts")
#: Suffixes of a cue sheet beside a clip, the first that is there counts.
SHEETS = (".cues.json", ".json", ".csv")
#: Lists of clips looked for in a folder; they give labels and recordings.
LISTS = ("clips.jsonl", "manifest.jsonl", "clips.csv")


@dataclass(frozen=True)
class MediaClip:
    """The files of one clip.

    Attributes:
        id: path relative to the folder without its suffix.
        label, source: from the folder's list of clips; else the first folder of the id (or empty), and the id up to
            a last ``@`` (``walk@2`` and ``walk@7`` are cuts of ``walk``).
        sound, video, cues: files, or None. Without a sound file the video's own sound is taken.
    """

    id: str
    label: str
    source: str
    sound: Path | None
    video: Path | None
    cues: Path | None

    @property
    def sound_path(self) -> Path | None:
        """Where the sound is read from."""
        return self.sound or self.video


@dataclass(frozen=True)
class MediaFolder:
    """Clips in order of id, and those it is not clear which file they are."""

    root: Path
    clips: tuple[MediaClip, ...]
    bad: tuple[BadClip, ...] = ()


def list_media(root: str | Path) -> MediaFolder:
    """Look through a folder and those below it. Nothing is opened but the list of clips.

    Raises:
        DataError: if it is no folder, holds no clip, or its list of clips cannot be read.
    """
    folder = Path(root)
    if not folder.is_dir():
        raise DataError(folder, "is not a folder", "name a folder of videos, sound files or cue sheets")
    files = sorted(
        p for p in folder.rglob("*") if p.is_file() and not any(s.startswith(".") for s in p.relative_to(folder).parts)
    )
    named = next((folder / n for n in LISTS if (folder / n).is_file()), None)
    rows = {} if named is None else read_list(named)
    clashes: dict[str, str] = {}
    sounds = _by_id(folder, files, SOUNDS, clashes)
    videos = _by_id(folder, files, VIDEOS, clashes)
    sheets = _sheets(folder, files)
    # Beside media a lone .json may be anything; in a folder without media the sheets are the clips.
    ids = sorted(sounds | videos) or sorted(sheets)
    if not ids:
        raise DataError(folder, "holds no video, sound file or cue sheet", f"put files in it ending in {_suffixes()}")
    clips = [
        MediaClip(i, *_named(i, rows), sounds.get(i), videos.get(i), sheets.get(i)) for i in ids if i not in clashes
    ]
    bad = [BadClip(clip_id, f"two files share its stem: {names}") for clip_id, names in sorted(clashes.items())]
    return MediaFolder(folder, tuple(clips), tuple(bad))


def _by_id(root: Path, files: list[Path], suffixes: tuple[str, ...], clashes: dict[str, str]) -> dict[str, Path]:
    found: dict[str, Path] = {}
    for path in files:
        if path.suffix.lower() not in suffixes:
            continue
        clip_id = path.relative_to(root).with_suffix("").as_posix()
        if clip_id in found:
            clashes[clip_id] = f"{found[clip_id].name}, {path.name}"
        else:
            found[clip_id] = path
    return found


def _sheets(root: Path, files: list[Path]) -> dict[str, Path]:
    found: dict[str, Path] = {}
    for suffix in SHEETS:
        for path in files:
            name = path.relative_to(root).as_posix()
            # walk.cues.json is the sheet of walk, never of walk.cues.
            is_other = suffix == ".json" and name.lower().endswith(SHEETS[0])
            if name not in LISTS and name.lower().endswith(suffix) and not is_other:
                found.setdefault(name[: -len(suffix)], path)
    return found


def _named(clip_id: str, rows: Mapping[str, Row]) -> tuple[str, str]:
    row = rows.get(clip_id, {})
    folder = clip_id.partition("/")[0] if "/" in clip_id else ""
    return str(row.get("label") or folder), str(row.get("source") or clip_id.rpartition("@")[0] or clip_id)


def _suffixes() -> str:
    return ", ".join((*VIDEOS, *SOUNDS, SHEETS[0]))
