"""The scripts of experiments/generators choose the takes that their words name."""

from __future__ import annotations

import importlib.util
from dataclasses import replace
from pathlib import Path
from types import ModuleType, SimpleNamespace

import pytest

from silentfoley.bank.take import Take

FOLDER = Path(__file__).resolve().parents[2] / "experiments" / "generators"
EMPTY = Take(**dict.fromkeys(Take.__dataclass_fields__, ""))  # type: ignore[arg-type]


@pytest.fixture(scope="module")
def heldout() -> ModuleType:
    spec = importlib.util.spec_from_file_location("generators_heldout", FOLDER / "heldout.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def shelf() -> SimpleNamespace:
    rows = {"a": ("train", "free"), "b": ("val", "free"), "c": ("train", "0ad-data"), "d": ("val", "0ad-data")}
    takes = [
        replace(EMPTY, id=name, label="clock", kind="hit", recording=name, split=split, source=source,
                share_alike=source == "0ad-data")
        for name, (split, source) in rows.items()
    ]  # fmt: skip
    return SimpleNamespace(all_takes=takes, takes=lambda share_alike: [t for t in takes if not t.share_alike])


@pytest.mark.parametrize(
    ("words", "ids"), [([], "cd"), (["1"], "c"), (["24"], "cd"), (["24", "val"], "b"), (["24", "learned"], "ab")]
)
def test_the_reference_holds_the_takes_asked_for(heldout, words, ids):
    assert "".join(t.id for t in heldout.chosen(shelf(), words)) == ids


@pytest.mark.parametrize("words", [["24", "train"], ["val"], ["24", "val", "learned"]])
def test_a_word_nobody_knows_is_not_taken_for_held_out_takes(heldout, words):
    with pytest.raises(SystemExit, match=f"'{' '.join(words)}': give a number of takes"):
        heldout.chosen(shelf(), words)
