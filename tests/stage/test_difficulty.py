"""The frozen difficulty: its bytes, its splits, its held-out levels."""

from __future__ import annotations

import numpy as np
import pytest

from silentfoley.errors import DataError
from silentfoley.stage.backdrop import BACKDROPS
from silentfoley.stage.clip import ClipSpec, draw_scene
from silentfoley.stage.difficulty import load_difficulty
from silentfoley.stage.scene import draw_factors
from silentfoley.stage.seeds import SPLITS, clip_seed, stable_hash, stream

#: Digest of difficulty_v1.json. Figures are stated for these bytes: never change them, add a version.
FROZEN_V1 = "cbf7bf2286d30175e707c4517a6eea001af66917153b0386a6b594bb1bc67b07"


def holds(levels, value) -> bool:
    return any(low <= value <= high if isinstance(item, tuple) else item == value
               for item in levels for low, high in [item if isinstance(item, tuple) else (0, 0)])  # fmt: skip


def test_version_1_is_frozen():
    difficulty = load_difficulty(1)
    assert difficulty.version == 1
    assert difficulty.sha256 == FROZEN_V1


def test_unknown_version():
    with pytest.raises(DataError, match="no such version"):
        load_difficulty(99)


def test_appearance_alone_names_at_most_60_percent():
    """With a foil a look at the pair leaves a coin toss; without one it names the lead."""
    difficulty = load_difficulty()
    assert 1 - difficulty.foil_share / 2 <= 0.60
    assert difficulty.decoy_share == 0.2


@pytest.mark.parametrize("name", sorted(load_difficulty().factors))
def test_held_out_levels_are_disjoint_from_seen_ones(name):
    factor = load_difficulty().factors[name]
    ranges = isinstance(factor.seen[0], tuple)
    if ranges:
        for low, high in factor.held:
            assert low <= high
            assert all(high < a or low > b for a, b in factor.seen)
    else:
        assert not set(factor.seen) & set(factor.held)


def test_backdrops_of_the_levels_exist():
    factor = load_difficulty().factors["backdrop"]
    assert set(factor.seen) | set(factor.held) == set(BACKDROPS)


def test_seen_splits_draw_seen_levels_and_unseen_levels_draws_held_ones():
    difficulty = load_difficulty()
    for i in range(200):
        seen = draw_factors(difficulty, np.random.default_rng(i), unseen=False)
        other = draw_factors(difficulty, np.random.default_rng(i), unseen=True)
        held = 0
        for key, value in other.items():
            name = key.replace("lead_", "actor_").replace("foil_", "actor_")
            assert holds(difficulty.factors[name].seen, seen[key])
            is_held = holds(difficulty.factors[name].held, value)
            assert is_held or holds(difficulty.factors[name].seen, value)
            held += is_held
        assert held >= 1


def test_only_the_split_decides_about_held_out_levels():
    spec = ClipSpec(duration_s=0.5, fps=None)
    factors = load_difficulty().factors
    for split in set(SPLITS) - {"unseen_levels"}:
        from dataclasses import replace

        rates = {draw_scene(replace(spec, split=split), i).factors["fps"] for i in range(12)}
        assert rates <= set(factors["fps"].seen)
    rates = {draw_scene(ClipSpec(duration_s=0.5, fps=None, split="unseen_levels"), i).factors["fps"] for i in range(25)}
    assert rates & set(factors["fps"].held)


def test_seeds_of_splits_are_disjoint():
    pictures = [s for s in SPLITS if s != "unseen_recordings"]
    seeds = [clip_seed(root, split, i) for root in (0, 1) for split in pictures for i in range(2000)]
    assert len(set(seeds)) == len(seeds)
    assert clip_seed(0, "unseen_recordings", 7) == clip_seed(0, "unseen_seeds", 7)


def test_hashes_and_streams_are_the_same_on_every_machine():
    assert stable_hash("clip", 0, "train", 0) == stable_hash("clip", 0, "train", 0)
    assert stable_hash("1") != stable_hash(1)
    assert stable_hash("ab", "c") != stable_hash("a", "bc")
    assert clip_seed(0, "train", 0) == 4773605841384373702
    assert stream(7, "looks").integers(1 << 30) == 733512122
    assert stream(7, "looks").integers(1 << 30) != stream(7, "cast").integers(1 << 30)
