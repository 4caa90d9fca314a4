"""A take: one hit or one stretch of texture, with where it came from and what one may do with it."""

from __future__ import annotations

import re
from dataclasses import asdict, dataclass, fields
from math import isfinite
from pathlib import PurePosixPath
from typing import Any, Literal

from silentfoley.errors import DataError
from silentfoley.labels import TEXTURES

Kind = Literal["hit", "texture"]
Split = Literal["train", "val", "test"]
SPLITS: tuple[Split, ...] = ("train", "val", "test")

#: Version of a bank on disk; readers refuse others.
BANK_VERSION = 1

#: Where an element of a Creative Commons licence stands: ``BY-SA``, ``BY_SA`` and ``BYSA`` are one.
_ELEMENT = r"(?:(?<![a-z])|(?<=by)|(?<=nc)){}(?![a-z])"
#: Licence families, the first whose pattern is found in a licence's text names it.
_FAMILIES: tuple[tuple[str, str], ...] = (
    ("CC BY-NC", r"(?:(?<![a-z])|(?<=by))nc(?:sa|nd)?(?![a-z])|non.?commercial"),
    ("CC BY-ND", _ELEMENT.format("nd") + "|no.?deriv"),
    ("CC BY-SA", _ELEMENT.format("sa") + "|share.?alike"),
    ("GPL", r"GPL"),
    ("CC BY", r"CC.?BY|attribution"),
    ("CC0", r"CC.?0|public domain"),
    ("MIT", r"\bMIT\b"),
    ("BSD", r"\bBSD\b"),
)
#: Families free of share-alike. What is not stated counts as bound, until somebody states it.
FREE_FAMILIES: frozenset[str] = frozenset({"CC BY", "CC0", "MIT", "BSD"})


@dataclass(frozen=True)
class Take:
    """One take of a bank.

    Attributes:
        id: unique in the bank; the same recording gives the same id in every build.
        label: sound class.
        kind: ``hit`` or ``texture``.
        file: its WAV file, relative to the bank's folder.
        n_samples: length.
        onset_samples: where in it the hit begins; 0 for a texture.
        attack_s: from the onset to within 6 dB of the peak level: a crack has 0.00x, a step on sand 0.1; 0 for a
            texture.
        gain: the file holds the recording times this; :meth:`Bank.samples` divides it out.
        peak: largest magnitude of the recording here, 1 is full scale.
        level_db: root mean square of the loudest 50 ms, dB below full scale.
        strength: in (0, 1], relative to the loudest take of the same recording.
        variant: material or manner, if the file's name tells, or None.
        recording: key of the original recording; takes of one recording are always in one split.
        split: ``train``, ``val`` or ``test``.
        source: package or collection it came from, version cut off.
        origin: the file it was cut from.
        start_samples: where in that file, at the bank's rate.
        licence: as stated, or ``unstated``.
        licence_family: ``CC0``, ``CC BY``, ``CC BY-SA``, ``MIT``, ``BSD``, ``unstated``, ...
        share_alike: True if what is made from it must carry its licence, may not be shared, or if its licence is not
            known.
        attribution: the credit line.
        flags: what the quality check noted.
    """

    id: str
    label: str
    kind: Kind
    file: str
    n_samples: int
    onset_samples: int
    attack_s: float
    gain: float
    peak: float
    level_db: float
    strength: float
    variant: str | None
    recording: str
    split: Split
    source: str
    origin: str
    start_samples: int
    licence: str
    licence_family: str
    share_alike: bool
    attribution: str
    flags: tuple[str, ...] = ()

    @property
    def playable(self) -> bool:
        """Whether its class is performed by it: what should hit has use for hits only, a texture for textures."""
        return (self.kind == "texture") == (self.label in TEXTURES)

    def to_json(self) -> dict[str, Any]:
        """As a JSON object."""
        return {**asdict(self), "flags": list(self.flags)}

    @classmethod
    def from_json(cls, row: Any, subject: str) -> Take:
        """Read a manifest row.

        Raises:
            DataError: if keys are missing, unknown, of the wrong kind, or the row is no object; and if its file lies
                outside the bank.
        """
        names = {f.name for f in fields(cls)}
        if not isinstance(row, dict) or set(row) != names:
            wrong = sorted(names ^ set(row)) if isinstance(row, dict) else []
            cause = f"keys missing or unknown: {', '.join(wrong)}" if wrong else "not a JSON object"
            raise DataError(subject, cause, "build the bank again")
        if wrong := [f.name for f in fields(cls) if not _fits(f.name, str(f.type), row[f.name])]:
            raise DataError(subject, f"{wrong[0]} {row[wrong[0]]!r} is out of range", "build the bank again")
        return cls(**{**row, "flags": tuple(row["flags"])})


def _fits(name: str, kind: str, value: Any) -> bool:
    """Whether a value of a manifest can be that of a field of such a type."""
    if name == "file":
        path = PurePosixPath(str(value))
        return isinstance(value, str) and not path.is_absolute() and ".." not in path.parts
    if name in ("kind", "split"):
        return value in (SPLITS if name == "split" else ("hit", "texture"))
    if kind in ("int", "float"):
        number = isinstance(value, int) or (kind == "float" and isinstance(value, float) and isfinite(value))
        return number and (value > 0 if name in ("n_samples", "gain") else True)
    if kind == "bool":
        return isinstance(value, bool)
    if name == "flags":
        return isinstance(value, list) and all(isinstance(flag, str) for flag in value)
    return isinstance(value, str) or (value is None and "None" in kind)


def licence_family(licence: str) -> str:
    """The family a licence text names: an OR of several counts as its strictest; ``other`` if none is known."""
    if not licence or licence == "unstated":
        return "unstated"
    for family, pattern in _FAMILIES:
        if re.search(pattern, licence, re.IGNORECASE):
            return family
    return "other"
