from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import soundfile
from support.tiny import tiny_foley

from silentfoley.bank.bank import Bank
from silentfoley.bank.build import build_bank
from silentfoley.bank.variants import VARIANTS as NAMED
from silentfoley.generators.procedural import ProceduralGenerator
from silentfoley.generators.retrieval import Retrieval
from silentfoley.generators.units import BankShelf
from silentfoley.generators.with_bank import WithTakes
from silentfoley.labels import LABELS
from silentfoley.model_folder import EMBEDDED, read_config
from silentfoley.pretrained import load_foley, save_foley
from silentfoley.repertoire import Repertoire, lasts
from silentfoley.stage.synth_variants import VARIANTS as HEARD


@pytest.fixture(scope="module")
def bank(tmp_path_factory: pytest.TempPathFactory) -> Bank:
    """Takes of clocks in a material that nobody has a word for, of rain, and hits that fire has no use for."""
    root = tmp_path_factory.mktemp("recordings")
    rng = np.random.default_rng(0)
    ticks = 0.3 * np.exp(-np.arange(8000) / 400) * rng.normal(size=8000)
    for name, samples in (
        ("clock/bakelite/a.wav", np.tile(np.concatenate([np.zeros(4000), ticks]), 3)),
        ("rain/b.wav", 0.1 * rng.normal(size=44_100 * 4)),
        ("fire/c.wav", np.concatenate([np.zeros(4000), ticks])),
    ):
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        soundfile.write(root / name, samples, 44_100)
    built = build_bank([root], root / "bank")
    return replace(built, all_takes=tuple(replace(t, kind="hit") if t.label == "fire" else t for t in built.all_takes))


@pytest.mark.parametrize("name", sorted(EMBEDDED))
def test_what_is_recorded_of_the_models_of_the_package_is_what_they_perform(name: str) -> None:
    assert Repertoire.recorded(read_config(EMBEDDED[name])) == Repertoire.of(load_foley(name).generator)


def test_a_saved_model_tells_what_it_performs(model: Path) -> None:
    known = Repertoire.recorded(read_config(model))
    assert known == Repertoire.of(ProceduralGenerator())
    assert known.labels == ProceduralGenerator.labels
    assert known.variants("clock") == ProceduralGenerator().variants("clock")
    assert known.variants("zither") == ()


def test_what_another_release_has_written_is_not_believed(model: Path) -> None:
    config = read_config(model)
    assert Repertoire.recorded({**config, "silentfoley": "0.0.9"}) is None
    assert Repertoire.recorded({k: v for k, v in config.items() if k != "performs"}) is None


@pytest.mark.parametrize(
    ("table", "label", "words"),
    [
        (NAMED, "horse", {**NAMED["horse"], "lava": ("lava", "magma")}),
        (NAMED, "horse", {**NAMED["horse"], "gravel": ("gravel", "shingle")}),
        (HEARD, "horse", (*HEARD["horse"], "lava")),
    ],
)
def test_what_was_written_before_a_word_was_learned_is_not_believed(
    model: Path, monkeypatch: pytest.MonkeyPatch, table: dict[str, object], label: str, words: object
) -> None:
    config = read_config(model)
    assert Repertoire.recorded(config) is not None
    monkeypatch.setitem(table, label, words)
    assert Repertoire.recorded(config) is None


def test_what_was_written_before_a_class_was_added_is_not_believed(
    model: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    config = read_config(model)
    monkeypatch.setattr("silentfoley.repertoire.LABELS", (*LABELS, "zither"))
    assert Repertoire.recorded(config) is None
    assert Repertoire.recorded({k: v for k, v in read_config(model).items() if k != "vocabulary"}) is None


@pytest.mark.parametrize(
    "performs", [[], "horse", 5, {"horse": None}, {"horse": "gravel"}, {"horse": ["walk", 5]}, {"horse": {"walk": 1}}]
)
def test_what_is_malformed_is_not_believed(model: Path, performs: object) -> None:
    config: Mapping[str, object] = {**read_config(model), "performs": {"horse": ["walk"]}}
    assert Repertoire.recorded(config) == Repertoire({"horse": ("walk",)})
    assert Repertoire.recorded({**config, "performs": performs}) is None


def test_what_lies_outside_a_model_folder_is_not_recorded(bank: Bank, tmp_path: Path) -> None:
    shelf = {"kind": "bank_shelf", "bank": str(bank.folder)}
    node = {
        "kind": "by_label",
        "default": {"kind": "procedural"},
        "special": {"clock": {"kind": "retrieval", "shelf": shelf}},
    }
    assert not lasts(node)
    assert not lasts({"kind": "by_label", "default": {"kind": "somebodys"}, "special": {}})
    assert not lasts([{"kind": "somebodys"}])
    assert lasts({"kind": "by_label", "default": {"kind": "procedural"}, "special": {}})
    foley = tiny_foley()
    folder = save_foley(tmp_path / "m", name="x", perceiver={}, generator=node, foley=foley, card="")
    assert {"performs", "vocabulary"}.isdisjoint(json.loads((folder / "config.json").read_text()))


def test_a_bank_adds_what_it_has_takes_of(bank: Bank) -> None:
    player = Retrieval(BankShelf(bank))
    assert bank.variants() == {label: player.variants(label) for label in sorted(player.labels)}
    assert bank.variants()["clock"] == ("bakelite",)
    assert "fire" not in bank.variants(), "a fire does not sound by hits"
    model = Repertoire.of(ProceduralGenerator())
    assert model.with_takes(bank) == Repertoire.of(WithTakes(BankShelf(bank), ProceduralGenerator()))
    assert Repertoire({"horse": ()}).with_takes(bank).labels == ("clock", "horse", "rain")
