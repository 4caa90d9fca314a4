from __future__ import annotations

import pytest

from silentfoley.errors import LabelError
from silentfoley.labels import LABELS, SOUND_CLASSES, TEXTURES, check_label, known_spelling


def test_twelve_and_ours() -> None:
    assert len(LABELS) == len(set(LABELS)) == 13
    assert [c.name for c in SOUND_CLASSES if c.support == "ours"] == ["impact"]
    assert {c.name for c in SOUND_CLASSES if c.support == "recalled"} == {"breaking", "car", "typing", "waterfall"}
    assert {"car", "fire", "rain", "waterfall"} == TEXTURES


def test_unknown_label_names_the_nearest() -> None:
    assert check_label("rain") == "rain"
    with pytest.raises(LabelError, match="label 'footstep': unknown sound class; did you mean 'footsteps'"):
        check_label("footstep")


def test_capitals_do_not_make_another_label() -> None:
    assert [known_spelling(word) for word in ("Rain", "RAIN", "rain", "rainy", "")] == ["rain"] * 3 + ["rainy", ""]
    # As it was written where it is known so, or where two might be meant.
    assert [known_spelling(word, ("Rain", "rain")) for word in ("Rain", "rain", "RAIN")] == ["Rain", "rain", "RAIN"]
