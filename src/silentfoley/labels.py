"""The sound classes: AutoFoley's twelve, and the neutral thirteenth."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from silentfoley.errors import LabelError
from silentfoley.spelling import did_you_mean


@dataclass(frozen=True)
class SoundClass:
    """One kind of sound.

    Attributes:
        name: the label used in cue sheets, folders and networks.
        kind: ``hits`` are separate events, a ``texture`` sounds on without events worth timing.
        support: how well AutoFoley's own class list is known for this name. ``reported``: named in
            a public report on the paper; ``recalled``: believed to be among the twelve, not verified;
            ``ours``: added by silentfoley.
        summary: what one sees and hears.
    """

    name: str
    kind: Literal["hits", "texture"]
    support: Literal["reported", "recalled", "ours"]
    summary: str


#: Order is part of every checkpoint: append, never reorder.
SOUND_CLASSES: tuple[SoundClass, ...] = (
    SoundClass("breaking", "hits", "recalled", "a thing falls and shatters"),
    SoundClass("car", "texture", "recalled", "a car comes, passes and leaves"),
    SoundClass("clock", "hits", "reported", "a clock ticks"),
    SoundClass("cutting", "hits", "reported", "a knife meets a board"),
    SoundClass("fire", "texture", "reported", "flames flicker and crackle"),
    SoundClass("footsteps", "hits", "reported", "someone walks or runs"),
    SoundClass("gunshot", "hits", "reported", "a gun fires"),
    SoundClass("horse", "hits", "reported", "a horse walks, trots or gallops"),
    SoundClass("rain", "texture", "reported", "rain falls"),
    SoundClass("thunder", "hits", "reported", "lightning, then thunder"),
    SoundClass("typing", "hits", "recalled", "hands on a keyboard"),
    SoundClass("waterfall", "texture", "recalled", "water falls and foams"),
    SoundClass("impact", "hits", "ours", "one thing strikes another"),
)

LABELS: tuple[str, ...] = tuple(c.name for c in SOUND_CLASSES)
TEXTURES: frozenset[str] = frozenset(c.name for c in SOUND_CLASSES if c.kind == "texture")


def check_label(label: str, known: Iterable[str] = LABELS) -> str:
    """Return ``label`` if it is among ``known``.

    Raises:
        LabelError: naming the nearest known labels and all of them.
    """
    names = tuple(known)
    if label in names:
        return label
    remedy = f"{did_you_mean(label, names)}use one of: {', '.join(names)}"
    raise LabelError(f"label {label!r}", "unknown sound class", remedy)


def known_spelling(label: str, known: Iterable[str] = LABELS) -> str:
    """``label`` as the one of ``known`` is written that differs from it in capitals alone; any other as it is."""
    names = tuple(known)
    same = [name for name in names if name.casefold() == label.casefold()]
    return same[0] if label not in names and len(same) == 1 else label
