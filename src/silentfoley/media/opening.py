"""Opening media files: every failure becomes one line that names file, cause and remedy."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import av
import av.logging as av_logging
from av.error import FFmpegError

from silentfoley.errors import MediaError

if TYPE_CHECKING:
    from av.container import InputContainer


def check_file(path: str | Path) -> Path:
    """``path`` if it is a readable file with something in it.

    Raises:
        MediaError: saying which of these it is not.
    """
    file = Path(path)
    try:
        if not file.exists():
            raise MediaError(file, "no such file", "check the path")
        if not file.is_file():
            raise MediaError(file, "is not a file", "name a video or sound file")
        if file.stat().st_size == 0:
            raise MediaError(file, "is empty (0 bytes)", "copy or record it again")
        with file.open("rb"):
            pass
    except OSError as error:
        raise MediaError(file, f"cannot be read: {error.strerror}", "check the path and its rights") from None
    return file


@contextmanager
def opened(path: str | Path) -> Iterator[InputContainer]:
    """The file as a PyAV container; decoding errors inside the block become :class:`MediaError`."""
    file = check_file(path)
    try:
        container = av.open(str(file))
    except (FFmpegError, OSError, ValueError) as error:
        raise MediaError(
            file, f"is not a media file we can read ({short(error)})", "check that it plays, or convert it to mp4"
        ) from None
    with container:
        try:
            yield container
        except FFmpegError as error:
            raise corrupt(file, short(error)) from None


def corrupt(path: str | Path, detail: str) -> MediaError:
    """The error for a file that opens and then breaks."""
    return MediaError(path, f"is damaged: {detail}", "copy or export it again; nothing was written")


def short(error: BaseException) -> str:
    """The human half of a decoder's message: first line, without numbers of errors, function names or addresses."""
    text = str(getattr(error, "strerror", None) or error)
    return (text.splitlines() or [type(error).__name__])[0][:120]


@contextmanager
def complaints(of: str) -> Iterator[list[str]]:
    """Collect what one part of FFmpeg (``matroska,webm``, say) reports as errors while it goes on regardless."""
    before, found = av_logging.get_level(), list[str]()
    av_logging.set_level(av_logging.ERROR)
    try:
        with av_logging.Capture(local=True) as logs:
            yield found
        found += [message.strip() for _, name, message in logs if name == of]
    finally:
        av_logging.set_level(before)
