"""The class judge's card credits every recording that it was fitted on."""

from __future__ import annotations

import sys
from dataclasses import replace
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from types import SimpleNamespace

from silentfoley.bank.take import Take
from silentfoley.evaluation.class_judge import EMBEDDED, load_class_judge

ROOT = Path(__file__).resolve().parents[2]
EMPTY = Take(**dict.fromkeys(Take.__dataclass_fields__, ""))  # type: ignore[arg-type]


def test_each_recording_once_and_none_bound_by_share_alike(monkeypatch) -> None:
    spec = spec_from_file_location("fit_class_judge", ROOT / "tools" / "fit_class_judge.py")
    assert spec is not None
    assert spec.loader is not None
    tool = module_from_spec(spec)
    monkeypatch.setitem(sys.modules, "fit_class_judge", tool)
    spec.loader.exec_module(tool)
    rows = (("rain", "a.wav from p, CC0", False), ("rain", "a.wav from p, CC0", False), ("fire", "b.wav from q", True))
    takes = [
        replace(EMPTY, label=label, source="p", licence="CC0", attribution=credit, share_alike=bound)
        for label, credit, bound in rows
    ]
    card = tool.card(SimpleNamespace(all_takes=takes)).splitlines()
    assert "| p | CC0 | 2 |" in card
    assert [line for line in card if line.startswith("- ")] == ["- rain: a.wav from p, CC0"]


def test_the_card_in_the_package_credits_all_classes_that_are_named() -> None:
    card = (EMBEDDED / "CARD.md").read_text(encoding="utf-8").splitlines()
    credited = {line[2:].partition(":")[0] for line in card if line.startswith("- ")}
    assert credited == set(load_class_judge().labels)
    table = [line.split("|") for line in card if line.startswith("| ") and line.split("|")[3].strip().isdigit()]
    takes = sum(int(cells[3]) for cells in table)
    assert len({line for line in card if line.startswith("- ")}) <= takes
