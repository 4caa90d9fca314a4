"""Why a sheet is empty, told to a person who named the class."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from silentfoley.decode_settings import DecodeSettings
    from silentfoley.perception import Floats, Perception

_REMEDY = "silent; give generate --cues a sheet"


def why_silent(seen: Perception, settings: DecodeSettings, label: str) -> str:
    """What was lacking for cues of a class that :func:`silentfoley.decode.decode` found none of: one line.

    Args:
        seen: what the network said.
        settings: thresholds that the cues were decoded by.
        label: the class.
    """
    if label in settings.textures:
        what, wanted = "sounds on", settings.texture_threshold
        at_s, best = _best(seen, seen.strength)
    else:
        own = settings.of_label(label)
        what, wanted = "strikes", max(own.threshold, own.clip_threshold)
        at_s, best = _best(seen, seen.onset)
    if best <= 0:
        return f"nothing is seen that {what}: {_REMEDY}"
    likeliest = f"likeliest at {at_s:.2f} s: {best:.0%}"
    if best < wanted:
        return f"nothing is seen that {what} ({likeliest}, {label} wants {wanted:.0%}): {_REMEDY}"
    return f"nothing that {what} stands out ({likeliest}): {_REMEDY}"


def _best(seen: Perception, curve: Floats) -> tuple[float, float]:
    """Time and height of a curve's highest column."""
    column = int(curve.argmax())
    return float(seen.grid.column_times_s()[column]), float(curve[column])
