"""Question 4: space-time images, colour frames, both; and appearance controls.

    python experiments/autofoley/q4_features.py OUT_FOLDER RUN_FOLDER [NAME=q4] [OVERRIDE of silentfoley train ...]

As ``q1_networks.py``, with the runs of ``sweep=autofoley_features``.
"""

from __future__ import annotations

import sys

from q1_networks import main

if __name__ == "__main__":
    main("q4", "autofoley_features", sys.argv[1:])
