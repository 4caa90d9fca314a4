"""Which files are taken of what was named, and which are left out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from silentfoley.cli.names import CONTAINERS, DEMO, DEMO_SILENT, target_of
from silentfoley.errors import MediaError

#: Files taken from a folder.
INPUTS = (*CONTAINERS, ".avi", ".mpg", ".mpeg", ".ts", ".flv", ".wmv", ".3gp", ".ogv")
#: What ``--help`` says of inputs.
INPUTS_HELP = (
    "videos or folders (neither what is below them nor, in them, a NAME_foley beside its NAME: an earlier output)"
)


@dataclass(frozen=True)
class Sources:
    """The videos of a call.

    Attributes:
        files: what is taken, in order, each once.
        left_out: what was taken for outputs of earlier runs.
        many: there are several, or a folder was named: a failure concerns one of many.
        out_is_folder: the output was named as one.
    """

    files: tuple[Path, ...]
    left_out: tuple[Path, ...]
    many: bool
    out_is_folder: bool = False

    @property
    def into(self) -> bool:
        """Whether outputs go into the folder that is named, whatever it is called."""
        return self.many or self.out_is_folder


def find_sources(inputs: Sequence[Path], out: Path | None, *, out_is_folder: bool = False) -> Sources:
    """The videos that are named or lie in folders that are; files need not exist.

    In a folder a ``NAME_foley`` beside the NAME it is made of, told by the name that is given here, its container too,
    and the demo by its own, came of an earlier run and is left out, unless it is named itself. Among several inputs so
    is the folder ``out``, which ``IN/*`` finds, if it holds nothing but what the others become.

    Args:
        inputs: files and folders.
        out: file or folder.
        out_is_folder: it was named as a folder.

    Raises:
        MediaError: for an empty folder.
    """
    # By where they lie: what is named in two ways is one file.
    files: dict[Path, Path] = {}
    folders: list[Path] = []
    made: set[Path] = set()
    for path in inputs:
        if not path.is_dir():
            files.setdefault(_place(path), path)
        elif _holds_outputs(path, inputs, out):
            folders.append(path)
        else:
            own, earlier = _in_folder(path)
            for file in own:
                files.setdefault(_place(file), file)
            made |= earlier
    left_out = (*folders, *sorted(made - set(inputs)))
    return Sources(tuple(files.values()), left_out, is_many(inputs), out_is_folder)


def is_many(inputs: Sequence[Path]) -> bool:
    """Whether a failure concerns one of many: files count, not how often they are named."""
    return len({_place(p) for p in inputs}) > 1 or any(p.is_dir() for p in inputs)


def _place(path: Path) -> Path:
    """Where a path lies, however it is spelled; a link is a file of its own."""
    return path.parent.resolve() / path.name


def _in_folder(folder: Path) -> tuple[list[Path], set[Path]]:
    """A folder's own videos in order, and those that they became."""
    videos = _videos(folder)
    made = _made(videos)
    if not videos:
        raise MediaError(
            folder, "holds no video of its own", f"name files ({folder}/*/*.mp4) or a folder of {', '.join(INPUTS)}"
        )
    return sorted(videos - made), made


def _videos(folder: Path) -> set[Path]:
    # Dot files are what file managers and unfinished copies leave.
    return {p for p in folder.iterdir() if p.is_file() and p.suffix.lower() in INPUTS and not p.name.startswith(".")}


def _made(videos: set[Path]) -> set[Path]:
    """Those that the others become. Never all of them: the shortest name is nobody's output."""
    names = {target_of(video, None, into=False) for video in videos}
    return videos & (names | {video.with_name(DEMO) for video in videos if video.name == DEMO_SILENT})


def _holds_outputs(path: Path, inputs: Sequence[Path], out: Path | None) -> bool:
    """``IN/* -o IN/out`` and nothing else: a folder named among folders is meant, whatever its videos are called."""
    if out is None or not (path.is_dir() and out.is_dir() and path.samefile(out)):
        return False
    others = [p for p in inputs if p.resolve() != path.resolve()]
    beside = out.resolve().parent
    videos = _videos(path)
    if others and not videos:
        return True
    if not others or any(not p.is_file() or p.resolve().parent != beside for p in others):
        return False
    return {video.name for video in videos} <= {target_of(file, out, into=True).name for file in others}
