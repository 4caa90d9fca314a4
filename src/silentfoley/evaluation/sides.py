"""One side of a comparison: a folder's clips with the features the protocols need, and their events chosen."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from silentfoley.data.manifest import BadClip
from silentfoley.data.split_guard import ClipList
from silentfoley.errors import DataError, SilentFoleyError
from silentfoley.evaluation.clip_features import ClipFeatures
from silentfoley.evaluation.extract import Progress, extract_folder
from silentfoley.evaluation.extraction import Extraction, is_extraction
from silentfoley.evaluation.media_folder import MediaFolder, list_media
from silentfoley.evaluation.protocol import Protocol
from silentfoley.evaluation.registry import make_extractor
from silentfoley.files import fingerprint

#: Where events come from: the sheets if every clip has one and the detector if none has, or as told.
EventSource = Literal["auto", "cues", "detector"]
EVENT_SOURCES: tuple[EventSource, ...] = ("auto", "cues", "detector")
Role = Literal["reference", "generated"]


@dataclass(frozen=True)
class Needs:
    """What protocols read.

    Attributes:
        groups: extracted groups.
        events: whether they read events.
    """

    groups: frozenset[str]
    events: bool

    @classmethod
    def of(cls, protocols: Sequence[Protocol]) -> Needs:
        """Of several protocols together."""
        names = {name for p in protocols for name in p.needs}
        return cls(frozenset(names - {"events"}), "events" in names)

    def plan(self, role: Role, source: str) -> tuple[list[str], list[str]]:
        """Groups a clip must and may have, the events coming from ``cues`` or ``onsets``."""
        picture = {g for g in self.groups if make_extractor(g).needs_picture}
        required = self.groups - picture | ({source} if self.events else set())
        if role == "generated":
            return sorted(required), sorted({"sound"} - required)
        # The detector on the true sound is a row of its own; controls are made from the sound.
        return sorted(required | picture), sorted({"sound", "onsets"} - required)

    def plan_either(self, media: MediaFolder) -> tuple[list[str], list[str]]:
        """Groups a clip must and may have where it is not known yet which side it will be on."""
        picture = {g for g in self.groups if make_extractor(g).needs_picture}
        sheets = sum(c.cues is not None for c in media.clips)
        source = {"cues" if sheets == len(media.clips) else "onsets"} if self.events else set()
        required = self.groups - picture | source
        others = picture | {"sound", "onsets"} | ({"cues"} if sheets else set())
        return sorted(required), sorted(others - required)


@dataclass(frozen=True)
class Side:
    """Clips of one side.

    Attributes:
        name: of the folder.
        digest: of its clips.
        clips: by id, events chosen.
        bad: clips that cannot be judged, with the reason.
        events_from: ``cues`` or ``onsets``; empty if no protocol reads events.
        keys: by group, what identifies its numbers.
        folder: of the features: whatever else is extracted is kept there too.
        contents: by clip and group, digest of the file behind it.
    """

    name: str
    digest: str
    clips: Mapping[str, ClipFeatures]
    bad: tuple[BadClip, ...]
    events_from: str
    keys: Mapping[str, Mapping[str, Any]]
    folder: Path
    contents: Mapping[str, Mapping[str, str]]

    def digest_of(self, groups: Collection[str]) -> str:
        """Of the clips as some groups see them: ids, classes, recordings, files."""
        rows = [
            [c.id, c.label, c.source, {g: d for g, d in self.contents[c.id].items() if g in groups}]
            for c in self.clips.values()
        ]
        return fingerprint([rows, sorted(b.path for b in self.bad)])

    def clip_list(self, prefix: str = "") -> ClipList:
        """For the split guard.

        Args:
            prefix: put before names. Two folders may name different clips alike: with prefixes of their own only
                identical files say that they overlap.
        """
        sources = {f"{prefix}{c.id}": f"{prefix}{c.source}" for c in self.clips.values()}
        files = {f"{prefix}{i}": self._file(i) for i in self.clips}
        return ClipList(self.name, sources, {i: digest for i, digest in files.items() if digest})

    def _file(self, clip_id: str) -> str:
        """Digest of a clip's sound file, of another file without one."""
        groups = self.contents[clip_id]
        return next((groups[g] for g in ("sound", "onsets", *sorted(groups)) if g in groups), "")


