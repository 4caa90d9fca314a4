"""Materials and manners: known words, refusals, whole sheets."""

import numpy as np
import pytest

from silentfoley.bank.variants import known_variants, variant_called
from silentfoley.cues import Cue, CueSheet
from silentfoley.errors import CueError
from silentfoley.generators.by_label import ByLabel
from silentfoley.generators.nearest_take import MemoryTake
from silentfoley.generators.procedural import ProceduralGenerator
from silentfoley.generators.retrieval import Retrieval
from silentfoley.generators.silence import Silence
from silentfoley.generators.units import MemoryShelf
from silentfoley.generators.variants import check_variants, learned_name, with_variant
from silentfoley.generators.with_bank import WithTakes
from silentfoley.labels import LABELS
from silentfoley.stage.registry import get_act
from silentfoley.stage.synth_variants import VARIANTS

PLAIN = np.ones(2000, dtype=np.float32)


@pytest.fixture(scope="module")
def player() -> Retrieval:
    names = ("gravel", "wood", "boots")
    return Retrieval(MemoryShelf([MemoryTake("footsteps", PLAIN * (i + 1) / 4, 0, v) for i, v in enumerate(names)]))


@pytest.mark.parametrize("label", LABELS)
def test_every_word_of_the_stage_is_known(label):
    assert not [v for v in VARIANTS[label] if variant_called(label, v) is None]
    plans = [get_act(label).plan(np.random.default_rng(seed), 2.0) for seed in range(12)]
    assert not [p.variant for p in plans if p.variant is not None and variant_called(label, p.variant) is None]


def test_a_variant_nobody_knows_lists_the_known_ones(player):
    sheet = CueSheet((Cue(0.1, "footsteps", variant="marshmallow", id="x"),), 1.0)
    with pytest.raises(
        CueError,
        match=r"x: variant 'marshmallow' of footsteps is unknown here; use one of: boots, gravel, wood, or a bank",
    ):
        player.stem_blocks(sheet)
    with pytest.raises(CueError, match=r"use one of: asphalt, .*gravel"):
        ProceduralGenerator().stem_blocks(sheet)
    check_variants(
        CueSheet((Cue(0.1, "footsteps", variant="boots"), Cue(0.2, "footsteps", variant="snow")), 1.0), player
    )
    with pytest.raises(CueError, match="marshmallow"):
        ByLabel(Silence(), {"footsteps": player}).stem_blocks(sheet)


def test_a_whole_sheet_gets_a_variant_where_it_has_none(player):
    cues = (Cue(0.1, "footsteps"), Cue(0.2, "footsteps", variant="wood"), Cue(0.3, "clock"))
    made = with_variant(CueSheet(cues, 1.0), "gravel", ByLabel(Silence(), {"footsteps": player}))
    assert [c.variant for c in made] == ["gravel", "wood", None]
    with pytest.raises(
        CueError,
        match=r"variant 'snow' of clock, footsteps: is unknown here; use one of: boots, gravel, wood \(footsteps\), ",
    ):
        with_variant(CueSheet(cues, 1.0), "snow", player)
    with pytest.raises(CueError, match="leave it out, or perform with a bank"):
        with_variant(CueSheet(cues, 1.0), "gravel", Silence())
    assert with_variant(CueSheet((), 1.0), "gravel", player) == CueSheet((), 1.0)


def test_another_word_means_the_same_takes():
    takes = [MemoryTake("breaking", PLAIN, 0, "glass"), MemoryTake("breaking", PLAIN[:500], 0, "wood")]
    player = Retrieval(MemoryShelf(takes))
    one, two = (player.render(CueSheet((Cue(0.1, "breaking", variant=v),), 1.0)) for v in ("bottle", "glass"))
    assert np.array_equal(one.samples, two.samples)
    sheet = CueSheet((Cue(0.1, "breaking"),), 1.0)
    assert with_variant(sheet, "window", player).cues[0].variant == "window"


def test_the_variant_is_heard():
    def sound(variant: str) -> np.ndarray:
        return ProceduralGenerator().render(CueSheet((Cue(0.1, "footsteps", variant=variant),), 1.0)).samples

    assert not np.allclose(sound("snow"), sound("metal"), atol=0.01)


def test_takes_go_before_the_model(player):
    both = WithTakes(player_shelf(player), ProceduralGenerator())
    assert both.recorded == ("footsteps",)
    assert both.labels == LABELS
    assert both.variants("footsteps") == ("boots", "gravel", "wood")
    assert both.variants("clock") == VARIANTS["clock"]
    sheet = CueSheet((Cue(0.1, "footsteps"),), 1.0)
    assert np.array_equal(both.render(sheet).samples, player.render(sheet).samples)


def player_shelf(player: Retrieval) -> MemoryShelf:
    return MemoryShelf([MemoryTake("footsteps", u.read(), 0, u.variant) for u in player._units["footsteps"]])


def test_tables_name_all_classes():
    assert set(VARIANTS) == set(LABELS)
    assert all(known_variants(label) for label in LABELS)


@pytest.mark.parametrize(
    ("label", "said", "heard"),
    [
        ("impact", None, "neutral"),
        ("impact", "rubber", "neutral"),
        ("impact", "drum", "drum"),
        ("footsteps", "wooden", "wood"),
        ("footsteps", None, None),
        ("footsteps", "snow", "snow"),
    ],
)
def test_a_variant_by_the_name_that_was_learned(label, said, heard):
    assert learned_name(Cue(0.1, label, variant=said), ("drum", "neutral", "wood")) == heard


def test_where_nothing_neutral_was_learned_nothing_is_said():
    assert learned_name(Cue(0.1, "impact"), ("drum", "wood")) is None
