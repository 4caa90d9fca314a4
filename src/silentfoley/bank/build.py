"""Building a bank: read, measure, group, cut, split, write, all or nothing."""

from __future__ import annotations

import json
import re
import secrets
import shutil
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from hashlib import blake2b
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from silentfoley.bank import cutting, likeness, quality, twins
from silentfoley.bank.bank import HEADER, MANIFEST, Bank
from silentfoley.bank.recordings import Recording, Skipped, scan
from silentfoley.bank.report import build_report, to_markdown
from silentfoley.bank.split import assign_splits
from silentfoley.bank.take import BANK_VERSION, FREE_FAMILIES, Take, licence_family
from silentfoley.errors import DataError, OutputError, SilentFoleyError
from silentfoley.files import write_json, write_text
from silentfoley.media.audio import read_audio, write_wav
from silentfoley.timegrid import SAMPLE_RATE_HZ
from silentfoley.waveform import Waveform

#: What a bank's folder holds beside its takes.
_FILES = (HEADER, MANIFEST, "report.json", "REPORT.md")
#: Peak of a stored take; its gain is kept in the manifest.
STORED_PEAK = 0.95


@dataclass(frozen=True)
class _Heard:
    """A recording once decoded: what is needed of it after its samples are gone."""

    recording: Recording
    quality: quality.Quality
    sketch: NDArray[np.float32]


def build_bank(
    dirs: Sequence[str | Path],
    out: str | Path,
    *,
    overwrite: bool = False,
    sample_rate_hz: int = SAMPLE_RATE_HZ,
    progress: Callable[[int, int], None] | None = None,
) -> Bank:
    """Make a bank of the recordings in ``dirs``.

    Every folder holds one sub-folder per class and, if it can, an ``ATTRIBUTION.tsv``. The same recordings give the
    same bank, byte for byte. Nothing is dropped in silence: what did not become a take is in the report with its
    reason.

    Args:
        dirs: folders of ``class/recording`` files.
        out: the bank's folder; it appears when it is complete.
        overwrite: replace an earlier bank, as long as nothing else lies in its folder.
        sample_rate_hz: rate of the takes.
        progress: called with (files done, files in all).

    Raises:
        DataError: if there are no folders, no classes in one, no recording could be used, or two of them would have
            one name: folders must not be called alike if files in them are.
        OutputError: if ``out`` exists and must not be replaced, or is or holds something else than a bank.
    """
    target = Path(out)
    if not target.name:
        raise OutputError(f"bank folder {str(out)!r}", "has no name of its own", "name a folder to be made")
    _check_target(target, overwrite)
    if not dirs:
        raise DataError("bank", "no folder to build from", "name at least one folder of class/recording files")
    found: list[Recording] = []
    skipped: list[Skipped] = []
    for folder in map(Path, dirs):
        more, left_out = scan(folder)
        found += more
        skipped += left_out
    _check_names(found)
    temporary = target.with_name(f".{target.name}.{secrets.token_hex(6)}.part")
    try:
        temporary.mkdir(parents=True)
        _fill(temporary, found, skipped, sample_rate_hz, progress)
        # Again: building takes minutes, in which somebody may have put something there.
        _check_target(target, overwrite)
        _put_in_place(temporary, target)
    except OSError as error:
        raise OutputError(
            target, f"cannot be written: {error.strerror}", "check the folder, its rights and space"
        ) from None
    finally:
        shutil.rmtree(temporary, ignore_errors=True)
    return Bank.load(target)


def _check_target(target: Path, overwrite: bool) -> None:
    if not target.exists():
        return
    if not target.is_dir() or (any(target.iterdir()) and not (target / HEADER).is_file()):
        raise OutputError(target, "exists and is no bank", "choose another name")
    if any(target.iterdir()) and not overwrite:
        raise OutputError(target, "exists already", "choose another name or pass --overwrite")
    # An earlier bank is replaced as a whole: what somebody has put beside its takes must not go with it.
    inside = (path for path in sorted(target.rglob("*")) if path.is_symlink() or not path.is_dir())
    names = (path.relative_to(target).as_posix() for path in inside)
    if stranger := next((name for name in names if not _written_here(name)), None):
        cause = f"cannot be replaced: {stranger} is no part of a bank"
        raise OutputError(target, cause, "move it elsewhere, or choose another name")


