"""``silentfoley survey make`` and ``survey analyse``: a listening test as one page, and what its answers say."""

from __future__ import annotations

import argparse
from collections.abc import Mapping, Sequence
from pathlib import Path

from silentfoley.cli.console import OK, PARTLY_FAILED, UsageError, bar, counted, note, say, say_json
from silentfoley.cli.numbers import checks, count, seed
from silentfoley.errors import DataError

_SHOWN_MISSING = 10
#: A median difference of levels from which a remark is due. Ours: twice the loudness is 10 dB, this is well heard.
LEVEL_NOTE_DB = 6.0


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command's arguments."""
    from silentfoley.evaluation.survey.design import MAX_MB, N_CHECKS, PRECISION

    actions = parser.add_subparsers(dest="action", required=True, metavar="ACTION")
    make = actions.add_parser("make", help="write the page", description="write a listening test as one HTML file")
    make.add_argument("--reference", type=Path, required=True, metavar="DIR", help="the truth: videos or sound files")
    make.add_argument(
        "--generated", nargs="+", required=True, metavar="[NAME=]DIR", help="one folder per system, files named alike"
    )
    make.add_argument("-o", "--output", type=Path, default=Path("survey.html"), help="page (./survey.html)")
    make.add_argument("--clips", type=count, metavar="N", help="draw so many, classes taking turns (default: all)")
    make.add_argument("--seed", type=seed, default=0, help="draws clips and, with the listener's code, orders")
    make.add_argument(
        "--attention", type=checks, default=N_CHECKS, metavar="N", help=f"attention checks (default {N_CHECKS})"
    )
    make.add_argument("--max-mb", type=count, default=MAX_MB, help=f"refuse a larger page (default {MAX_MB})")
    make.add_argument("--overwrite", action="store_true", help="replace a page that is there")
    make.add_argument("--json", action="store_true", help="print what is in it as JSON")
    analyse = actions.add_parser("analyse", help="read answers", description="what listeners' answers say")
    analyse.add_argument("answers", nargs="+", type=Path, metavar="FILE", help="files that listeners saved, or folders")
    analyse.add_argument("--survey", type=Path, metavar="HTML", help="refuse answers to any other page than this")
    analyse.add_argument(
        "--precision", type=float, default=PRECISION, metavar="P", help=f"half width to plan for (default {PRECISION})"
    )
    analyse.add_argument("-o", "--output", type=Path, metavar="JSON", help="also write the analysis")
    analyse.add_argument("--overwrite", action="store_true", help="replace an earlier analysis")
    analyse.add_argument("--json", action="store_true", help="print it as JSON")


def run(arguments: argparse.Namespace) -> int:
    """Do it. Making exits with 3 where clips of the truth could not be used; that a system is the truth is none."""
    return _make(arguments) if arguments.action == "make" else _analyse(arguments)


def _make(arguments: argparse.Namespace) -> int:
    from silentfoley.cli.judging import check_result
    from silentfoley.evaluation.survey.design import HEAVY_MB
    from silentfoley.evaluation.survey.make import make_survey, write_survey

    # Answers already given belong to the page that is there.
    check_result(arguments.output, ".html", overwrite=arguments.overwrite)
    systems = system_folders(arguments.generated)
    with bar("reading clips") as progress:
        page = make_survey(
            arguments.reference,
            systems,
            seed=arguments.seed,
            n_clips=arguments.clips,
            n_checks=arguments.attention,
            max_mb=arguments.max_mb,
            progress=progress.move_to,
        )
    size_mb = write_survey(arguments.output, page)
    for name, reason in list(page.missing.items())[:_SHOWN_MISSING]:
        note(f"left out {name}: {reason}")
    if len(page.missing) > _SHOWN_MISSING:
        note(f"... and {len(page.missing) - _SHOWN_MISSING} more")
    if page.alike:
        note(_left_out_alike(page.alike))
    if size_mb > HEAVY_MB:
        note(f"the page is large ({size_mb:.0f} MB): hand it over as a file, or use fewer clips")
    for name, level_db in page.level_db.items():
        if abs(level_db) >= LEVEL_NOTE_DB:
            way = "louder" if level_db > 0 else "quieter"
            note(f"{name} is {abs(level_db):.0f} dB {way} than the truth, which is heard: master it (generate --lufs)")
    if arguments.json:
        header = page.survey.header()
        say_json(
            {
                "path": str(arguments.output),
                "mb": round(size_mb, 3),
                "missing": dict(page.missing),
                "alike": {name: list(sides) for name, sides in page.alike.items()},
                "level_db": page.level_db,
                **header,
            }
        )
    else:
        say(f"{arguments.output}: {page.survey.summary()}, {size_mb:.1f} MB, survey {page.survey.digest[:12]}")
    return PARTLY_FAILED if page.missing else OK


def _left_out_alike(alike: Mapping[str, Sequence[str]]) -> str:
    shown = [f"{name} ({', '.join(sides)})" for name, sides in list(alike.items())[:_SHOWN_MISSING]]
    if len(alike) > _SHOWN_MISSING:
        shown.append(f"and {len(alike) - _SHOWN_MISSING} more")
    return f"left out {counted(len(alike), 'clip')} on which a system is the truth to the byte: {', '.join(shown)}"


def _analyse(arguments: argparse.Namespace) -> int:
    from silentfoley.cli.judging import check_result
    from silentfoley.evaluation.survey.analysis import analyse_files
    from silentfoley.evaluation.survey.table import analysis_table
    from silentfoley.files import write_json

    if not 0 < arguments.precision < 0.5:
        raise UsageError("--precision", f"{arguments.precision:g} is no half width", "use one between 0 and 0.5")
    if arguments.output is not None:
        check_result(arguments.output, ".json", overwrite=arguments.overwrite)
    with bar("analysing"):
        analysis = analyse_files(answer_files(arguments.answers), page=arguments.survey, precision=arguments.precision)
    if arguments.output is not None:
        write_json(arguments.output, analysis.to_dict())
    if arguments.json:
        say_json(analysis.to_dict())
    else:
        say(analysis_table(analysis))
    return OK


def system_folders(words: list[str]) -> dict[str, Path]:
    """``NAME=DIR``, or ``DIR``, which is named by its folder.

    Raises:
        UsageError: if two have one name.
    """
    systems: dict[str, Path] = {}
    for word in words:
        name, sign, folder = word.partition("=")
        path = Path(folder if sign else word)
        name = name if sign else path.resolve().name
        if name in systems:
            raise UsageError("--generated", f"two systems are named {name!r}", "name each: NAME=DIR")
        systems[name] = path
    return systems


def answer_files(paths: list[Path]) -> list[Path]:
    """The files named, and the ``.json`` files of the folders named.

    Raises:
        DataError: if a folder holds none.
    """
    return [file for path in paths for file in (_answers_in(path) if path.is_dir() else [path])]


def _answers_in(folder: Path) -> list[Path]:
    found = sorted(folder.glob("*.json"))
    if not found:
        raise DataError(folder, "holds no .json file", "name the folder of the files that listeners saved")
    return found
