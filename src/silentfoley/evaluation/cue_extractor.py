"""Events of the cue sheet beside a clip."""

from __future__ import annotations

from collections import Counter
from typing import Any

import numpy as np

from silentfoley.errors import DataError
from silentfoley.evaluation.extractor import Extractor, Group, OpenClip
from silentfoley.labels import TEXTURES


class CueExtractor(Extractor):
    """``cues.start_s`` and ``cues.strength`` of cues that are events.

    A cue of a texture (rain) says that something sounds on, not that something happens: counted in
    ``notes["n_textures"]`` and left out.
    """

    name = "cues"
    version = 1
    reads_cues = True

    def settings(self) -> dict[str, Any]:
        """Which classes are no events."""
        return {"textures": sorted(TEXTURES)}

    def extract(self, clip: OpenClip) -> Group:
        """Events of the sheet.

        Raises:
            DataError: if the clip has no sheet.
        """
        if clip.cues is None:
            raise DataError(clip.id, "has no cue sheet", "put STEM.cues.json beside it or take a detector's events")
        events = [c for c in clip.cues if c.label not in TEXTURES]
        notes = {
            "labels": dict(Counter(c.label for c in clip.cues)),
            "n_textures": len(clip.cues) - len(events),
            "duration_s": clip.cues.duration_s,
        }
        arrays = {
            "start_s": np.array([c.start_s for c in events], dtype=np.float64),
            # A predicted cue ranks by how sure it is and how hard; truth has confidence 1.
            "strength": np.array([c.strength * c.confidence for c in events], dtype=np.float64),
        }
        return Group(arrays, notes)