def _written_here(name: str) -> bool:
    """Whether a bank may have a file of this name in its folder: one of the lists, or a take."""
    return name in _FILES or re.fullmatch(r"takes/([a-z]+)/\1-[0-9a-f]{10}\.wav", name) is not None


def _check_names(found: Sequence[Recording]) -> None:
    """Takes are named by ``folder/class/file``: no two recordings may share that."""
    paths: dict[str, Path] = {}
    for recording in found:
        if (first := paths.setdefault(recording.name, recording.path)) is not recording.path:
            cause = f"has the name {recording.name!r} of {first}"
            raise DataError(recording.path, cause, "name each folder once, and rename one of two that are called alike")


def _put_in_place(temporary: Path, target: Path) -> None:
    if not target.exists():
        temporary.replace(target)
        return
    old = target.with_name(f".{target.name}.{secrets.token_hex(6)}.old")
    target.replace(old)
    try:
        temporary.replace(target)
    except OSError:
        old.replace(target)
        raise
    shutil.rmtree(old, ignore_errors=True)


def _fill(
    folder: Path,
    found: list[Recording],
    skipped: list[Skipped],
    rate_hz: int,
    progress: Callable[[int, int], None] | None,
) -> None:
    heard: list[_Heard] = []
    takes: list[Take] = []
    prints: list[NDArray[np.float32]] = []
    digests: dict[tuple[str, str], str] = {}
    for i, recording in enumerate(found):
        outcome = _hear(recording, folder, rate_hz, digests)
        if isinstance(outcome, Skipped):
            skipped.append(outcome)
        else:
            heard.append(outcome[0])
            takes += outcome[1]
            prints += outcome[2]
        if progress is not None:
            progress(i + 1, len(found))
    if not takes:
        reasons = "; ".join(f"{s.name}: {s.reason}" for s in skipped[:3])
        raise DataError("bank", f"none of {len(found)} recordings could be used ({reasons})", "check the files")
    pairs = _twins(heard, rate_hz)
    near = likeness.near_duplicates(takes, prints, lambda take: _stored(folder, take))
    groups = [h.recording.group for h in heard]
    taken = {t.id: groups.index(t.recording) for t in takes}
    same = [*((i, j) for i, j, _ in pairs), *((taken[n.a], taken[n.b]) for n in near)]
    group = twins.merge_groups(groups, same)
    takes = _with_strengths([replace(t, recording=group[t.recording]) for t in takes])
    by_class = {label: {t.recording for t in takes if t.label == label} for label in sorted({t.label for t in takes})}
    split_of, notes = assign_splits(by_class)
    takes = sorted((replace(t, split=split_of[t.recording]) for t in takes), key=lambda t: t.id)
    named = [(heard[i].recording.name, heard[j].recording.name, r) for i, j, r in pairs]
    measured = {h.recording.name: _note(h, group) for h in heard}
    report = build_report(takes, skipped, named, near, measured, notes, rate_hz)
    lines = [json.dumps(t.to_json(), ensure_ascii=False, allow_nan=False) for t in takes]
    write_text(folder / MANIFEST, "\n".join(lines) + "\n")
    write_json(folder / "report.json", report)
    write_text(folder / "REPORT.md", to_markdown(report))
    write_json(folder / HEADER, {"version": BANK_VERSION, "sample_rate_hz": rate_hz, "n_takes": len(takes)})


def _note(heard: _Heard, group: dict[str, str]) -> dict[str, Any]:
    return {
        "recording": group[heard.recording.group],
        "flags": list(heard.quality.flags(heard.recording.label)),
        **heard.quality.to_json(),
    }


