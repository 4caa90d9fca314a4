"""A cue in a few words, ``footsteps:gravel strength=0.8 pan=-0.3``: for label tracks and MIDI texts."""

from __future__ import annotations

import re
from dataclasses import replace

from silentfoley.cues import Cue
from silentfoley.errors import CueError

_KEYS = ("strength", "pan", "distance_m", "confidence")
_DEFAULT = Cue(0.0, "x")
_LAST_PAIR = re.compile(rf"^(?P<rest>.*\S) +(?P<key>{'|'.join(_KEYS)})=(?P<value>\S*)$", re.DOTALL)


def text_of_cue(cue: Cue, leave_out: tuple[str, ...] = ()) -> str:
    """Label, variant and what differs from the defaults. Times, envelope and id are not in it.

    Args:
        leave_out: keys that are kept elsewhere.

    Raises:
        CueError: if :func:`cue_of_text` would read something else.
    """
    head = cue.label if cue.variant is None else f"{cue.label}:{cue.variant}"
    pairs = [
        f"{k}={getattr(cue, k)!r}" for k in _KEYS if k not in leave_out and getattr(cue, k) != getattr(_DEFAULT, k)
    ]
    text = " ".join([head, *pairs])
    kept = {k: getattr(_DEFAULT, k) for k in leave_out}
    if cue_of_text(text, cue.start_s, cue.duration_s) != replace(cue, id="", envelope=None, **kept):
        raise CueError(cue.id or cue.label, f"{head!r} cannot be told apart in a text label", "use JSON or CSV")
    return text


def cue_of_text(text: str, start_s: float, duration_s: float | None) -> Cue:
    """Read ``label[:variant] key=value ...``; anything else is a label.

    Raises:
        CueError: for an empty text, a key that comes twice, or a value out of range.
    """
    values: dict[str, float] = {}
    while (found := _LAST_PAIR.match(text)) is not None:
        key, value = found["key"], found["value"]
        if key in values:
            raise CueError(f"label {text!r}", f"{key} comes twice", "keep one")
        try:
            values[key] = float(value)
        except ValueError:
            raise CueError(f"label {text!r}", f"{key} {value!r} is not a number", "use a decimal number") from None
        text = found["rest"]
    label, colon, variant = text.partition(":")
    cue = Cue(start_s, label.strip(), duration_s=duration_s, variant=(variant.strip() or None) if colon else None)
    return replace(cue, **values)  # type: ignore[arg-type]
