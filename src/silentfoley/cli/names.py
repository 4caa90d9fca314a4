"""What outputs are called."""

from __future__ import annotations

from pathlib import Path

#: Containers we write; others become ``.mp4``.
CONTAINERS = (".mp4", ".mov", ".m4v", ".mkv", ".webm")
#: What the main output may be.
TARGETS = (*CONTAINERS, ".wav")
#: What a cue sheet may be.
SHEETS = (".json", ".csv", ".txt", ".mid", ".midi")
#: What a plot may be.
PLOTS = (".png",)
#: Name of the clip that is made when none is given, and of what it becomes.
DEMO_SILENT, DEMO = "silentfoley_demo_silent.mp4", "silentfoley_demo.mp4"


def target_of(video: Path, out: Path | None, *, into: bool, suffix: str | None = None) -> Path:
    """The video with sound: ``out``, a file of the same stem in it if it is a folder, ``NAME_foley`` without one.

    Where ``out`` is no file, it is of ``suffix``, or of the video's own container. ``into`` says that ``out`` is a
    folder, whatever it is called.
    """
    container = suffix or (video.suffix if video.suffix.lower() in CONTAINERS else ".mp4")
    if out is None:
        return video.with_name(f"{video.stem}_foley{container}")
    return _within(out, f"{video.stem}{container}", into=into)


def sheet_of(video: Path, out: Path | None, *, into: bool, suffix: str = ".json") -> Path:
    """The cue sheet: ``out``, ``NAME`` and ``suffix`` in it if it is a folder, beside the video without one."""
    name = f"{video.stem}{suffix}"
    return video.with_name(name) if out is None else _side(out, name, SHEETS, into=into)


def plot_of(video: Path, out: Path, *, into: bool) -> Path:
    """The plot: ``out``, or ``NAME.png`` in it if it is a folder."""
    return _side(out, f"{video.stem}.png", PLOTS, into=into)


def sound_of(sheet: Path, out: Path | None, *, into: bool) -> Path:
    """The sound of a sheet without a video: ``out``, ``NAME.wav`` in it if it is a folder, beside the sheet without."""
    name = f"{sheet.stem}.wav"
    if out is None:
        return sheet.with_name(name)
    return _within(out, name, into=into)


def demo_of(out: Path | None, *, into: bool, suffix: str | None = None) -> Path:
    """What the demo becomes: ``out``, or a file of :data:`DEMO`'s name (and ``suffix``) in it if it is a folder."""
    name = DEMO if suffix is None else f"{Path(DEMO).stem}{suffix}"
    if out is None:
        return Path(name)
    return _within(out, name, into=into)


def _side(out: Path, name: str, suffixes: tuple[str, ...], *, into: bool) -> Path:
    """``out``, or ``name`` in it if it is a folder, called as one likes; but who writes x.csv means a sheet."""
    return out / name if into or (_is_folder(out) and out.suffix.lower() not in suffixes) else out


def _within(out: Path, name: str, *, into: bool) -> Path:
    """``out``, or ``name`` in it if it is a folder."""
    return out / name if into or _is_folder(out) else out


def _is_folder(out: Path) -> bool:
    """It is one, or will be."""
    return out.is_dir() or (out.suffix == "" and not out.is_file())
