from __future__ import annotations

import numpy as np
import pytest

from silentfoley.decode import decode
from silentfoley.decode_settings import DecodeSettings
from silentfoley.inference.foley import remarks
from silentfoley.labels import LABELS
from silentfoley.perception import Perception
from silentfoley.timegrid import TimeGrid


def told(label: str, margin: float, *, strikes: bool, settings: DecodeSettings | None = None) -> str:
    """The remark on two seconds that look like ``label``."""
    grid = TimeGrid.of_duration(2)
    settings = settings or DecodeSettings()
    logits = np.array([margin * (name == label) for name in LABELS], dtype=np.float32)
    onset, level = (np.zeros(grid.n_columns, dtype=np.float32) for _ in range(2))
    if strikes:
        onset[40], level[40:60] = 0.9, 0.8
    seen = Perception(grid, LABELS, logits, onset, level)
    (remark,) = remarks(seen, decode(seen, settings), settings)
    return remark


@pytest.mark.parametrize(("label", "lacking"), [("typing", "nothing is struck"), ("rain", "nothing sounds")])
def test_a_class_that_is_sure_is_not_asked_for_where_nothing_sounds(label: str, lacking: str) -> None:
    remark = told(label, 9.0, strikes=False)
    assert remark.startswith(f"looks like {label} (top three: {label} 100%, ")
    assert remark.endswith(f"), but {lacking}: silent; give generate --cues a sheet")
    assert "--label" not in remark
    assert told(label, 9.0, strikes=True).startswith(f"taken for {label} (top three: ")


def test_no_impacts_are_told_of_where_there_are_none() -> None:
    unsure = DecodeSettings(min_class_confidence=0.5)
    assert told("typing", 0.5, strikes=True, settings=unsure).endswith(
        "): neutral impacts at the seen events; choose with --label"
    )
    remark = told("typing", 0.5, strikes=False, settings=unsure)
    assert remark.startswith("no class fits well (top three: typing ")
    assert remark.endswith("), and nothing is struck: silent; choose with --label")
