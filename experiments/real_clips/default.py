"""The embedded default on the real clips: cues as a user gets them, from the stripped file to the sheet.

python experiments/real_clips/default.py [tune|report]
"""

from __future__ import annotations

import sys

import numpy as np
from final import report
from judge import clips, duration_s, true_onsets

from silentfoley import Foley
from silentfoley.metrics.events import ClipEvents


def main() -> None:
    foley = Foley.from_pretrained()
    for role in sys.argv[1:] or ("tune",):
        chosen = clips(role)
        # The label is told: timing is judged apart from naming, and a texture has no onsets.
        cues = [np.array(foley.cues(c.path, label="impact").starts_s()) for c in chosen]
        sets = [ClipEvents(true_onsets(c.path), s, duration_s(c.path)) for c, s in zip(chosen, cues, strict=True)]
        report(role, sets)


if __name__ == "__main__":
    main()
