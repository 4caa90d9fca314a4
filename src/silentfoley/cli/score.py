"""``silentfoley score --reference DIR --generated DIR``: any system's folder against the truth."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from silentfoley.cli.console import OK, PARTLY_FAILED, bar, counting, note, say, say_json
from silentfoley.cli.judging import add_protocol_argument, check_results, default_cache, parse_protocols
from silentfoley.cli.numbers import count

if TYPE_CHECKING:
    from silentfoley.evaluation.clip_features import ClipFeatures
    from silentfoley.evaluation.sides import EventSource, Needs, Role, Side

#: Where features of folders of media go unless told otherwise.
CACHE_HELP = "folder for features of media (default: $XDG_CACHE_HOME/silentfoley or ~/.cache/silentfoley)"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command's arguments."""
    sides = "folder of videos, sound files or cue sheets, or of features from silentfoley extract"
    parser.add_argument("--reference", type=Path, required=True, metavar="DIR", help=f"the truth: {sides}")
    parser.add_argument("--generated", type=Path, required=True, metavar="DIR", help="what is judged: the same kinds")
    add_protocol_argument(parser)
    choices = ("auto", "cues", "detector")
    why = "auto: cue sheets where every clip has one, the detector where none has"
    parser.add_argument("--true-events", choices=choices, default="auto", help=f"whence true events come ({why})")
    parser.add_argument("--cue-events", choices=choices, default="auto", help="whence judged events come (likewise)")
    parser.add_argument("--training", type=Path, metavar="DIR", help="what the system was trained on (does it recite?)")
    parser.add_argument(
        "--trained-on",
        type=Path,
        action="append",
        default=[],
        metavar="LIST",
        help="clips the system was trained on: a list (.jsonl, .csv, .txt) or its run folder; an overlap is an error",
    )
    parser.add_argument("-o", "--output", type=Path, default=Path("metrics.json"), help="result (./metrics.json)")
    parser.add_argument("--report", type=Path, metavar="HTML", help="also write a page to look at and listen to")
    parser.add_argument("--cache", type=Path, metavar="DIR", help=CACHE_HELP)
    parser.add_argument("--resamples", type=count, default=1000, help="resamples of every interval (default 1000)")
    parser.add_argument("--workers", type=count, default=2, help="processes (default 2)")
    parser.add_argument("--json", action="store_true", help="print the result as JSON")
    parser.add_argument("--overwrite", action="store_true", help="replace an earlier result and report")


def run(arguments: argparse.Namespace) -> int:
    """Do it. The exit code is 3 where fewer clips were scored than asked for."""
    from silentfoley.data.split_guard import check_apart
    from silentfoley.evaluation.answers import save_answers
    from silentfoley.evaluation.score import score
    from silentfoley.evaluation.sides import Needs
    from silentfoley.evaluation.table import result_table
    from silentfoley.files import make_folder, write_json

    protocols = parse_protocols(arguments.protocol)
    kept = arguments.output.with_suffix(".answers.safetensors")
    outputs = [(arguments.output, ".json"), (kept, ".safetensors")]
    if arguments.report is not None:
        outputs.append((arguments.report, ".html"))
    check_results(outputs, overwrite=arguments.overwrite)
    needs = Needs.of(protocols)
    training: tuple[ClipFeatures, ...] = ()
    reference = _load(arguments, arguments.reference, "reference", needs, arguments.true_events)
    generated = _load(arguments, arguments.generated, "generated", needs, arguments.cue_events)
    check_training_lists(arguments.trained_on, reference)
    if arguments.training is not None:
        side = _load(arguments, arguments.training, "generated", Needs(needs.groups, events=False), "auto")
        check_apart(side.clip_list("training: "), reference.clip_list())
        training = tuple(side.clips.values())
    with bar("scoring") as progress:
        result = score(
            reference,
            generated,
            protocols,
            training=training,
            n_resamples=arguments.resamples,
            progress=progress.move_to,
        )
    # Beside the result, for `silentfoley compare`; the result says which file is its own.
    make_folder(arguments.output.parent)
    beside = save_answers(kept, result.answers())
    value = {**result.to_dict(), "answers": beside}
    write_json(arguments.output, value)
    if arguments.report is not None:
        from silentfoley.evaluation.report import write_report

        write_report(arguments.report, result)
    if arguments.json:
        say_json(value)
    else:
        say(result_table(value))
        note(f"written: {arguments.output}" + (f", {arguments.report}" if arguments.report else ""))
    return OK if result.pairing.n_reference == len(result.pairing.pairs) else PARTLY_FAILED


def _load(arguments: argparse.Namespace, path: Path, role: Role, needs: Needs, events: EventSource) -> Side:
    from silentfoley.evaluation.sides import load_side

    cache = arguments.cache or default_cache()
    what = f"extracting {path.name}"
    with bar(what) as progress:
        return load_side(
            path, role, needs, events=events, cache=cache, workers=arguments.workers, progress=counting(progress, what)
        )


def check_training_lists(paths: list[Path], reference: Side) -> None:
    """Refuse references that are on a list of training clips, by id or by recording.

    Raises:
        DataError: listing the overlap.
    """
    from silentfoley.data.split_guard import ClipList, check_apart

    check_apart([ClipList.load(p) for p in paths], reference.clip_list())
