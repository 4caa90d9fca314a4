"""Named, hashed lists of clips, and the refusal to test on what was trained on.

Public sets come with several incompatible splits: of Greatest Hits three are in use, and most test videos of one are
training videos of another. So a list has a name and a digest, and two lists meet through :func:`check_apart`.

Lists name one clip differently too: with its folder or without, with its suffix or without. Names are alike where one
is the other without leading folders, so ``ID_000030.mp4`` is ``vggsound/ID_000030``, and ``rain/1`` is not ``dog/1``.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from silentfoley.data.lists import Row, read_list, recording_of
from silentfoley.data.manifest import VIDEO_SUFFIXES, ClipRecord, checked_digest
from silentfoley.errors import DataError
from silentfoley.files import fingerprint, write_text

#: What a run's folder calls the list of the clips it was trained on.
TRAINED_ON = "trained_on.jsonl"
#: Names of an overlap that an error spells out.
_SHOWN = 5
#: Ends of names that say nothing; others may (``hit_3.14``).
_SUFFIXES = (*VIDEO_SUFFIXES, ".wav", ".flac", ".mp3")


@dataclass(frozen=True)
class ClipList:
    """A named list.

    Attributes:
        name: as cited: ``gh-owens/test``.
        sources: recording of every clip, by clip id.
        contents: digest of the file of a clip where it is known, by clip id.
    """

    name: str
    sources: Mapping[str, str]
    contents: Mapping[str, str] = field(default_factory=dict)

    @property
    def digest(self) -> str:
        """Of ids and recordings: the same list has the same digest in any order."""
        return fingerprint(sorted(self.sources.items()))

    def __len__(self) -> int:
        return len(self.sources)

    def __str__(self) -> str:
        n_sources = len(set(self.sources.values()))
        return f"{self.name} ({len(self)} clips of {n_sources} recordings, {self.digest[:12]})"

    @classmethod
    def of_records(cls, name: str, records: Iterable[ClipRecord]) -> ClipList:
        """From records of a manifest."""
        rows = list(records)
        return cls(name, {r.id: r.source for r in rows}, {r.id: r.sha256 for r in rows if r.sha256})

    @classmethod
    def of_ids(cls, name: str, ids: Iterable[str], source_pattern: str | None = None) -> ClipList:
        """From clip ids.

        Args:
            source_pattern: of the recording in a clip's id, see :func:`~silentfoley.data.lists.recording_of`.

        Raises:
            DataError: naming the first id the pattern does not match.
        """
        return cls(name, {i: recording_of(i, source_pattern) for i in ids})

    @classmethod
    def load(cls, path: str | Path, name: str | None = None, source_pattern: str | None = None) -> ClipList:
        """From a file (see :func:`~silentfoley.data.lists.read_list`), or a run's folder: what it was trained on.

        Rows may say ``source`` and ``sha256``; a recording not said is found by ``source_pattern``, as in
        :meth:`of_ids`. Where a row says ``path`` and that file lies there, relative to the list, it is read: what the
        row says of its bytes must be so, and need not be said. Of files that are elsewhere the list is believed.

        Raises:
            DataError: if it cannot be read or lists nothing, or if a file is another than it says.
        """
        file = Path(path)
        if file.is_dir():
            name, file = name or file.resolve().name, file / TRAINED_ON
        rows = read_list(file)
        if not rows:
            raise DataError(file, "lists no clips", "put one clip a line")
        sources = {i: str(row.get("source") or "") or recording_of(i, source_pattern) for i, row in rows.items()}
        contents = {i: digest for i, row in rows.items() if (digest := _content(file, row))}
        return cls(name or file.stem, sources, contents)

    @classmethod
    def joined(cls, lists: Sequence[ClipList]) -> ClipList:
        """Several lists as one, named after all."""
        sources = {i: s for one in lists for i, s in one.sources.items()}
        contents = {i: c for one in lists for i, c in one.contents.items()}
        return cls(" + ".join(one.name for one in lists), sources, contents)

    def save(self, path: str | Path) -> None:
        """JSON lines that :meth:`load` reads."""
        rows = [{"id": i, "source": source, "sha256": self.contents.get(i, "")} for i, source in self.sources.items()]
        write_text(path, "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows))


@dataclass(frozen=True)
class Overlap:
    """What two lists share, sorted, in the words of the test list.

    Attributes:
        clips: ids whose like is on the training list.
        sources: recordings whose like is on the training list.
        contents: pairs of ids whose files are the same bytes.
    """

    clips: tuple[str, ...]
    sources: tuple[str, ...]
    contents: tuple[tuple[str, str], ...]

    def __bool__(self) -> bool:
        return bool(self.clips or self.sources or self.contents)


def overlap(train: ClipList, test: ClipList) -> Overlap:
    """What a test list shares with a training list."""
    by_content = {digest: clip for clip, digest in train.contents.items()}
    twins = sorted((by_content[d], clip) for clip, d in test.contents.items() if d in by_content)
    clips = _alike(train.sources, test.sources)
    sources = _alike(train.sources.values(), test.sources.values())
    return Overlap(clips, sources, tuple(twins))


def check_apart(train: ClipList | Sequence[ClipList], test: ClipList) -> None:
    """Refuse to test on what was trained on.

    Raises:
        DataError: naming both lists and what they share, by clip, by recording and by file. Other clips of the same
            bare name are told apart by their folders: a list of them shall name these.
    """
    for one in (train,) if isinstance(train, ClipList) else train:
        shared = overlap(one, test)
        if shared:
            sources = set(shared.sources)
            n_clips = sum(s in sources for s in test.sources.values())
            parts = [
                _part("clips", shared.clips),
                _part("recordings", shared.sources) + f" ({n_clips} of {len(test)} test clips are cut from them)",
                _part("identical files", [f"{a} = {b}" for a, b in shared.contents]),
            ]
            text = "; ".join(p for p in parts if not p.startswith("0 "))
            raise DataError(f"{test}", f"overlaps what was trained on, {one}: {text}", "test on a list apart from it")


def overlap_table(lists: Sequence[tuple[ClipList, ClipList]]) -> str:
    """How many recordings of each test list are in each training list, as text.

    Args:
        lists: (train, test) of each split.
    """
    heads = ["test \\ train", *(train.name for train, _ in lists)]
    rows = [
        [f"{test.name} ({len(set(test.sources.values()))})"]
        + [str(len(overlap(train, test).sources)) for train, _ in lists]
        for _, test in lists
    ]
    widths = [max(len(r[k]) for r in [heads, *rows]) for k in range(len(heads))]
    return "\n".join("  ".join(c.rjust(w) for c, w in zip(r, widths, strict=True)) for r in [heads, *rows])


def _alike(train: Iterable[str], test: Iterable[str]) -> tuple[str, ...]:
    """Names of the test list that are a training name, or one of the two without leading folders."""
    known = {_tails(name)[0] for name in train}
    ends = {tail for name in known for tail in _tails(name)}
    return tuple(sorted(n for n in set(test) if (tails := _tails(n))[0] in ends or not known.isdisjoint(tails)))


def _tails(name: str) -> list[str]:
    """A name without its suffix, and with ever fewer leading folders: ``a/b.mp4`` gives ``a/b`` and ``b``.

    What stands before ``": "`` says whose name it is, and stays: see ``Side.clip_list``.
    """
    owner, colon, path = name.rpartition(": ")
    stem, dot, suffix = path.rpartition(".")
    parts = (stem if stem and f"{dot}{suffix}".lower() in _SUFFIXES else path).split("/")
    return [f"{owner}{colon}{'/'.join(parts[k:])}" for k in range(len(parts))]


def _content(file: Path, row: Row) -> str:
    """Digest of a row's file, read where it is at hand; empty where nothing is known."""
    said, path = str(row.get("sha256") or ""), str(row.get("path") or "")
    if not path or not (file.parent / path).is_file():
        return said
    return checked_digest(file.parent / path, said)


def _part(what: str, shared: Sequence[str]) -> str:
    more = ", ..." if len(shared) > _SHOWN else ""
    return f"{len(shared)} {what}: {', '.join(shared[:_SHOWN])}{more}" if shared else f"0 {what}"
