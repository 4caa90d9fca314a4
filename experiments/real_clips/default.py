"""The embedded default on the real clips: cues as a user gets them, from the stripped file to the sheet.

python experiments/real_clips/default.py [--model DIR] [tune|report]
"""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np
from final import report
from judge import clips, duration_s, true_onsets

from silentfoley import Foley
from silentfoley.metrics.events import ClipEvents


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", type=Path, help="another model folder than the embedded default")
    parser.add_argument("roles", nargs="*", default=["tune"])
    options = parser.parse_args()
    foley = Foley.from_pretrained(options.model)
    for role in options.roles:
        chosen = clips(role)
        # The label is told: timing is judged apart from naming, and a texture has no onsets.
        cues = [np.array(foley.cues(c.path, label="impact").starts_s()) for c in chosen]
        sets = [ClipEvents(true_onsets(c.path), s, duration_s(c.path)) for c, s in zip(chosen, cues, strict=True)]
        report(role, sets)


if __name__ == "__main__":
    main()
