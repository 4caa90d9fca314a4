"""Stage clips as files: videos with sound, cue sheets, a list, and a page to look at."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from silentfoley.bank.bank import Bank
from silentfoley.bank.source import BankTakes
from silentfoley.cue_formats.disk import write_cues
from silentfoley.errors import OutputError
from silentfoley.files import make_folder, write_text
from silentfoley.media.encode import write_video
from silentfoley.stage.clip import ClipSpec, StageClip
from silentfoley.stage.contact_sheet import write_contact_sheet
from silentfoley.stage.registry import act_labels
from silentfoley.stage.render import render_many, split_jobs

#: Clips shown on the contact sheet at most.
SHEET_CLIPS = 48


@dataclass(frozen=True)
class StageSummary:
    """What was written.

    Attributes:
        folder: with ``<label>/<clip>.mp4`` and a cue sheet ``.json`` beside each, ``clips.jsonl`` and
            ``contact_sheet.png``.
        n_clips, n_silent, n_cues: counts; silent clips are decoys.
    """

    folder: Path
    n_clips: int
    n_silent: int
    n_cues: int

    def __str__(self) -> str:
        silent = "1 of them a silent decoy" if self.n_silent == 1 else f"{self.n_silent} of them silent decoys"
        return f"{self.folder}: {self.n_clips} clips, {silent}, {self.n_cues} cues"


def write_stage(
    out_dir: str | Path,
    n_clips: int,
    *,
    seed: int = 0,
    split: str = "train",
    label: str | None = None,
    bank: str | Path | None = None,
    workers: int = 1,
    spec: ClipSpec | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> StageSummary:
    """Render clips of a split and write them as a folder of classes.

    Args:
        out_dir: made if missing; files of the same names are replaced.
        n_clips: how many, at least 1.
        seed: root seed.
        split: see :data:`silentfoley.stage.seeds.SPLITS`.
        label: one act only; by default the acts take turns, so that a small set shows them all.
        bank: folder of takes to sound with; the synthesiser by default. ``unseen_recordings`` sounds with the takes
            held out for tests, every other split with those for training.
        workers: processes.
        spec: size, length and rate; 224 px, 4 s, drawn frame rate and sound by default.
        progress: called with (clips written, clips in all).

    Raises:
        OutputError: if nothing is asked for or a file cannot be written.
    """
    if n_clips < 1:
        raise OutputError(out_dir, f"{n_clips} clips make no set", "ask for at least one")
    base = spec or ClipSpec(height=224, width=224, fps=None, sound=True)
    jobs = split_jobs(base, seed, split, n_clips)
    turns = act_labels() if label is None else (label,)
    jobs = [(replace(one, label=turns[i % len(turns)]), clip_seed) for i, (one, clip_seed) in enumerate(jobs)]
    folder = make_folder(out_dir)
    shown: list[StageClip] = []
    rows: list[dict[str, Any]] = []
    for i, clip in enumerate(render_many(jobs, workers, _takes(bank, split))):
        rows.append(_write_clip(folder, f"{split}_{seed}_{i:04d}", clip))
        if len(shown) < SHEET_CLIPS:
            shown.append(clip)
        if progress is not None:
            progress(i + 1, n_clips)
    write_text(folder / "clips.jsonl", "".join(f"{line}\n" for line in _lines(rows)))
    write_contact_sheet(folder / "contact_sheet.png", shown)
    return StageSummary(folder, len(rows), sum(row["silent"] for row in rows), sum(row["n_cues"] for row in rows))


def _takes(bank: str | Path | None, split: str) -> BankTakes | None:
    if bank is None:
        return None
    return BankTakes(Bank.load(Path(bank)), split="test" if split == "unseen_recordings" else "train")


def _write_clip(folder: Path, name: str, clip: StageClip) -> dict[str, Any]:
    target = make_folder(folder / clip.label) / f"{name}.mp4"
    write_video(target, clip.frames, clip.rate_fps, clip.waveform)
    write_cues(clip.cues, target.with_suffix(".json"))
    return {
        "id": f"{clip.label}/{name}",
        "path": f"{clip.label}/{name}.mp4",
        "cues": f"{clip.label}/{name}.json",
        "label": clip.label,
        "silent": clip.silent,
        "n_cues": len(clip.cues),
        "duration_s": clip.cues.duration_s,
        "rate_fps": str(clip.rate_fps),
        "seed": clip.seed,
        "factors": clip.factors,
    }


def _lines(rows: list[dict[str, Any]]) -> Iterator[str]:
    return (json.dumps(row, ensure_ascii=False) for row in rows)
