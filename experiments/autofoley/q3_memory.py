"""Question 3: which memory: Fast-Slow LSTM, LSTM, GRU, CNN alone, single-scale and multi-scale TRN.

    python experiments/autofoley/q3_memory.py OUT_FOLDER RUN_FOLDER [NAME=q3] [OVERRIDE of silentfoley train ...]

As ``q1_networks.py``, with the runs of ``sweep=autofoley_memory``.
"""

from __future__ import annotations

import sys

from q1_networks import main

if __name__ == "__main__":
    main("q3", "autofoley_memory", sys.argv[1:])
