"""What the network knows from the synthesiser alone is performed by the synthesiser: a copy is no better.

    python experiments/generators/originals.py WEIGHTS

Writes WEIGHTS/originals from WEIGHTS/noise_band, whose credits say of which classes it heard no recording.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

from by_class import NETWORK, SYNTHESISER, write


def main(weights: str) -> None:
    """Read which classes, write."""
    source = Path(weights) / NETWORK
    credits = json.loads((source / "generator_credits.json").read_text(encoding="utf-8"))
    print(f"performed by the synthesiser: {', '.join(credits['procedural'])}")
    write(source, Path(weights) / "originals", {label: {"kind": SYNTHESISER} for label in credits["procedural"]})


if __name__ == "__main__":
    main(*sys.argv[1:])