def load_side(
    path: str | Path,
    role: Role,
    needs: Needs,
    *,
    events: EventSource = "auto",
    cache: str | Path,
    workers: int = 1,
    progress: Progress | None = None,
) -> Side:
    """A side from a folder of media (extracted now, into ``cache``) or of features.

    Raises:
        DataError: if the folder holds nothing of use, or only some of its clips have cue sheets.
    """
    if is_extraction(path):
        extraction = Extraction.load(path)
        have = {e.id for e in extraction.entries if "cues" in e.arrays}
        source = choose_source(path, [e.id for e in extraction.entries], have, events) if needs.events else ""
    else:
        media = list_media(path)
        have = {c.id for c in media.clips if c.cues is not None}
        source = choose_source(path, [c.id for c in media.clips], have, events) if needs.events else ""
        required, optional = needs.plan(role, source)
        extraction = extract_folder(media, cache, required, optional=optional, workers=workers, progress=progress)
    required, _ = needs.plan(role, source)
    return _side(extraction, path, required, source)


def choose_source(path: str | Path, ids: Sequence[str], have: Collection[str], events: EventSource) -> str:
    """``cues`` or ``onsets`` for a whole side: mixing the two would compare clips by different rulers.

    Raises:
        DataError: if it is left open and only some clips have a sheet.
    """
    if events != "auto":
        return "cues" if events == "cues" else "onsets"
    lacking = [i for i in ids if i not in have]
    if have and lacking:
        some = ", ".join(lacking[:5]) + (", ..." if len(lacking) > 5 else "")
        raise DataError(
            path,
            f"{len(lacking)} of {len(ids)} clips have no cue sheet ({some})",
            "add the sheets, or choose: --true-events or --cue-events, cues or detector",
        )
    return "cues" if have else "onsets"


def _side(extraction: Extraction, path: str | Path, required: Sequence[str], source: str) -> Side:
    for group in required:
        if group not in extraction.keys:
            raise DataError(path, f"holds no {group} features", "extract it again with --protocol as scored here")
        _check_key(path, group, extraction.keys[group])
    bad = list(extraction.bad)
    clips: dict[str, ClipFeatures] = {}
    for entry, (clip_id, clip) in zip(extraction.entries, extraction.clips().items(), strict=True):
        lacking = [g for g in required if g not in entry.arrays]
        if lacking:
            bad.append(BadClip(clip_id, entry.without.get(lacking[0], f"has no {lacking[0]} features")))
            continue
        clips[clip_id] = clip.with_arrays(events=events_of(clip, source)) if source else clip
    if not clips:
        first = f" (first: {bad[0].path}: {bad[0].reason})" if bad else ""
        raise DataError(path, f"holds no clip that can be judged{first}", "check the files")
    contents = {e.id: e.contents for e in extraction.entries}
    return Side(
        extraction.name, extraction.digest, clips, tuple(bad), source, extraction.keys, extraction.folder, contents
    )


def events_of(clip: ClipFeatures, source: str) -> dict[str, Any]:
    """A clip's events from ``cues`` or ``onsets``."""
    return {name: clip[f"{source}.{name}"] for name in ("start_s", "strength")}


def _check_key(path: str | Path, group: str, key: Mapping[str, Any]) -> None:
    """Features of another release or setting are not mixed in.

    Raises:
        DataError: if the group was made otherwise than it would be made now.
    """
    try:
        now = make_extractor(group).key()
    except SilentFoleyError:
        return
    if now != dict(key):
        changed = sorted(k for k in now.keys() | key.keys() if now.get(k) != key.get(k))
        raise DataError(path, f"its {group} features differ in {', '.join(changed)}", "run silentfoley extract again")
