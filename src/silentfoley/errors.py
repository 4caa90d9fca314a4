"""Errors a user can act on: one line that names the thing, what is wrong with it and what to do."""

from __future__ import annotations

from pathlib import Path


class SilentFoleyError(Exception):
    """Base of every error silentfoley raises on purpose.

    Args:
        subject: the file, cue, option or class the message is about.
        cause: what is wrong with it.
        remedy: what the user can do.
    """

    def __init__(self, subject: str | Path, cause: str, remedy: str) -> None:
        self.subject = str(subject)
        self.cause = cause
        self.remedy = remedy
        # One line whatever the parts contain: scripts read it from stderr.
        super().__init__(" ".join(f"{subject}: {cause}; {remedy}".split()))

    def __reduce__(self) -> tuple[type[SilentFoleyError], tuple[str, str, str]]:
        # Data-loader workers send exceptions through pickle, which replays the constructor.
        return type(self), (self.subject, self.cause, self.remedy)


class MediaError(SilentFoleyError):
    """A video or sound file that cannot be read."""


class NoPictureError(MediaError):
    """A file that may be a sound, but holds no picture."""


class OutputError(SilentFoleyError):
    """An output that cannot, or must not, be written."""


class CueError(SilentFoleyError):
    """A cue or cue sheet that breaks its contract."""


class LabelError(SilentFoleyError):
    """A sound class nobody here knows."""


class GridError(SilentFoleyError):
    """A rate, hop or length that does not make a time grid."""


class CheckpointError(SilentFoleyError):
    """A model folder that is damaged, altered or of another version."""


class DataError(SilentFoleyError):
    """A data set, manifest or split that cannot be used as it is."""


class DependencyError(SilentFoleyError):
    """A package or a download that is not there."""


def missing_extra(subject: str, package: str | None, extra: str) -> DependencyError:
    """What to raise where ``subject`` needs a package that only an extra of silentfoley brings."""
    # Quoted: shells take brackets for patterns.
    remedy = f'pip install "silentfoley[{extra}]", or in a checkout: pip install ".[{extra}]"'
    return DependencyError(subject, f"needs {package}", remedy)
