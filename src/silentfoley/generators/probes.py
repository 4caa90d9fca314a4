"""The sheets by which a generator is judged."""

from __future__ import annotations

from silentfoley.cues import Cue, CueSheet
from silentfoley.labels import TEXTURES

#: Length of most sheets, in seconds: an odd one, so that rounding shows.
DURATION_S = 1.30007
#: A texture as long as this crosses the pieces that its generator makes it of.
LONG_S = 12.0


def probe_sheet(label: str, start_s: float = 0.4, strength: float = 0.8) -> CueSheet:
    """One cue: a hit, or half a second of a texture."""
    duration_s = 0.5 if label in TEXTURES else None
    return CueSheet((Cue(start_s, label, strength, duration_s=duration_s, id="probe"),), DURATION_S)


def long_sheet(label: str) -> CueSheet:
    """A texture all through :data:`LONG_S`, or one hit.

    The envelope is flat: what comes and goes by nature, like a car, should not do so here.
    """
    if label not in TEXTURES:
        return probe_sheet(label)
    return CueSheet((Cue(0.0, label, 0.8, duration_s=LONG_S, envelope=(1.0, 1.0), id="long"),), LONG_S)


def crowded_sheet(label: str) -> CueSheet:
    """Twelve cues of full strength at once."""
    return CueSheet(tuple(Cue(0.3, label, duration_s=0.5) for _ in range(12)), DURATION_S)
