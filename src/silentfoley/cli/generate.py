"""``silentfoley generate``: a silent video in, a video with sound out."""

from __future__ import annotations

import argparse
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from silentfoley.cli.console import bar, note, say, say_json
from silentfoley.cli.jobs import Job, plan_jobs
from silentfoley.cli.main import FAILED, OK, PARTLY_FAILED
from silentfoley.errors import OutputError, SilentFoleyError
from silentfoley.files import make_folder
from silentfoley.inference.foley import Foley
from silentfoley.inference.track import FoleyTrack

#: Name of the clip that is made when none is given.
DEMO = "silentfoley_demo"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command's arguments."""
    parser.add_argument("inputs", nargs="*", type=Path, metavar="IN", help="videos or folders; none: make a clip first")
    parser.add_argument("-o", "--output", type=Path, help="file (.mp4 .mov .m4v .mkv .webm, or .wav) or folder")
    parser.add_argument("--label", help="the sound class, instead of the network's guess")
    parser.add_argument("--cues", type=Path, metavar="FILE", help="perform this sheet (.json .csv .txt .mid)")
    parser.add_argument("--save-cues", type=Path, metavar="FILE", help="write the sheet (a folder if many inputs)")
    parser.add_argument("--stems", type=Path, metavar="DIR", help="write one WAV per class")
    parser.add_argument("--plot", type=Path, metavar="PNG", help="draw spectrogram and cues (a folder if many inputs)")
    parser.add_argument("--seed", type=int, default=0, help="draws the take (default 0)")
    parser.add_argument("--keep-original", type=float, metavar="DB", help="mix existing sound under at this level")
    parser.add_argument("--rate", type=int, metavar="HZ", help="sample rate of a .wav output (default: the model's)")
    parser.add_argument("--bits", type=int, choices=(16, 24), default=16, help="of a .wav output (default 16)")
    parser.add_argument("--model", type=Path, metavar="DIR", help="a model folder (default: the embedded one)")
    parser.add_argument("--json", action="store_true", help="print the result as JSON")
    parser.add_argument("--overwrite", action="store_true", help="replace existing outputs")


@dataclass(frozen=True)
class Done:
    """What came of one job."""

    job: Job
    track: FoleyTrack
    seconds: float

    def to_dict(self) -> dict[str, Any]:
        """For ``--json``."""
        top = self.track.perception.top(3) if self.track.perception is not None else ()
        return {
            "input": str(self.job.source),
            "output": str(self.job.target),
            "duration_s": self.track.cues.duration_s,
            "cues": len(self.track.cues),
            "labels": list(self.track.cues.labels),
            "top": [[name, round(p, 4)] for name, p in top],
            "notes": list(self.track.notes),
            "seed": self.track.seed,
            "seconds": round(self.seconds, 3),
        }


def run(arguments: argparse.Namespace) -> int:
    """Do it."""
    if arguments.label is not None and arguments.cues is not None:
        raise SilentFoleyError("--label", "was given together with --cues", "edit the labels in the sheet instead")
    suffix = ".wav" if arguments.output is not None and arguments.output.suffix.lower() == ".wav" else ""
    inputs = arguments.inputs or [_demo_clip(arguments)]
    jobs = plan_jobs(inputs, _default_output(arguments), suffix=suffix, overwrite=arguments.overwrite)
    many = len(inputs) > 1 or inputs[0].is_dir()
    foley = Foley.from_pretrained(arguments.model)
    done: list[Done] = []
    failed: list[tuple[Job, SilentFoleyError]] = []
    with bar("generating", len(jobs), quiet=arguments.json) as progress:
        for job in jobs:
            try:
                done.append(_one(foley, job, arguments, many=many))
            except SilentFoleyError as error:
                if not many:
                    raise
                failed.append((job, error))
            progress.step(job.source.name)
    _report(done, failed, arguments, many=many)
    if not failed:
        return OK
    return PARTLY_FAILED if done else FAILED


def _demo_clip(arguments: argparse.Namespace) -> Path:
    """A stage clip without its sound, so that the first command has something to look at."""
    from silentfoley.stage.demo import write_demo

    folder = arguments.output if arguments.output is not None and not arguments.output.suffix else Path()
    path = Path(folder) / f"{DEMO}_silent.mp4"
    write_demo(path, seed=arguments.seed)
    note(f"no input given: made a silent clip, {path}")
    return path


def _default_output(arguments: argparse.Namespace) -> Path | None:
    output: Path | None = arguments.output
    if arguments.inputs:
        return output
    if output is not None and output.suffix:
        return output
    # The demo may be run again and again.
    arguments.overwrite = True
    return (output or Path()) / f"{DEMO}.mp4"


def _one(foley: Foley, job: Job, arguments: argparse.Namespace, *, many: bool) -> Done:
    started = time.perf_counter()
    if job.target.exists() and not arguments.overwrite:
        raise OutputError(job.target, "exists", "pass --overwrite or name another output")
    make_folder(job.target.parent)
    sheet = None
    if arguments.cues is not None:
        from silentfoley.cue_formats import read_cues

        sheet = read_cues(arguments.cues)
    track = foley.generate(job.source, cues=sheet, label=arguments.label, seed=arguments.seed)
    # Side outputs first: if one of them cannot be written, no main output claims success.
    if arguments.save_cues is not None:
        track.save_cues(_beside(arguments.save_cues, job, ".json", many=many))
    if arguments.stems is not None:
        folder = arguments.stems / job.source.stem if many else arguments.stems
        track.save_stems(folder, overwrite=arguments.overwrite)
    if arguments.plot is not None:
        track.plot(_beside(arguments.plot, job, ".png", many=many))
    if job.target.suffix.lower() == ".wav":
        track.save(job.target, sample_rate_hz=arguments.rate, bits=arguments.bits, overwrite=arguments.overwrite)
    else:
        track.mux(job.target, keep_original_db=arguments.keep_original, overwrite=arguments.overwrite)
    return Done(job, track, time.perf_counter() - started)


def _beside(path: Path, job: Job, suffix: str, *, many: bool) -> Path:
    return make_folder(path) / f"{job.source.stem}{suffix}" if many else path


def _report(
    done: list[Done], failed: list[tuple[Job, SilentFoleyError]], arguments: argparse.Namespace, *, many: bool
) -> None:
    if arguments.json:
        rows = [d.to_dict() for d in done]
        if many:
            errors = [{"input": str(j.source), "error": str(e)} for j, e in failed]
            say_json({"done": rows, "failed": errors, "n_done": len(rows), "n_failed": len(errors)})
        else:
            say_json(rows[0])
        return
    for item in done:
        for line in item.track.notes:
            note(f"{item.job.source.name}: {line}")
    for _, error in failed:
        note(f"error: {error}")
    if many:
        say(f"{len(done)} of {len(done) + len(failed)} files done, {len(failed)} failed")
    else:
        item = done[0]
        say(
            f"{item.job.target}: {len(item.track.cues)} cues ({', '.join(item.track.cues.labels) or 'silent'}), {item.seconds:.1f} s"
        )
