"""``silentfoley extract MEDIA -o FEATURES``: decode once, score often."""

from __future__ import annotations

import argparse
from pathlib import Path

from silentfoley.cli.console import FAILED, OK, PARTLY_FAILED, bar, counted, counting, note, say, say_json
from silentfoley.cli.judging import add_protocol_argument, parse_protocols
from silentfoley.cli.numbers import count


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command's arguments."""
    parser.add_argument("media", type=Path, metavar="MEDIA", help="folder of videos, sound files or cue sheets")
    parser.add_argument("-o", "--output", type=Path, required=True, metavar="DIR", help="folder of features to write")
    add_protocol_argument(parser)
    parser.add_argument("--workers", type=count, default=2, help="processes (default 2)")
    parser.add_argument("--json", action="store_true", help="print the counts as JSON")


def run(arguments: argparse.Namespace) -> int:
    """Do it."""
    from silentfoley.evaluation.extract import extract_folder
    from silentfoley.evaluation.media_folder import list_media
    from silentfoley.evaluation.sides import Needs
    from silentfoley.files import make_folder

    needs = Needs.of(parse_protocols(arguments.protocol))
    media = list_media(arguments.media)
    make_folder(arguments.output)
    required, optional = needs.plan_either(media)
    what = f"extracting {arguments.media.name}"
    with bar(what, len(media.clips)) as progress:
        done = extract_folder(
            media,
            arguments.output,
            required,
            optional=optional,
            workers=arguments.workers,
            progress=counting(progress, what),
        )
    done.save()
    bad = [{"id": b.path, "reason": b.reason} for b in done.bad]
    if arguments.json:
        groups = sorted(done.keys)
        say_json({"features": str(arguments.output), "n_clips": len(done.entries), "n_bad": len(bad), "bad": bad,
                  "groups": groups, "digest": done.digest})  # fmt: skip
    else:
        for b in bad:
            note(f"{b['id']}: {b['reason']}")
        clips = counted(len(done.entries), "clip")
        say(f"{arguments.output}: {clips} extracted, {len(bad)} bad; {', '.join(sorted(done.keys))}")
    if not bad:
        return OK
    return PARTLY_FAILED if done.entries else FAILED