def _hear(
    recording: Recording, folder: Path, rate_hz: int, digests: dict[tuple[str, str], str]
) -> tuple[_Heard, list[Take], list[NDArray[np.float32]]] | Skipped:
    """Decode, measure and cut one recording; write its takes. They come with their fingerprints."""
    try:
        samples = read_audio(recording.path, sample_rate_hz=rate_hz).mono()
    except SilentFoleyError as error:
        return Skipped(recording.name, error.cause)
    if reason := quality.fault(samples, rate_hz):
        return Skipped(recording.name, reason)
    measured = quality.measure(samples, rate_hz)
    first = digests.setdefault((recording.label, measured.digest), recording.name)
    if first != recording.name:
        return Skipped(recording.name, f"the same samples as {first}")
    steady = samples - samples.mean()
    cuts = cutting.cut(steady, recording.label, rate_hz)
    if not cuts:
        return Skipped(recording.name, "nothing sounds in it")
    takes = [_write_take(steady, c, i, recording, measured, folder, rate_hz) for i, c in enumerate(cuts)]
    prints = [likeness.fingerprint(steady[c.start : c.end], rate_hz, c.kind, c.onset - c.start) for c in cuts]
    return _Heard(recording, measured, twins.sketch(samples, rate_hz)), takes, prints


def _stored(folder: Path, take: Take) -> NDArray[np.float32]:
    return read_audio(folder / take.file).mono()


def _write_take(
    samples: NDArray[np.float32],
    cut: cutting.Cut,
    index: int,
    recording: Recording,
    measured: quality.Quality,
    folder: Path,
    rate_hz: int,
) -> Take:
    piece = cutting.soften_edges(samples, cut, rate_hz)
    peak = float(np.abs(piece).max())
    gain = STORED_PEAK / max(peak, 1e-6)
    digest = blake2b(f"{recording.name}|{index}".encode(), digest_size=5).hexdigest()
    name = f"{recording.label}-{digest}"
    path = folder / "takes" / recording.label / f"{name}.wav"
    path.parent.mkdir(parents=True, exist_ok=True)
    write_wav(path, Waveform(piece[None] * np.float32(gain), rate_hz))
    family = licence_family(recording.licence)
    return Take(
        id=name,
        label=recording.label,
        kind=cut.kind,
        file=path.relative_to(folder).as_posix(),
        n_samples=int(piece.size),
        onset_samples=cut.onset - cut.start,
        attack_s=cutting.attack_s(samples, cut, rate_hz) if cut.kind == "hit" else 0.0,
        gain=gain,
        peak=round(peak, 6),
        level_db=round(_loudest_db(piece, rate_hz), 2),
        strength=1.0,
        variant=recording.variant,
        recording=recording.group,
        split="train",
        source=recording.source,
        origin=recording.name,
        start_samples=cut.start,
        licence=recording.licence,
        licence_family=family,
        share_alike=family not in FREE_FAMILIES,
        attribution=f"{recording.original} from {recording.source}, {recording.licence}",
        flags=measured.flags(recording.label),
    )


def _loudest_db(piece: NDArray[np.float32], rate_hz: int) -> float:
    n = min(piece.size, round(0.05 * rate_hz))
    energy = np.concatenate([[0.0], np.cumsum(piece.astype(np.float64) ** 2)])
    return float(10 * np.log10((energy[n:] - energy[:-n]).max() / n + 1e-12))


def _with_strengths(takes: list[Take]) -> list[Take]:
    """Strength is the level relative to the loudest take of the same class and recording, as an amplitude."""
    top: dict[tuple[str, str], float] = {}
    for take in takes:
        key = (take.label, take.recording)
        top[key] = max(top.get(key, -200.0), take.level_db)
    return [replace(t, strength=round(10 ** ((t.level_db - top[t.label, t.recording]) / 20), 4)) for t in takes]


def _twins(heard: list[_Heard], rate_hz: int) -> list[tuple[int, int, float]]:
    """Twins within each class, as indices into ``heard``."""
    pairs = []
    for label in sorted({h.recording.label for h in heard}):
        mine = [i for i, h in enumerate(heard) if h.recording.label == label]
        lengths = [round(heard[i].quality.duration_s * rate_hz) for i in mine]
        pairs += [
            (mine[a], mine[b], r) for a, b, r in twins.find_twins([heard[i].sketch for i in mine], lengths, rate_hz)
        ]
    return pairs
