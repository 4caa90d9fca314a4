"""Writes classifiers.json beside this file. Run it only when a network is meant to change:

python tests/golden/make_classifiers.py
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent))

from support.golden_classifiers import MODELS, answers  # noqa: E402


def rounded(values):
    """Six decimals, so that the file does not change with the machine."""
    return [rounded(v) for v in values] if isinstance(values, list) else round(values, 6)


if __name__ == "__main__":
    stored = {name: {key: rounded(v) for key, v in answers(name).items()} for name in MODELS}
    (HERE / "classifiers.json").write_text(json.dumps(stored, indent=1) + "\n", encoding="utf-8")
