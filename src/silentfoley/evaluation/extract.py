"""Media to features, once: resumable after a kill, in parallel, bad files listed and counted."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from functools import partial
from multiprocessing import get_context
from pathlib import Path
from typing import Any

from silentfoley.cue_formats.disk import read_cues
from silentfoley.data.cache import Entry, FeatureCache
from silentfoley.data.manifest import BadClip
from silentfoley.errors import DataError, MediaError, NoPictureError, OutputError, SilentFoleyError
from silentfoley.evaluation.extraction import ClipEntry, Extraction
from silentfoley.evaluation.extractor import Extractor, OpenClip
from silentfoley.evaluation.media_folder import MediaClip, MediaFolder
from silentfoley.evaluation.registry import make_extractor
from silentfoley.files import sha256_file

#: Fewer clips than this per worker are done sooner than processes start.
_CLIPS_PER_WORKER = 4
_LENGTH = {"group": "length", "version": 1}

Progress = Callable[[int, int, str], None]


def extract_folder(
    media: MediaFolder,
    folder: str | Path,
    groups: Sequence[str],
    *,
    optional: Sequence[str] = (),
    workers: int = 1,
    progress: Progress | None = None,
) -> Extraction:
    """Extract every clip of a folder.

    A group is stored under a digest of the file behind it and the extractor's settings, so clips done before are
    not done again, edited ones are, and two folders of features never disagree. A killed run loses the clips in
    hand alone.

    Args:
        media: from :func:`~silentfoley.evaluation.media_folder.list_media`.
        folder: of the features; made if missing. The index is not written, see :meth:`Extraction.save`.
        groups: a clip without one of these is bad.
        optional: a clip without one of these is merely without it.
        workers: processes.
        progress: called with (clips done, clips in all, id).

    Raises:
        SilentFoleyError: for an unknown group, a worker that died, or features that cannot be stored.
    """
    extractors = {name: make_extractor(name) for name in dict.fromkeys((*groups, *optional))}
    work = partial(
        extract_clip,
        root=media.root,
        cache=FeatureCache(folder),
        extractors=tuple(extractors.values()),
        required=frozenset(groups),
    )
    entries: list[ClipEntry] = []
    bad = list(media.bad)
    for done, (clip, answer) in enumerate(zip(media.clips, _run(work, media.clips, workers), strict=True), start=1):
        (entries if isinstance(answer, ClipEntry) else bad).append(answer)  # type: ignore[arg-type]
        if progress is not None:
            progress(done, len(media.clips), clip.id)
    keys = {name: e.key() for name, e in extractors.items()}
    return Extraction(
        media.root.resolve().name, Path(folder), keys, tuple(entries), tuple(sorted(bad, key=lambda b: b.path))
    )


def extract_clip(
    media: MediaClip, root: Path, cache: FeatureCache, extractors: Sequence[Extractor], required: frozenset[str]
) -> ClipEntry | BadClip:
    """One clip: its line in the index, or why it cannot be used.

    Raises:
        OutputError: if its features cannot be stored, which is no fault of the clip's.
    """
    try:
        return _extract(media, root, cache, extractors, required)
    except OutputError:
        raise
    except SilentFoleyError as error:
        return BadClip(media.id, error.cause)


def _extract(
    media: MediaClip, root: Path, cache: FeatureCache, extractors: Sequence[Extractor], required: frozenset[str]
) -> ClipEntry:
    digests = {path: _digest(path) for path in (media.sound, media.video, media.cues) if path is not None}
    clip = _open(media, cache, digests, read_sheet=any(e.reads_cues for e in extractors))
    contents: dict[str, str] = {}
    arrays: dict[str, list[str]] = {}
    notes: dict[str, dict[str, Any]] = {}
    without: dict[str, str] = {}
    for extractor in extractors:
        try:
            content = digests[_file_of(extractor, media)]
            entry = fetch(extractor, clip, content, cache)
        except OutputError:
            raise
        except SilentFoleyError as error:
            if extractor.name in required:
                raise
            without[extractor.name] = error.cause
            continue
        contents[extractor.name] = content
        arrays[extractor.name] = sorted(entry.arrays)
        notes[extractor.name] = entry.note
    files = {"sound": media.sound, "video": media.video, "cues": media.cues}
    relative = {role: path.relative_to(root).as_posix() for role, path in files.items() if path is not None}
    return ClipEntry(media.id, media.label, media.source, clip.duration_s, contents, arrays, notes, without, relative)


def _digest(path: Path) -> str:
    try:
        return sha256_file(path)
    except OSError as error:
        raise MediaError(path, f"cannot be read ({error.strerror})", "check the file and its rights") from None


def fetch(extractor: Extractor, clip: OpenClip, content: str, cache: FeatureCache) -> Entry:
    """A group from the cache, or made and stored."""

    def make() -> Entry:
        group = extractor.extract(clip)
        return Entry(dict(group.arrays), dict(group.notes))

    return cache.fetch(content, extractor.key(), make)


def _open(media: MediaClip, cache: FeatureCache, digests: dict[Path, str], *, read_sheet: bool) -> OpenClip:
    lone = media.sound_path is None
    sheet = read_cues(media.cues) if media.cues is not None and (read_sheet or lone) else None
    if lone:
        assert sheet is not None
        return OpenClip(media.id, sheet.duration_s, cues=sheet)
    clip = OpenClip(media.id, 0.0, media.sound_path, media.video, sheet)
    path = media.video or media.sound
    assert path is not None

    def length() -> Entry:
        return Entry({}, {"duration_s": _duration_s(clip, media.video)})

    duration_s = cache.fetch(digests[path], _LENGTH, length).note["duration_s"]
    # The same object otherwise, decoded sound included.
    object.__setattr__(clip, "duration_s", duration_s)
    return clip


def _duration_s(clip: OpenClip, video: Path | None) -> float:
    """Of the picture, or else of the sound. A sound in a video's container (an mp4 without pictures) is a sound."""
    if video is None:
        return clip.waveform.duration_s
    from silentfoley.media.video_info import probe

    try:
        return float(probe(video).duration_s)
    except NoPictureError:
        return clip.waveform.duration_s


def _file_of(extractor: Extractor, media: MediaClip) -> Path:
    """The file behind a group.

    Raises:
        MediaError: if the clip has none of the kind.
    """
    path = media.cues if extractor.reads_cues else media.video if extractor.needs_picture else media.sound_path
    if path is None:
        kind = "cue sheet" if extractor.reads_cues else "picture" if extractor.needs_picture else "sound"
        raise MediaError(media.id, f"has no {kind}", "put the file beside the others, under the same stem")
    return path


def _run(
    work: Callable[[MediaClip], ClipEntry | BadClip], clips: Sequence[MediaClip], workers: int
) -> Iterator[ClipEntry | BadClip]:
    if min(workers, len(clips) // _CLIPS_PER_WORKER) <= 1:
        yield from map(work, clips)
        return
    try:
        # spawn: a forked child of a process that has used torch threads can hang.
        with ProcessPoolExecutor(workers, mp_context=get_context("spawn"), initializer=_one_thread) as pool:
            yield from pool.map(work, clips)
    except BrokenProcessPool:
        raise DataError(
            "extraction", "a worker died (out of memory?)", "run it again: finished clips are kept; try fewer workers"
        ) from None


def _one_thread() -> None:
    import torch

    torch.set_num_threads(1)
